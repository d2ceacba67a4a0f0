"""A share is one, of the whole that was named, for the part that was named."""

import pytest
from yard import BOATS, ELECTRIC, MAKE, PRICE, QUANTITY, REGION, REVENUE, USED, by, doubts_of, just

from aiser_jupyter.ask.plan import Item, Star

SHARE, RATE = Item(Star("boat"), "count", window="share"), Item(Star("boat"), "count", among=(ELECTRIC,))
PRICES = Item(PRICE, "sum", window="share")
CASES = (
    ("share", "share of boats by make", by(MAKE, SHARE), by(MAKE, BOATS)),
    ("share", "boats by make as a percentage", by(MAKE, SHARE), by(MAKE, BOATS)),
    ("share", "boats by make", by(MAKE, BOATS), None),
    ("other_whole", "share of contracts by region", by(REGION, Item(Star("contract"), "count", window="share")), by(REGION, SHARE)),
    ("base_untested", "what percentage of the boats that were used are electric", just(RATE, where=(USED,)), just(RATE)),
    ("base", "of the boats that were used, what percentage is electric", just(RATE, where=(USED,)), just(RATE)),
    ("share_alone", "total sale price by make and the share of the total", by(MAKE, REVENUE, PRICES), by(MAKE, PRICES)),
    ("share_turned", "what share of used boats are electric", just(RATE, where=(USED,)), just(Item(Star("boat"), "count", among=(USED,)), where=(ELECTRIC,))),
    ("share_of_itself", "share of boats that are used by make", by(MAKE, Item(Star("boat"), "count", among=(USED,))), by(MAKE, Item(Star("boat"), "count", among=(USED,)), where=(USED,))),
    ("part_after", "share of boats that are Used by make", by(MAKE, Item(Star("boat"), "count", among=(USED,))), by(MAKE, SHARE, where=(USED,))),
    ("whole_cut", "used boats as a share of the revenue, by make", by(MAKE, Item(PRICE, "sum", among=(USED,))), by(MAKE, PRICES, where=(USED,))),
    ("per_nothing", "total quantity per region", by(REGION, Item(QUANTITY, "sum")), just(Item(QUANTITY, "sum"))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
