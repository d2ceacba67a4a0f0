"""Names that were written together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.catalog.together import LEAST, WORDS, apart


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unitprice", ("unit", "price")),
        ("orderdate", ("order", "date")),
        ("custname", ("cust", "name")),
        ("quantityperunit", ("quantity", "per", "unit")),
        ("unitsinstock", ("units", "in", "stock")),
        ("zqcustpostalcode", ("cust", "postal", "code")),  # a prefix that a schema writes before each name
        ("xkcustomer", ("customer",)),
        ("settlementdatestr", ("settlement", "date", "str")),
        ("flightno", ("flight", "no")),
    ],
)
def test_words_of_a_run(name: str, words: tuple[str, ...]) -> None:
    assert apart(name) == words


@pytest.mark.parametrize(
    "word",
    [
        "partnership",
        "transport",
        "discontinued",
        "remember",
        "international",
        "weekend",
        "trend",
        "breast",
        "fraction",
        "newsletter",
        "timestamp",
        "northwind",
        "performance",
        "salesman",
        "passenger",
        "stride",
        "tractor",
        "planet",
    ],
)
def test_one_word_stays_one(word: str) -> None:
    assert apart(word) == (word,)


@given(st.lists(st.sampled_from(sorted(word for word in WORDS if len(word) > 4)), min_size=1, max_size=3))
def test_nothing_is_lost(words: list[str]) -> None:
    run = "".join(words)
    made = apart(run)
    assert run.endswith("".join(made))
    assert made == (run,) or all(len(word) > 1 for word in made)


@given(st.text(max_size=20))
def test_anything_may_be_asked(text: str) -> None:
    made = apart(text)
    assert "".join(made) == text or (len(text) >= LEAST and text.endswith("".join(made)))
