"""Nothing else but these, both of two, those that lack something, and each value of a list."""

import pytest
from yard import AGENT, BOAT, BOATS, CONDITION, FULL_NAME, MAKE, NEW, REGION, USED, among, by, doubts_of, just

from aiser_jupyter.ask.plan import ColumnRef, Condition, Item

BOUGHT = just(ColumnRef("boat_sale", "boat_id"))
BOUGHT_USED = just(ColumnRef("boat_sale", "boat_id"), where=(USED,))
UNSOLD, UNSOLD_USED = (Condition(Item(BOAT), "not in", plan=plan) for plan in (BOUGHT, BOUGHT_USED))
MAKE_UNSOLD = Condition(Item(MAKE), "not in", plan=just(MAKE, tables=("boat_sale",)))
NO_OTHER = Condition(Item(CONDITION), "!=", ("Used",))
CASES = (
    ("either_of_both", "regions with both New and Used boats", by(REGION, where=(NEW,), compound=("intersect", by(REGION, where=(USED,)))), by(REGION, where=(among("New", "Used"),))),
    ("not_only", "agents who sold only Used boats", just(FULL_NAME, where=(USED, Condition(Item(AGENT), "not in", plan=just(ColumnRef("boat_sale", "agent_id"), where=(NO_OTHER,))))), just(FULL_NAME, where=(USED,))),
    ("rows_for_kinds", "makes without a sale", just(MAKE, where=(MAKE_UNSOLD,)), just(MAKE, where=(UNSOLD,))),
    ("told_inside", "boats never sold that are used", just(BOAT, MAKE, where=(UNSOLD, USED)), just(BOAT, MAKE, where=(UNSOLD_USED,))),
    ("list_in_part", "new, used and demo boats by make", by(MAKE, BOATS, where=(among("New", "Used", "Demo"),)), by(MAKE, BOATS, where=(among("New", "Demo"),))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
