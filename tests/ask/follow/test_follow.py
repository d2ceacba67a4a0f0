"""Single follow-ups: what each form makes of a plan, and what is no follow-up."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.ask.follow import edit_forms, follow, subject
from aiser_jupyter.ask.interpret import followed
from aiser_jupyter.ask.learned.model import load
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Star
from aiser_jupyter.ask.reading import Reading

TODAY = date(2024, 3, 15)
BASE = "revenue by country in 2023"


@pytest.fixture(scope="module")
def asked(shop):
    """Ask a question, or a follow-up of one."""
    known = {}

    def ask(question, before=None):
        key = (question, before)
        if key not in known:
            known[key] = shop.ask(question, today=TODAY, follows=ask(before) if before else None)
        return known[key]

    return ask


@pytest.fixture(scope="module")
def schema(shop):
    return schema_of(shop.catalog())


# Revenue of 2023: Germany 40 + 20, USA 20, Spain 16; of 2024: Germany 30 + 60 + 16, USA 40.
@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("just for Germany", [("Germany", 60.0)]),
        ("what about the USA?", [("USA", 20.0)]),
        ("only Germany and Spain", [("Germany", 60.0), ("Spain", 16.0)]),
        ("without Germany", [("USA", 20.0), ("Spain", 16.0)]),
        ("everything but Germany", [("USA", 20.0), ("Spain", 16.0)]),
        ("only 2024", [("Germany", 106.0), ("USA", 40.0)]),
        ("and 2024?", [("Germany", 106.0), ("USA", 40.0)]),
        ("the year after", [("Germany", 106.0), ("USA", 40.0)]),
        ("since July 2023", [("Germany", 106.0), ("USA", 40.0), ("Spain", 16.0)]),
        ("last year", [("Germany", 60.0), ("USA", 20.0), ("Spain", 16.0)]),
        ("all years", [("Germany", 166.0), ("USA", 60.0), ("Spain", 16.0)]),
        ("drop the year", [("Germany", 166.0), ("USA", 60.0), ("Spain", 16.0)]),
        ("show all", [("Germany", 166.0), ("USA", 60.0), ("Spain", 16.0)]),
        ("top 2", [("Germany", 60.0), ("USA", 20.0)]),
        ("bottom 1", [("Spain", 16.0)]),
        ("which is the highest?", [("Germany", 60.0)]),
        ("top 1 for 2024", [("Germany", 106.0)]),
        ("sort by country", [("Germany", 60.0), ("Spain", 16.0), ("USA", 20.0)]),
        ("alphabetically", [("Germany", 60.0), ("Spain", 16.0), ("USA", 20.0)]),
        ("ascending", [("Spain", 16.0), ("USA", 20.0), ("Germany", 60.0)]),
        ("lowest first", [("Spain", 16.0), ("USA", 20.0), ("Germany", 60.0)]),
        ("highest first", [("Germany", 60.0), ("USA", 20.0), ("Spain", 16.0)]),
        ("only those above 18", [("Germany", 60.0), ("USA", 20.0)]),
        ("less than 18 only", [("Spain", 16.0)]),
        ("with at least 2 orders", [("Germany", 60.0)]),
        ("as a share", [("Germany", 62.5), ("USA", 20.833333), ("Spain", 16.666667)]),
        ("units instead", [("Germany", 8), ("USA", 2), ("Spain", 1)]),
        ("instead of revenue show units", [("Germany", 8), ("USA", 2), ("Spain", 1)]),
        ("and units", [("Germany", 60.0, 8), ("USA", 20.0, 2), ("Spain", 16.0, 1)]),
        ("add the number of orders", [("Germany", 60.0, 2), ("USA", 20.0, 1), ("Spain", 16.0, 1)]),
        ("drop the country", [(96.0,)]),
        ("just the total", [(96.0,)]),
        ("quarterly instead", [("2023-01-01", 60.0), ("2023-04-01", 20.0), ("2023-07-01", 16.0)]),
        ("by city instead", [("Berlin", 60.0), ("Boston", 20.0), ("Madrid", 16.0)]),
        ("per category", [("Germany", "Beverages", 40.0), ("Germany", "Seafood", 20.0), ("USA", "Seafood", 20.0), ("Spain", "Seafood", 16.0)]),
        ("only Germany, by city", [("Germany", "Berlin", 60.0)]),
        ("compare with the year after", [(2023, "Germany", 60.0), (2023, "USA", 20.0), (2023, "Spain", 16.0), (2024, "Germany", 106.0), (2024, "USA", 40.0)]),
        ("no, I meant city", [("Berlin", 60.0), ("Boston", 20.0), ("Madrid", 16.0)]),
        ("not 2023, 2024", [("Germany", 106.0), ("USA", 40.0)]),
    ],
)  # fmt: skip
def test_a_follow_up(asked, words, rows):
    answer = asked(words, BASE)
    assert answer.answered, answer.reason
    assert answer.intent.dispatch == "followup"
    got = [tuple(str(v)[:10] if hasattr(v, "isoformat") else round(v, 6) if isinstance(v, float) else v for v in r.values()) for r in answer.result.rows()]  # fmt: skip
    ordered = any(w in words for w in ("sort", "first", "ascending", "alphabet", "quarterly", "top"))
    key = lambda row: tuple(map(str, row))  # noqa: E731
    assert got == rows if ordered else sorted(got, key=key) == sorted(rows, key=key)


@pytest.mark.parametrize(
    "question",
    [
        "how many customers are there?",
        "number of orders in Germany",
        "top 2 products by revenue",
        "average price of seafood products",
        "customers from Germany",
        "customers without orders",
        "monthly revenue in 2024",
        "which customers are from Germany?",
    ],
)
def test_a_question_of_its_own_is_read_alone(asked, question):
    alone, after = asked(question), asked(question, BASE)
    assert alone.answered
    assert (after.sql, after.intent.dispatch) == (alone.sql, alone.intent.dispatch)


@pytest.mark.parametrize(
    "words",
    [
        "drop table orders",
        "drop orders",
        "delete Germany",
        "delete all orders",
        "remove all customers",
        "insert into orders",
        "update prices",
    ],
)
def test_a_request_to_change_something_stays_refused(asked, words):
    answer = asked(words, BASE)
    assert not answer.answered
    assert answer.sql is None or answer.sql == ""


@pytest.mark.parametrize(
    "words",
    ["only the blue ones", "sort by colour", "without Atlantis", "as a running total", "compare with the day before yesterday", "why did it fall?",
     "also Spain", "in euros", "only orders above 100 metres"],
)  # fmt: skip
def test_what_has_no_place_is_not_half_done(asked, words):
    answer = asked(words, BASE)
    assert not answer.answered


def test_pronouns(asked):
    many = "how many customers are there?"
    assert [tuple(r.values()) for r in asked("how many of them are from Germany?", many).result.rows()] == [(2,)]
    assert sorted(r["name"] for r in asked("which of them are in Germany?", many).result.rows()) == ["Anna Berg", "Dora Klein"]
    listed = "customers from Germany"
    assert [tuple(r.values()) for r in asked("how many are there?", listed).result.rows()] == [(2,)]
    assert [tuple(r.values()) for r in asked("add the city", listed).result.rows()] == [("Anna Berg", "Berlin"), ("Dora Klein", "Munich")]
    assert [tuple(r.values()) for r in asked("how many of those are in Berlin?", listed).result.rows()] == [(1,)]


def test_going_back_and_starting_over(shop):
    chain = [shop.ask(BASE, today=TODAY)]
    for words in ("only Germany", "by city", "as a share"):
        chain.append(shop.ask(words, today=TODAY, follows=chain[-1]))
    back = shop.ask("go back", today=TODAY, follows=chain[-1])
    assert back.sql == chain[2].sql
    twice = shop.ask("undo", today=TODAY, follows=back)
    assert twice.sql == chain[1].sql
    over = shop.ask("start over", today=TODAY, follows=chain[-1])
    assert over.sql == chain[0].sql
    assert not shop.ask("go back", today=TODAY, follows=chain[0]).answered


def test_a_chain_keeps_its_confidence_and_its_length_is_bounded(shop):
    answer = shop.ask(BASE, today=TODAY)
    for _ in range(15):
        for words in ("only Germany", "all countries"):
            before, answer = answer, shop.ask(words, today=TODAY, follows=answer)
            assert answer.answered
            assert answer.confidence <= before.confidence
    steps, reading = 0, answer.reading
    while reading.before is not None:
        steps, reading = steps + 1, reading.before
    assert steps <= follow.DEPTH
    assert reading.question == BASE
    assert answer.confidence > 0.5


def test_assumptions_follow_the_edits(asked, shop):
    german = asked("last quarter", BASE)
    assert "the period is 2023-10-01 to 2023-12-31" in german.assumptions
    later = shop.ask("only 2024", today=TODAY, follows=german)
    assert not any("2023-10-01" in a for a in later.assumptions)


def test_the_subject_of_an_answer(asked, schema):
    monthly = subject.of(schema, asked("monthly", BASE).reading.plan)
    assert monthly is not None
    assert monthly.date == ColumnRef("orders", "order_date")
    assert (monthly.grain, monthly.periods) == ("month", ((date(2023, 1, 1), date(2024, 1, 1)),))
    assert monthly.groups == (ColumnRef("customers", "country"),)
    assert monthly.figure.aggregate == "sum"
    counted = subject.of(schema, asked("how many customers are there?").reading.plan)
    assert counted is not None
    assert (counted.figure.expression, counted.date, counted.periods) == (Star("customers"), None, ())
    assert subject.of(schema, None) is None
    assert subject.of(schema, asked("customers from Germany").reading.plan) is None


PIECES = (
    "and", "only", "just", "without", "drop", "the", "country", "month", "by", "per", "instead", "of", "revenue", "units", "show", "top", "5", "sort", "as",
    "a", "share", "Germany", "2024", "compare", "with", "year", "before", "no", "not", "I", "meant", "how", "many", "them", "all", "?", ",", "more", "than",
    "10", "average", "add", "number", "orders", "city", "go", "back", "what", "about",
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map(" ".join))
def test_any_words_give_a_plan_that_renders_or_none(schema, asked, words):
    reading = followed(schema, words, load(), TODAY, asked(BASE).reading)
    if reading is not None:
        assert isinstance(reading, Reading)
        assert reading.plan is not None
        assert reading.sql.startswith("SELECT")
        buckets = [e for e in reading.plan.group if isinstance(e, Bucket)]
        assert len(set(buckets)) == len(buckets)


@pytest.mark.parametrize("word", ["and", "show", "by", "the", "only", "in", "not", "instead of", "show me", "no,", "a"])
def test_no_form_goes_astray_on_repeated_words(word):
    text = " ".join([word] * 16) + " x!"
    matchers = [form for form, _ in edit_forms.FORMS]
    matchers += [edit_forms.ABOUT, edit_forms.ONLY, edit_forms.MORE, edit_forms.BARE, follow.CORRECTION, follow.NOT_BUT, follow.OPENING]
    assert all(isinstance(matcher.match(text), type(None) | type(matcher.match(text))) for matcher in matchers)


def test_a_long_text_is_no_follow_up(schema, asked):
    linked = SimpleNamespace(question=SimpleNamespace(text="and " * 200, tokens=()))
    assert follow.changed(linked, asked(BASE).reading, TODAY) is None
