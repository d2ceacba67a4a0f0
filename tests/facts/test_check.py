from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.facts import check, fact

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
UNITS = ("", "$", "%", "share", "pp", "orders")


def made(value, unit=""):
    return fact(value, unit=unit, sql="SELECT 1", source="shop", as_of=NOW)


def said(prose, *facts, names=()):
    return [s.text for s in check(prose, facts, names)]


def test_a_number_with_its_fact_passes():
    facts = made(742_031, "$"), made(0.224, "share"), made(214)
    assert said("It led with $742k, 22 % of the sales of 214 products.", *facts) == []
    assert said("It led with $742,031, that is 22.4 percent.", *facts) == []
    assert said("It led with 0.74 million.", *facts) == []


@pytest.mark.parametrize(
    ("prose", "without"),
    [
        ("It led with $743k.", "$743k"),
        ("It led with €742k.", "€742k"),
        ("It led with 742k %.", "742k %"),
        ("It led with −$742k.", "−$742k"),
        ("It led with $742.", "$742"),
        ("There were seven.", "seven"),
        ("It was 22.", "22"),
        ("It was 22 pp.", "22 pp"),
        ("Since 2019.", "2019"),
        ("It rose by 1.5x", "1.5"),
    ],
)
def test_a_number_without_a_fact_is_named(prose, without):
    assert said(prose, made(742_031, "$"), made(0.224, "share")) == [without]


def test_words_up_to_twelve_are_numbers():
    assert said("Three shops closed.", made(3)) == []
    assert said("Twelve shops closed.", made(3)) == ["Twelve"]


def test_names_may_hold_digits_but_only_as_whole_words():
    assert said("Route 66 led in Q3 2026.", names=("Route 66", "Q3 2026")) == []
    assert said("Route 661 led.", names=("Route 66",)) == ["661"]


def test_dates_and_texts_that_are_facts_are_names():
    assert said("The last order was on 5 Oct 2026.", made(NOW.date())) == []


def test_the_sign_counts():
    assert said("It changed by −12.4 %.", made(-12.4, "%")) == []
    assert said("It changed by 12.4 %.", made(-12.4, "%")) == ["12.4 %"]


@given(st.lists(st.tuples(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9)), st.sampled_from(UNITS)), min_size=1, max_size=5))
def test_every_text_made_from_facts_passes(values):
    facts = [made(value, unit) for value, unit in values]
    assert check("We saw " + " and ".join(f.text for f in facts) + ".", facts) == ()


@given(st.integers(1, 10**12) | st.floats(0.01, 1e9), st.sampled_from(UNITS), st.data())
def test_a_perturbed_digit_fails(value, unit, data):
    known = made(value, unit)
    places = [i for i, c in enumerate(known.text) if c.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != known.text[place]]))
    assert check(f"We saw {known.text[:place]}{other}{known.text[place + 1 :]}.", [known]) != ()
