from __future__ import annotations

import inspect

import pytest

from aiser_jupyter import errors

TYPES = [t for _, t in inspect.getmembers(errors, inspect.isclass) if issubclass(t, errors.AiserError)]


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.__name__)
def test_each_error_says_what_where_and_what_next(kind):
    error = kind("There is no table prodcts.", where="line 1, column 15", hint="Did you mean products?")
    assert str(error).splitlines() == ["There is no table prodcts.", "line 1, column 15", "Did you mean products?"]
    assert error.as_json() == {
        "type": kind.__name__,
        "message": "There is no table prodcts.",
        "where": "line 1, column 15",
        "hint": "Did you mean products?",
    }
    assert error.exit_status in {1, 2, 3, 4}


def test_an_error_of_one_line_has_one_line():
    assert str(errors.QueryError("It failed.")) == "It failed."
