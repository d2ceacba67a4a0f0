from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from aiser_jupyter.errors import UsageError
from aiser_jupyter.report.parameters import checked, declared

CELL = """
since = "2026-07-01"  # a date
code = "A"
limit: int = 10
share = 0.5
dry = False
names = ["a"]
later = open
"""


def notebook(source=CELL):
    return v4.new_notebook(cells=[v4.new_code_cell(source, metadata={"tags": ["parameters"]})])


def test_the_tagged_cell_declares_names_and_defaults():
    assert declared(notebook()) == {
        "since": "2026-07-01",
        "code": "A",
        "limit": 10,
        "share": 0.5,
        "dry": False,
        "names": ["a"],
        "later": None,
    }


@pytest.mark.parametrize(
    ("name", "given_value", "expected"),
    [
        ("code", "007", "007"),
        ("limit", "7", 7),
        ("share", "0.25", 0.25),
        ("share", 1, 1),
        ("dry", "yes", True),
        ("since", "2026-10-05", "2026-10-05"),
        ("since", date(2026, 10, 5), "2026-10-05"),
        ("names", '["b", "c"]', ["b", "c"]),
        ("later", "3", 3),
        ("later", "three", "three"),
    ],
)
def test_a_value_gets_the_type_of_its_default(name, given_value, expected):
    found = checked(notebook(), {name: given_value})[name]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "7.5"), ("limit", "1_0"), ("dry", "perhaps"), ("since", "5 Oct"), ("names", '{"a": 1}'), ("limit", True), ("code", 7)],
)
def test_a_value_that_does_not_fit_is_refused_with_its_default(name, value):
    with pytest.raises(UsageError, match=name):
        checked(notebook(), {name: value})


def test_an_undeclared_name_gets_the_nearest():
    with pytest.raises(UsageError, match="'sinse'") as caught:
        checked(notebook(), {"sinse": "2026-10-05"})
    assert caught.value.hint.startswith("Did you mean since?")


@pytest.mark.parametrize("name", ["x=1\nimport os\ny", "a b", "1a", "", "x;y", "os.system"])
def test_a_name_that_would_be_code_is_no_name(name):
    with pytest.raises(UsageError, match="no parameter name"):
        checked(notebook(), {name: "1"})


@given(st.text(max_size=20))
def test_text_for_a_text_default_is_never_changed(text):
    assert checked(notebook('code = "A"'), {"code": text}) == {"code": text}


def test_without_the_cell_there_is_nothing_to_set():
    with pytest.raises(UsageError, match="no parameter 'a'") as caught:
        checked(v4.new_notebook(), {"a": 1})
    assert caught.value.hint == "The notebook has no cell tagged parameters."
