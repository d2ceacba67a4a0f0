import json
import os
import subprocess
import sys

import pytest

from aiser_jupyter.answer import refusal
from aiser_jupyter.answer.build import answer
from aiser_jupyter.errors import UsageError
from aiser_jupyter.facts import check


def ask(ws, question, **more):
    return answer(ws.context, question, on="shop", **more)


def holds(ws, found):
    for fact in found.facts:
        table = ws.sql(fact.sql, on="shop").arrow()
        assert table.shape == (1, 1)
        assert table.column(0)[0].as_py() == fact.value


def test_a_plain_question_is_answered_with_everything_to_check_it(ws):
    found = ask(ws, "How many orders are there?")
    assert found.sentence == "There are 100 orders."
    assert found.restated == "Count of orders"
    assert found.result.rows() == [{found.result.columns[0]: 100}]
    assert found.intent.dispatch == "answer"
    assert [str(s) for s in found.steps] == [
        "Read the question",
        "Ran the query",
        "Checked the rows: nothing wrong",
        "Checked each number of the sentence against its query",
        "Compared with the other readings",
    ]
    assert 0 < found.confidence <= 1
    assert found.elapsed_ms > 0
    holds(ws, found)


def test_the_json_is_the_contract(ws):
    found = ask(ws, "How many orders are there?").as_json()
    contract = "v question answered intent sql dialect columns rows row_count restated sentence confidence assumptions alternatives reason engine elapsed_ms"
    assert set(contract.split()) <= set(found)
    assert found["v"] == 1
    assert found["rows"] == [[100]]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert ws.sql(found["sql"], on="shop").rows()[0][found["columns"][0]] == 100


def test_what_the_data_do_not_hold_is_refused_with_what_they_do(ws):
    found = ask(ws, "Did rain hurt the harvest in Tuscany?")
    assert (found.answered, found.sql, found.result) == (False, None, None)
    assert found.state in {"refused", "ambiguous"}
    assert found.sentence == f"I can't answer this: {found.reason}"
    assert found.suggestions
    assert found.as_json()["rows"] == []


@pytest.mark.parametrize("question", ["Delete all orders from 2025", "drop table customers", "Please set the price of every order to 0"])
def test_a_write_request_runs_nothing(ws, question):
    before = len(ws.context.state.history(1000))
    found = ask(ws, question)
    assert found.state == "refused"
    assert found.reason == "I only read data. Nothing was run and nothing changed."
    assert len(ws.context.state.history(1000)) == before


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Why did satisfaction fall in March?", "why"),
        ("Forecast orders for the next 6 months", "about the future"),
        ("Write a report on orders for the board", "report"),
    ],
)
def test_what_is_no_question_to_the_record_says_what_to_do(ws, question, word):
    found = ask(ws, question)
    assert found.state == "refused"
    assert word in found.reason
    assert found.suggestions


def test_a_fall_that_was_none_is_said_to_be_none(ws):
    found = ask(ws, "Why did sales fall in March?")  # amounts in a currency are the sales
    assert found.sentence.startswith("It did not: sales rose from $1,303 in Feb 2026 to $1,404 in Mar 2026 (+7.7\u202f%).")
    holds(ws, found)


def test_tables_are_counted_now(ws):
    found = ask(ws, "What tables do we have?")
    assert found.sentence == "The tables are orders (100 rows), customers (4 rows)."
    assert found.result.row_count == 2
    holds(ws, found)


def test_a_table_is_described_with_its_gaps(ws):
    found = ask(ws, "List the columns of customers")
    assert (
        found.sentence
        == "customers has 4 rows and the columns customer_id, name and country. country is the emptiest: 3 rows have a value."
    )
    holds(ws, found)
    assert ask(ws, "any missing values in the orders table?").sentence.endswith("No value is missing.")


def test_a_column_is_found_by_its_word(ws):
    assert ask(ws, "where is the country stored?").sentence == "I find it in customers.country."


def test_help_and_small_talk_come_with_questions_to_ask(ws):
    for question in ("help", "hello", "what can you do?"):
        found = ask(ws, question)
        assert found.answered
        assert check(found.sentence, ()) == ()
        assert found.suggestions


def test_suggestions_can_all_be_answered(ws):
    for question in ws.suggest("shop"):
        assert ask(ws, question).answered, question


def test_unknown_options_teach(ws):
    with pytest.raises(UsageError, match="empty"):
        ask(ws, "  ")
    with pytest.raises(UsageError, match="No language model is set up"):
        ask(ws, "How many orders?", engine="llm")
    with pytest.raises(UsageError, match="no engine 'gpt'"):
        ask(ws, "How many orders?", engine="gpt")
    with pytest.raises(UsageError, match="no assistant 'bob'"):
        ask(ws, "How many orders?", assistant="bob")


def test_still_forms_show_the_sentence_first_and_escape_data(ws):
    found = ask(ws, "How many orders are there?")
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"].startswith("There are 100 orders.")
    assert "Computed: Count of orders" in bundle["text/plain"]
    unsafe = refusal.refused(found, "<script>alert(1)</script>")
    assert "<script>" not in unsafe._repr_mimebundle_()["text/html"]


def test_the_same_bytes_under_another_hash_seed(shop):
    script = (
        "import json, sys\n"
        "from aiser_jupyter.workspaces import Workspace\n"
        f"ws = Workspace('/nonexistent'); ws.connect({str(shop)!r}, name='shop')\n"
        "for q in ('How many orders per channel?', 'What tables do we have?', 'hello'):\n"
        "    found = ws.ask(q).as_json(); found.pop('elapsed_ms'); print(json.dumps(found))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "AISER_NOW": "2026-12-01"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert b"orders (100 rows)" in outputs.pop()


def test_a_change_in_percent_is_told_in_percent(ws):
    found = answer(ws.context, "By how many percent did revenue change from Feb 2026 to Mar 2026?", on="shop")
    assert found.sentence.endswith("is 7.7\u202f%.")
    holds(ws, found)
