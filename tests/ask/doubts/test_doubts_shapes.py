"""The shape of a question that only some readings know is in the plan."""

import pytest
from yard import (
    AGENT,
    AGENTS,
    ARRIVED_ON,
    BAYS,
    BOATS,
    BRANCH,
    BRANCH_NAME,
    CONTRACTS,
    ELECTRIC,
    FUEL,
    FULL_NAME,
    MAKE,
    MOST,
    QUANTITY,
    RATING,
    REGION,
    SALE_DATE,
    USED,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Item, Order, Star

SHARE = Item(Star("boat"), "count", window="share")
RATE = Item(Star("boat"), "count", among=(USED,))
AGE = ColumnRef("agent", "age")
OTHERS = Condition(Item(FULL_NAME), "not in", plan=just(FULL_NAME, where=(Condition(Item(FUEL), "!=", ("Electric",)),)))
NONE_SOLD = Condition(Item(BRANCH), "not in", plan=just(ColumnRef("agent", "branch_id"), tables=("boat_sale",)))
HELD = Condition(Item(BRANCH), "in", plan=just(ColumnRef("contract", "branch_id")))
CASES = (
    ("test_of_share", "used boats as a share of all boats by make", by(MAKE, RATE), by(MAKE, SHARE)),
    ("other_side", "did we have more contracts than boats", just(Item(Star("contract"), "count", less=BOATS)), just(CONTRACTS)),
    ("per_amount", "total quantity per service bay by region", by(REGION, Item(QUANTITY, "sum", over=Item(BAYS, "sum"))), by(BAYS, Item(QUANTITY, "sum"))),
    ("only_of_kind", "agents who handled only electric boats", just(FULL_NAME, where=(OTHERS,)), just(FULL_NAME, where=(ELECTRIC,))),
    ("but_no_other", "branches with contracts but no sales", just(BRANCH_NAME, where=(HELD, NONE_SOLD)), just(BRANCH_NAME, where=(NONE_SOLD,))),
    ("newest", "newest boats by make", by(MAKE, order=(Order(Item(ARRIVED_ON, "max"), descending=True),), limit=5), by(MAKE, order=MOST, limit=5)),
    ("other_span", "average days from arrival to sale of boats", just(Item(Days(ARRIVED_ON, SALE_DATE), "avg")), just(Item(Days(ColumnRef("contract", "begun_on"), ColumnRef("contract", "termination_date")), "avg"))),
    ("level", "boats below their stock value by make", by(MAKE, BOATS, where=(Condition(Item(RATING), "<", other=Item(ColumnRef("boat", "stock_value"))),)), by(MAKE, BOATS, Item(ColumnRef("boat", "stock_value"), "avg"))),
    ("uncompared", "boats that arrived late", just(BOATS, where=(Condition(Item(ARRIVED_ON), ">", other=Item(SALE_DATE)),)), just(BOATS, where=(USED,))),
    ("ageless", "agents aged between 30 and 40", just(AGENTS, where=(Condition(Item(AGE), "between", (30, 40)),)), just(AGENTS, where=(Condition(Item(AGENT), "between", (30, 40)),))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
