import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.question import number, read


@pytest.mark.parametrize(
    ("text", "value"), [("1,200", 1200), ("$5", 5), ("10k", 10_000), ("3rd", 3), ("2.5", 2.5), ("7%", 7), ("1.5m", 1_500_000)]
)
def test_a_number_is_read_as_it_is_written(text, value):
    assert number(text) == value


def test_quoted_text_is_one_token_without_its_quotes():
    (token,) = [t for t in read("albums that contain 'Greatest Hits' in their title").tokens if t.kind == "quoted"]
    assert token.value == "Greatest Hits"


def test_an_apostrophe_is_no_quote():
    assert not [t for t in read("the customers' orders and the reps' names").tokens if t.kind == "quoted"]


def test_numbers_in_words_are_numbers():
    assert [t.value for t in read("the top three customers with twenty orders").tokens if t.kind == "number"] == [3, 20]


def test_small_words_are_no_content():
    assert [t.text for t in read("What is the total freight of all orders?").tokens if t.content] == ["freight", "orders"]


@given(st.text(max_size=80))
def test_any_text_is_read_and_every_token_stands_where_it_says(text):
    for token in read(text).tokens:
        assert text[token.start : token.end] == token.text
