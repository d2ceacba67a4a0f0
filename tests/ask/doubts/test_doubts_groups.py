"""Figures are told by what they were asked by, whole, and by the nearest way to it."""

import pytest
from yard import (
    BAYS,
    BOATS,
    BRANCH_NAME,
    CONTRACTS,
    ELECTRIC,
    FUEL,
    MAKE,
    MEAN,
    PRICE,
    QUANTITY,
    RATING,
    REGION,
    REVENUE,
    SALES,
    STATE,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.plan import Band, ColumnRef, Condition, Item

RATED = Band(RATING, 2.0)
CASES = (
    ("both_sides", "rating of boats with and without discount", by(MAKE, MEAN, where=(Condition(Item(QUANTITY), "is null"),)), just(MEAN)),
    ("one_side", "average rating of electric vs sail boats", by(FUEL, MEAN), just(MEAN, where=(ELECTRIC,))),
    ("in_each", "branches and number of boats in each", by(BRANCH_NAME, BOATS), just(BOATS)),
    ("kind_of_table", "contracts by region", by(REGION, CONTRACTS), by(STATE, CONTRACTS)),
    ("half_named_group", "quantity by service", by(REGION, Item(QUANTITY, "sum")), by(BAYS, Item(QUANTITY, "sum"))),
    ("by_who_did_it", "revenue by region of the sales", by(MAKE, REVENUE), by(REGION, REVENUE)),
    ("by_who_did_it", "revenue by region of the boat", by(REGION, REVENUE), None),
    ("one_of_two_groups", "boats by make and fuel", by((MAKE, FUEL), BOATS), by(MAKE, BOATS)),
    ("one_of_two_groups", "boats by make and service bays", by((MAKE, BAYS), BOATS), by(MAKE, BOATS, tables=("branch",))),
    ("amount_inside", "average number of sales", just(Item(ColumnRef("base", "n"), "avg"), source=by(MAKE, SALES)), just(Item(ColumnRef("base", "n"), "avg"), source=by(PRICE, SALES))),
    ("uncut", "boats by rating band", by(RATED, BOATS), by(RATING, BOATS)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
