"""Sentences that teach, and questions heard in taught words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.memory import teaching
from aiser_jupyter.memory.entry import Entry, Owner
from aiser_jupyter.memory.hear import hear

AT = datetime(2026, 11, 2, tzinfo=UTC)


def words(**pairs):
    owner = Owner("", "ada", "")
    return [Entry("synonym", k.replace("_", " "), {"means": v}, owner, "shop", AT, AT, id=n) for n, (k, v) in enumerate(pairs.items(), 1)]


@pytest.mark.parametrize(
    ("text", "phrase", "means"),
    [
        ("turnover means revenue", "turnover", "revenue"),
        ("Turnover means the revenue.", "Turnover", "revenue"),
        ("no, turnover means revenue", "turnover", "revenue"),
        ("by region I mean ship region", "region", "ship region"),
        ("when I say clients, I mean customers", "clients", "customers"),
        ("“top shops” stands for stores in the North region", "top shops", "stores in the North region"),
        ("GMV is short for revenue", "GMV", "revenue"),
        ("define takings as revenue", "takings", "revenue"),
        ("we call revenue takings", "takings", "revenue"),
        ("call ship country 'destination'", "destination", "ship country"),
    ],
)
def test_reads_a_synonym(text, phrase, means):
    found = teaching.read(text)
    assert found is not None
    assert (found.kind, found.phrase, found.means) == ("synonym", phrase, means)


@pytest.mark.parametrize("text", ["remember this", "yes, keep that", "please save this query", "that's right, remember it"])
def test_reads_that_an_answer_is_to_be_kept(text):
    found = teaching.read(text)
    assert found is not None
    assert found.kind == "verified"


def test_reads_a_wish():
    found = teaching.read("I prefer amounts in thousands")
    assert found is not None
    assert (found.kind, found.means) == ("preference", "I prefer amounts in thousands")


@pytest.mark.parametrize(
    "text",
    [
        "what does turnover mean?",
        "revenue by country",
        "is turnover the same as revenue?",
        "orders from Berlin",
        "I want revenue by country",
        "average price by region",
        "turnover means turnover",
        "no, I meant ship country",
        "",
        "?",
    ],
)
def test_a_question_teaches_nothing(text):
    assert teaching.read(text) is None


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    found = teaching.read(text)
    assert found is None or found.kind in ("synonym", "verified", "preference")


def test_hears_the_longest_phrase_and_says_so():
    heard = hear("Big turnover by Region and turnovers", words(turnover="revenue", big_turnover="revenue above 10", region="ship country"))
    assert heard.text == "revenue above 10 by ship country and revenue"
    assert heard.used == (1, 2, 3)
    assert heard.notes[0] == "“turnover” means revenue, as you taught on 2 Nov 2026"


def test_does_not_touch_quotes_parts_of_words_or_what_it_means():
    known = words(region="ship region", art="genre")
    assert hear('"region" of the artist', known).text == '"region" of the artist'
    assert hear("revenue by ship region", known).text == "revenue by ship region"
    assert hear("revenue by region", known).text == "revenue by ship region"


@given(st.text(max_size=120), st.text(alphabet="abc xyz", min_size=1, max_size=12))
def test_hearing_without_the_phrase_changes_nothing(question, phrase):
    if not phrase.strip():
        return
    heard = hear(question, words(qqqq=phrase))
    assert heard.text == question or "qqqq" in question.casefold()
