import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.words import near, split, stem


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cities", "city"),
        ("orders", "order"),
        ("boxes", "box"),
        ("classes", "class"),
        ("shipped", "ship"),
        ("shipping", "ship"),
        ("people", "person"),
        ("sold", "selling"),
    ],
)
def test_forms_of_a_word_share_a_stem(left, right):
    assert stem(left) == stem(right)


@pytest.mark.parametrize(("left", "right"), [("status", "state"), ("address", "addition"), ("class", "clan")])
def test_other_words_do_not(left, right):
    assert stem(left) != stem(right)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BillingCountry", ("billing", "country")),
        ("ship_via", ("ship", "via")),
        ("custDOB", ("customer", "birth", "date")),
        ("HTTPCode", ("http", "code")),
        ("line2", ("line", "2")),
    ],
)
def test_an_identifier_falls_into_words(name, words):
    assert split(name) == words


@pytest.mark.parametrize("slip", ["frieght", "freigt", "freightt", "fraight"])
def test_one_slip_is_near(slip):
    assert near(slip, "freight")


def test_two_slips_and_short_words_are_not_near():
    assert not near("frigt", "freight")
    assert not near("cat", "car")


@given(st.text("abcdefgh", min_size=4, max_size=10), st.data())
def test_swapping_two_letters_stays_near_both_ways(word, data):
    i = data.draw(st.integers(0, len(word) - 2))
    other = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    assert near(word, other)
    assert near(other, word)
