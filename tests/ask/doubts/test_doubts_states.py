"""What holds now, what ended, and a state or kind of what it was said of."""

import pytest
from yard import AGENTS, ARRIVED_ON, BEGUN, CONTRACTS, ENDED, GONE, SALE_DATE, USED, by, doubts_of, just

from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Item

PRIORITY, KIND, STAGE = ColumnRef("contract", "priority"), ColumnRef("contract", "contract_kind"), ColumnRef("boat", "boat_stage")
URGENT, USED_ONES = (Condition(Item(ref), "=", (value,)) for ref, value in ((PRIORITY, "P1"), (KIND, "Used")))
HERE = Condition(Item(ColumnRef("agent", "left_on")), "is null")
LEFT = Condition(Item(ColumnRef("agent", "terminated_on")), "is not null")
TOOK = Item(Days(ARRIVED_ON, SALE_DATE), "avg")
THERE = Condition(Item(STAGE), "=", ("arrived",))
CASES = (
    ("priority", "high priority contracts", just(CONTRACTS, where=(URGENT,)), by(PRIORITY, CONTRACTS)),
    ("priority", "how many priorities are there", just(Item(PRIORITY, "count", distinct=True)), None),
    ("kind_of_other", "how many Used contracts are there", just(CONTRACTS, where=(USED_ONES,)), just(CONTRACTS, where=(USED,))),
    ("past_too", "how many agents currently work here", just(AGENTS, where=(HERE,)), just(AGENTS)),
    ("past_too", "number of active agents", just(AGENTS, where=(HERE,)), just(AGENTS)),
    ("other_day", "terminated contracts per month", by(ENDED, CONTRACTS, where=(GONE,)), by(BEGUN, CONTRACTS, where=(GONE,))),
    ("state_of_other", "how many terminated agents are there", just(AGENTS, where=(LEFT,)), just(AGENTS, where=(GONE,))),
    ("verb_as_state", "average days until boats arrived", just(TOOK), just(TOOK, where=(THERE,))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
