"""What is counted are the things that were asked about, and as many figures are shown as were asked for."""

import pytest
from yard import (
    AGENT,
    AGENTS,
    BOAT,
    BOATS,
    CONTRACT,
    CONTRACTS,
    FULL_NAME,
    MAKE,
    MOST,
    QUANTITY,
    REGION,
    REVENUE,
    SALE,
    SALE_DATE,
    SALES,
    SOLD_ON,
    USED,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.doubts.counts import AND_COUNT
from aiser_jupyter.ask.plan import ColumnRef, Item, Order, Star

SIGNER, SELLER = ColumnRef("contract", "signing_agent_id"), ColumnRef("boat_sale", "agent_id")
EACH_CONTRACT, EACH_AGENT, EACH_BOAT = (Item(ref, "count", distinct=True) for ref in (CONTRACT, AGENT, BOAT))
PIECES = Item(QUANTITY, "sum")
CASES = (
    ("rows_for_most", "which make has the most quantity", by(MAKE, PIECES, order=(Order(PIECES, descending=True),), limit=1), by(MAKE, BOATS, order=(Order(BOATS, descending=True),), limit=1)),
    ("counted_joined", "number of boats and number of sales", just(BOATS, SALES, where=(USED,)), just(BOATS, SALES)),
    ("not_counted", "number of used boats", just(BOATS, where=(USED,)), just(MAKE, where=(USED,))),
    ("and_count", "which make sold best and how many?", by(MAKE, SALES, order=MOST, limit=1), by(MAKE, order=MOST, limit=1)),
    ("two_periods", "boats sold in 2023 vs 2024", by(SOLD_ON, SALES), just(SALE_DATE)),
    ("who", "who sold most boats", by(FULL_NAME, SALES, order=MOST, limit=1), just(SALES)),
    ("other_counted", "how many contracts are there by region", by(REGION, CONTRACTS), by(REGION, BOATS)),
    ("other_counted", "number of hulls by make", by(MAKE, BOATS), by(MAKE, Item(ColumnRef("boat", "branch_id"), "count", distinct=True))),
    ("rows_for_pieces", "how many leaflets by region", by(REGION, Item(ColumnRef("leaflet_order", "leaflet_qty"), "sum")), by(REGION, Item(Star("leaflet_order"), "count"))),
    ("one_each", "number of boats by sale", by(MAKE, BOATS), by(SALE, EACH_BOAT)),
    ("detour", "contracts by agent", by(SIGNER, EACH_CONTRACT), by(SELLER, EACH_CONTRACT)),
    ("unnamed_counted", "boats by make", by(MAKE, BOATS), by(MAKE, EACH_AGENT)),
    ("fewer_figures", "number and total sale price of the boats", just(SALES, REVENUE), just(REVENUE)),
    ("fewer_figures", "number of contracts, boats and agents per branch", by(REGION, CONTRACTS, BOATS, AGENTS), by(REGION, CONTRACTS, BOATS)),
    ("fewer_figures", "sale price by make, with number and rating", by(MAKE, SALES, REVENUE), by(MAKE, REVENUE)),
    ("fewer_figures", "by make: contracts and quantity", by(MAKE, CONTRACTS, Item(QUANTITY, "sum")), by(MAKE, Item(QUANTITY, "sum"))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)


@pytest.mark.parametrize(
    ("said", "heard"),
    [("Which weekday brings the fewest orders, and how many?", True), ("how many orders are there and how many customers", False)],
)
def test_a_number_beside_what_is_shown(said, heard):
    assert (AND_COUNT.search(said) is not None) is heard
