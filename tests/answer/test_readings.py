import pyarrow as pa
import pytest

from aiser_jupyter.answer import choices
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.build import answer, chosen, from_reading
from aiser_jupyter.answer.checks.verify import Looker
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.answer.readings import bare, content, offered
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.errors import NotYetError, UsageError

ORDERS = "SELECT count(*) FROM orders"
CUSTOMERS = Alternative("SELECT count(*) FROM customers", 0.4)
SAME = Alternative("SELECT count(order_id) FROM orders", 0.3)
BY_CHANNEL = Alternative("SELECT channel, count(*) AS n FROM orders GROUP BY channel", 0.2)
TURNED = Alternative("SELECT count(*) AS n, channel FROM orders GROUP BY channel ORDER BY n", 0.15)
NOBODY = Alternative("SELECT max(order_id) FROM orders", 0.01)


def look(ws):
    return Looker.previews(ws.context, "shop")


def own_rows(ws):
    return Evidence(ws.sql(ORDERS, on="shop").arrow(), ORDERS, "duckdb", "shop", ws.context.clock.now())


def test_readings_are_distinct_in_what_they_yield(ws):
    own = own_rows(ws)
    found = offered("how many?", (CUSTOMERS, SAME, BY_CHANNEL, TURNED, NOBODY), ws.catalog("shop"), look(ws), own=own)
    assert [a.sql for a in found] == [CUSTOMERS.sql, BY_CHANNEL.sql]
    assert found[0].said == "There are 4 customers."
    assert found[1].said.endswith(" tie for the most orders: 50 each.")
    assert [a.restated for a in found] == ["Count of customers", "Count of orders per channel"]


def test_no_more_than_three_are_offered_and_none_where_previews_are_off_is_run(ws):
    many = [Alternative(f"SELECT count(*) FROM orders WHERE order_id > {n}", 0.5) for n in range(9)]
    seen = look(ws)
    assert len(offered("q", many, ws.catalog("shop"), seen)) == 3
    assert len(seen.ran) == 3
    seen.left, seen.ran = 0, []
    found = offered("q", (SAME, CUSTOMERS), ws.catalog("shop"), seen, own=own_rows(ws))
    assert [(a.sql, a.said) for a in found] == [(SAME.sql, ""), (CUSTOMERS.sql, "")]
    assert seen.ran == []


def test_rows_are_compared_whatever_their_order_and_type():
    one = pa.table({"a": ["x", "y"], "n": [1, 2]})
    assert content(one) == content(pa.table({"k": [2.0, 1.0], "v": ["y", "x"]}))
    assert content(one) != content(pa.table({"a": ["x", "y"], "n": [2, 1]}))
    assert content(one) != content(one.slice(0, 1))
    assert content(pa.table({"b": [True]})) != content(pa.table({"b": [1]}))


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("SELECT a, count(*) AS n FROM t GROUP BY a ORDER BY n", "SELECT count(*), a FROM t GROUP BY a", True),
        ("SELECT a FROM t ORDER BY b LIMIT 1", "SELECT a FROM t ORDER BY c LIMIT 1", False),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t", False),
        ("SELECT count(*) AS n FROM t GROUP BY a HAVING n > 1", "SELECT count(*) AS m FROM t GROUP BY a HAVING m > 1", False),
        ("SELECT a FROM t UNION SELECT b FROM t", "SELECT a FROM t", False),
    ],
)
def test_queries_that_differ_in_how_they_show_their_rows_are_one(one, two, same):
    assert (bare(one, "duckdb") == bare(two, "duckdb")) is same


def test_beside_a_sure_answer_nothing_else_runs(ws):
    reading = Reading("how many?", answered=True, sql=ORDERS, confidence=0.95, alternatives=(CUSTOMERS,))
    found = from_reading(ws.context, Answer("q", answered=False, intent=Intent("answer")), reading, ws.catalog("shop"))
    assert [(a.restated, a.said) for a in found.alternatives] == [("Count of customers", "")]
    assert found.choose(1).sentence == "There are 4 customers."


def test_choosing_a_reading_answers_with_it_and_offers_the_first_one_back(ws):
    catalog = ws.catalog("shop")
    reading = Reading("how many?", answered=True, sql=ORDERS, confidence=0.7, alternatives=(CUSTOMERS, BY_CHANNEL))
    first = from_reading(ws.context, Answer("how many?", answered=False, intent=Intent("answer"), reading=reading), reading, catalog)
    second = first.choose(1)
    assert second.sentence == "There are 4 customers."
    assert (second.confidence, second.assumptions) == (1.0, ("you chose this reading",))
    assert [a.sql for a in second.alternatives] == [ORDERS, BY_CHANNEL.sql]
    assert second.choose(1).sentence == first.sentence
    with pytest.raises(UsageError, match="no reading 3"):
        first.choose(3)
    with pytest.raises(UsageError, match="no reading 0"):
        chosen(ws.context, first, catalog, None, 0)


def test_a_choice_is_remembered_where_there_is_a_memory(ws):
    catalog = ws.catalog("shop")
    reading = Reading("how many?", answered=True, sql=ORDERS, confidence=0.7, alternatives=(CUSTOMERS,))
    first = from_reading(ws.context, Answer("how many?", answered=False, intent=Intent("answer"), reading=reading), reading, catalog)
    picked = first.choose(1)
    if choices.keeper(ws.context) is None:
        assert picked.remember is None
        with pytest.raises(NotYetError):
            choices.remember(ws.context, picked)
        return
    assert picked.remember is not None
    picked.remember()
    assert (picked.question, picked.sql) in [(v["question"], v["sql"]) for v in choices.keeper(ws.context).verified("shop")]


def test_an_answer_without_others_says_so():
    with pytest.raises(UsageError, match="no reading 1"):
        Answer("q", answered=False, intent=Intent("answer")).choose(1)


def test_a_double_count_offers_the_query_that_counts_each_once(ws):
    catalog = ws.catalog("shop")
    sql = "SELECT count(c.customer_id) FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id"
    reading = Reading("how many customers ordered?", answered=True, sql=sql, confidence=0.9)
    found = from_reading(ws.context, Answer("q", answered=False, intent=Intent("answer"), reading=reading), reading, catalog)
    assert (found.answered, found.state, found.confidence) == (False, "ambiguous", 0.45)
    assert found.reason == "its number would be wrong. The joins give 100 rows for 3 customers, so some are counted more than once."
    assert [(a.restated, a.said) for a in found.alternatives] == [
        ("Count of customer id values, via orders, each customer counted once", "There are 3 customer id values."),
        ("Count of customer id values, via orders", "There are 100 customer id values."),
    ]
    assert (found.sql, found.result, found.facts) == (None, None, ())
    assert found.choose(1).result.arrow().column(0)[0].as_py() == 3


def test_an_unsure_question_shows_what_each_reading_yields(ws):
    found = answer(ws.context, "orders customers like most", on="shop")
    assert not found.answered
    assert found.alternatives
    assert all(a.said and a.restated for a in found.alternatives)
    assert found.choose(1).answered
