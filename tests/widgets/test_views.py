from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.step import deduced, reused
from aiser_jupyter.ask.reading import Alternative, Reading, Trace
from aiser_jupyter.errors import QueryError, UnknownNameError
from aiser_jupyter.facts import Fact
from aiser_jupyter.widgets.still import still_html, still_text
from aiser_jupyter.widgets.view import Note, Option, Run, Thought, Word, level
from aiser_jupyter.widgets.views import of_answer, of_error, runs

SQL = "SELECT store_id,\n  SUM(net_ammount) AS revenue\nFROM order_lines GROUP BY 1"
WHERE = "line 2:   SUM(net_ammount) AS revenue\n" + " " * 14 + "^" * 11


def answer(**fields) -> Answer:
    question = "how many customers are there"
    return Answer(question=question, intent=classify(question), **({"answered": True} | fields))


def test_the_key_number_is_the_strong_fact():
    parts = (
        Part("Of "),
        Part("59", "f1"),
        Part(" customers "),
        Part("12", "f2", strong=True),
        Part(" live in "),
        Part("Canada", strong=True),
    )
    assert runs(parts) == (Run("Of "), Run("59", "number"), Run(" customers "), Run("12", "key"), Run(" live in "), Run("Canada", "strong"))


def test_without_a_strong_fact_the_first_is_the_key():
    assert [run.emphasis for run in runs((Part("1", "f1"), Part("2", "f2")))] == ["key", "number"]


def test_an_answer_shows_where_its_numbers_come_from():
    fact = Fact("f1", 59, "59", "", "SELECT 59", "shop", datetime(2026, 10, 5, 6, 0, tzinfo=UTC))
    view = of_answer(
        answer(
            sentence="There are 59 customers.", sentence_parts=(Part("There are "), Part("59", "f1"), Part(" customers.")), facts=(fact,), source="shop",
            sql="SELECT 59", dialect="sqlite", elapsed_ms=210.0, confidence=0.85, alternatives=(Alternative("SELECT 1", 0.4, "Count of names"),),
        )
    )  # fmt: skip
    assert view.sentence == "There are 59 customers."
    assert view.footer == ("shop", "as of 5 Oct 2026, 06:00 UTC", "offline engine")
    assert view.detail == ("SQLite", "read only", "0.21 s")
    assert view.certainty == "1 other reading considered"
    assert view.why == ""
    assert [(o.title, o.sure, o.number) for o in view.options] == [("Count of names", "confidence 0.40", 1)]


def test_a_refusal_says_why_what_is_missing_and_what_else():
    view = of_answer(
        answer(
            answered=False, state="refused", reason="No table here holds weather.", missing=("weather",), suggestions=("How many days?",)
        )
    )
    assert (view.state, view.sentence, view.needs, view.suggestions) == (
        "refused",
        "No table here holds weather.",
        ("Data that says what “weather” is. A file is enough: %aiser add FILE",),
        ("How many days?",),
    )


def test_an_ambiguous_question_shows_its_readings_with_their_sql():
    view = of_answer(
        answer(
            answered=False, state="ambiguous", reason="“Best” has two meanings.",
            alternatives=(Alternative("SELECT 1", 0.4, "Most revenue"), Alternative("SELECT 2", 0.4, "Fastest growth")),
        )
    )  # fmt: skip
    assert [(o.title, o.sql, o.chosen) for o in view.options] == [
        ("Most revenue", "SELECT 1", True),
        ("Fastest growth", "SELECT 2", False),
    ]
    assert view.sentence == "“Best” has two meanings."


def test_an_unknown_name_is_marked_in_the_whole_statement_and_corrected():
    error = UnknownNameError(
        "There is no column 'net_ammount'.", where=WHERE, hint="Did you mean net_amount?", candidates=("net_amount", "gross_amount")
    )
    view = of_error(error, sql=SQL)
    assert view.place is not None
    assert view.code[slice(*view.place)] == "net_ammount"
    assert view.fixed == SQL.replace("net_ammount", "net_amount")
    assert view.headline == (Run("There is no column "), Run("net_ammount", "strong"), Run("."))
    assert view.detail == ("Did you mean net_amount? Close too: gross_amount.",)


