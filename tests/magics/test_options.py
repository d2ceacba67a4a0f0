from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.magics.options import Option, pairs, parse

OPTIONS = (
    Option("as"),
    Option("param", many=True),
    Option("chart", takes="?", choices=("bar", "line")),
    Option("explain", takes=0),
    Option("limit"),
    Option("engine", choices=("auto", "offline")),
    Option("discover", takes=0, soon="add what stands out"),
)


def test_options_are_read_and_the_sql_is_left_as_typed():
    line = parse("--as top --param a=1 --param b='x y' --explain select  ':c' -- note", OPTIONS)
    assert line.one("as") == "top"
    assert line.values["param"] == ["a=1", "b=x y"]
    assert line.has("explain")
    assert line.rest == "select  ':c' -- note"


def test_an_optional_value_is_taken_only_where_it_is_one():
    assert parse("--chart line select 1", OPTIONS).one("chart") == "line"
    bare = parse("--chart select 1", OPTIONS)
    assert (bare.one("chart"), bare.rest) == ("", "select 1")


def test_a_sql_comment_is_no_option():
    assert parse("-- just a comment", OPTIONS).rest == "-- just a comment"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--lmit 3", "Did you mean --limit?"),
        ("--limit", "--limit needs a value."),
        ("--engine magic", "It can be auto, offline."),
        ("--explain=yes", "takes no value"),
        ("--as a --as b", "given twice"),
        ("--as 'open", "A quote is not closed"),
    ],
)
def test_what_does_not_fit_is_said(text, says):
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        parse(text, OPTIONS)


def test_an_option_of_a_later_version_says_so():
    with pytest.raises(NotYetError, match="add what stands out"):
        parse("--discover", OPTIONS)


def test_pairs_need_a_name_and_a_value():
    assert pairs(["a=1=2", "b="], "param") == {"a": "1=2", "b": ""}
    with pytest.raises(UsageError, match="is not NAME=VALUE"):
        pairs(["2a=1"], "param")


@given(st.text())
def test_any_text_is_read_or_refused_with_words(text):
    try:
        assert parse(text, OPTIONS).rest in text
    except UsageError as error:
        assert error.message
