"""The numbers of things are neither added up nor shown where nobody asked for them."""

import pytest
from yard import BRANCH, BRANCH_NAME, FULL_NAME, MAKE, REVENUE, SALE, SALES, by, doubts_of, just

from aiser_jupyter.ask.plan import ColumnRef, Item

CASES = (
    ("key_for_name", "branches in the north", just(BRANCH_NAME), just(BRANCH)),
    ("key_for_name", "ids of the branches", just(BRANCH), None),
    ("key_added", "sales by make", by(MAKE, SALES), by(MAKE, Item(SALE, "sum"))),
    ("key_beside", "sale price by agent", by(FULL_NAME, REVENUE), by((ColumnRef("boat_sale", "agent_id"), FULL_NAME), REVENUE)),
    ("keys_alone", "who are the agents", just(FULL_NAME), just(ColumnRef("boat_sale", "agent_id"))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