def test_without_the_statement_its_line_is_shown_with_its_number():
    view = of_error(UnknownNameError("There is no column 'net_ammount'.", where=WHERE))
    assert view.place is not None
    assert (view.first_line, view.code[slice(*view.place)], view.fixed) == (2, "net_ammount", "")


def test_a_place_in_words_is_said():
    view = of_error(QueryError("The file cannot be read.", where="sales.csv, row 7", hint="Save it as UTF-8."))
    assert (view.code, view.detail) == ("", ("sales.csv, row 7", "Save it as UTF-8."))


@pytest.mark.parametrize(("confidence", "word"), [(0.8, "High"), (0.79, "Medium"), (0.5, "Medium"), (0.49, "Low")])
def test_confidence_has_a_word(confidence, word):
    assert level(confidence) == word


def test_what_became_of_a_model_is_said_on_the_card():
    reading = Reading("x", answered=False, notes=("The model was not used: it did not reply",))
    refused = of_answer(answer(answered=False, state="refused", reason="I find no place for it.", reading=reading))
    assert refused.detail == ("I have not guessed.", "The model was not used: it did not reply.")
    answered = of_answer(
        answer(sentence="There are 59 customers.", reading=reading, explanation="They live in Canada.", restated="Count of customers")
    )
    assert "The model was not used: it did not reply." in answered.why
    assert "".join(run.text for run in answered.headline) == "There are 59 customers. They live in Canada."


def test_words_checks_steps_and_readings_reach_the_card():
    reading = Reading("how many customers are there", answered=True, confidence=0.9, missing=("there",))
    view = of_answer(
        answer(
            sentence="There are 59.", sql="SELECT COUNT(*) FROM customers", dialect="sqlite", confidence=0.45, reading=reading,
            trace=(Trace("customers", "customers"),), checks=(noticed("unit", "Mixed.", "SELECT 1", effect=0.5), passed("nulls", "None missing.")),
            steps=(reused("Took over customers", "customers", 0.95), deduced("Ran the query", "SELECT 1", 3.0, inputs=(0,))),
            alternatives=(Alternative("SELECT 2", 0.4, "Count of names", "There are 2."),),
        )
    )  # fmt: skip
    assert view.asked == (Word("how many "), Word("customers", 1), Word(" are "), Word("there", lost=True))
    assert [view.code[a:b] for a, b, n in view.code_links if n == 1] == ["customers"]
    assert view.checks == (Note("Mixed.", ok=False, sql="SELECT 1"), Note("None missing.", ok=True))
    assert view.badge == "Verified query: customers"
    assert view.thoughts[1] == Thought("Ran the query", "deductive", "computed from rows", "certain", "3 ms", (0,))
    assert view.options == (Option("Count of names", "There are 2.", "SELECT 2", sure="confidence 0.40", number=1),)
    assert view.why == "1 part of the question matched the data. A check lowered it from 0.90."
    text = still_text(view)
    assert "! Mixed." in text
    assert "Other readings:\n1. Count of names · There are 2. · confidence 0.40" in text
    assert "2. Ran the query (from 1) · computed from rows · certain · 3 ms" in text


def test_an_executive_sees_no_sql_and_an_engineer_sees_it_open():
    executive = of_answer(answer(sentence="There are 59.", sql="SELECT 59", restated="Count", confidence=0.9, audience="executive"))
    assert "SELECT" not in still_html(executive).split("</style>")[1]
    assert "SELECT" not in still_text(executive)
    engineer = of_answer(answer(sentence="There are 59.", sql="SELECT 59", confidence=0.9, audience="engineer", plan="full scan: t"))
    assert ("Plan", "full scan: t") in engineer.engine
    assert '<details class="how" open="open">' in still_html(engineer)
