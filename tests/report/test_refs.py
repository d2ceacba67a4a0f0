from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import ReportError
from aiser_jupyter.facts import Fact
from aiser_jupyter.report import refs


def fact(name, value, text, unit=""):
    return Fact(name, value, text, unit, "SELECT 1", "shop", datetime(2026, 1, 1, tzinfo=UTC))


FACTS = (fact("a", 13.5e6, "$13.5M", "$"), fact("b", 12.4, "12.4\u202f%", "%"), fact("c", 13, "13"))


def test_numbers_become_references_the_longest_first():
    assert (
        refs.link("Up 12.4\u202f% to $13.5M, 13 in all; 130 and 13.57 are others", FACTS)
        == "Up [[b]] to [[a]], [[c]] in all; 130 and 13.57 are others"
    )


@pytest.mark.parametrize(
    "text", ["In Q3 2026", "on 5 Oct 2026", "by 2026-10-05", "at 06:00", "the year 2026", "a 95 % range", "[[a]] and [[=Model 3]]"]
)
def test_what_claims_nothing_is_no_number(text):
    assert refs.untraced(text) == []


def test_a_number_without_a_fact_is_found_whatever_its_shape():
    assert refs.untraced("Sold 1,234 at $5, +3 % and two more", FACTS) == ["1,234", "$5", "+3 %", "two"]
    assert refs.digits("Sold 1,234 to one or two", FACTS) == ["1,234"]


def test_a_rounded_number_is_its_facts():
    assert refs.untraced("about 12 %", FACTS) == []


def test_names_with_digits_are_words():
    quoted = refs.quote("Lamp 3 sold best", ["Lamp 3", "Tent"])
    assert quoted == "[[=Lamp 3]] sold best"
    assert refs.untraced(quoted) == []
    assert refs.fill(quoted, {}, lambda found: found.text) == "Lamp 3 sold best"


def test_an_unknown_reference_is_an_error():
    with pytest.raises(ReportError, match="'zz'"):
        refs.fill("[[zz]]", {}, lambda found: found.text)


@given(st.text(alphabet="abc 0123456789.,%$[]=", max_size=40))
def test_linking_and_filling_gives_the_text_back(text):
    known = {found.id: found for found in FACTS}
    plain = text.replace("[[", "").replace("]]", "")
    assert refs.fill(refs.link(plain, FACTS), known, lambda found: found.text) == plain
