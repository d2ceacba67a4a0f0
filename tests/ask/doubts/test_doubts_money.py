"""Money that was asked for is added up; a plan that counts rows for it is doubted."""

import pytest
from yard import (
    AGENTS,
    BOATS,
    CATEGORY,
    COST,
    MAKE,
    MEAN,
    MOST,
    PRICE,
    QUANTITY,
    RATING,
    REGION,
    REVENUE,
    SALARY,
    SALE,
    SALES,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.plan import ColumnRef, Item, Order, Star

LIST, VALUE, DISCOUNT = ColumnRef("boat_sale", "list_price"), ColumnRef("boat", "stock_value"), ColumnRef("boat", "discount")
CASES = (
    ("cost_counted", "cost by region", by(REGION, Item(COST, "sum")), by(REGION, BOATS)),
    ("own_cost", "how much do we spend in the regions", by(REGION, Item(COST, "sum")), by(REGION, REVENUE)),
    ("spending_counted", "how much was spent by make", by(MAKE, REVENUE), by(MAKE, SALES)),
    ("expenses_counted", "share of expenses by category", by(CATEGORY, Item(COST, "sum", window="share")), by(CATEGORY, Item(Star("expense"), "count", window="share"))),
    ("expenses_counted", "share of the number of expenses by category", by(CATEGORY, Item(Star("expense"), "count", window="share")), None),
    ("stock_value", "value of the stock by make", by(MAKE, Item(VALUE, "sum")), by(MAKE, BOATS)),
    ("rates_added", "discount by make", by(MAKE, Item(DISCOUNT, "avg")), by(MAKE, Item(DISCOUNT, "sum"))),
    ("undeducted", "sale price minus rating by make", by(MAKE, Item(PRICE, "sum", less=Item(RATING, "sum"))), by(MAKE, REVENUE)),
    ("money_counted", "revenue by make", by(MAKE, REVENUE), by(MAKE, SALES)),
    ("money_counted", "how much money by make", by(MAKE, REVENUE), by(MAKE, SALES)),
    ("money_listed", "how much was the sale", just(REVENUE), just(SALE)),
    ("total_counted", "total monthly salary", just(Item(SALARY, "sum")), just(AGENTS)),
    ("rates_each", "rating per make", by(MAKE, MEAN), just(Item(RATING, "sum", over=Item(MAKE, "count", distinct=True)))),
    ("fee_for_rows", "which make was listed the most", by(MAKE, SALES, order=(Order(SALES, descending=True),), limit=1), by(MAKE, REVENUE, order=MOST, limit=1)),
    ("fee_for_rows", "which make sold the most", by(MAKE, REVENUE, order=MOST, limit=1), None),
    ("other_kind", "boat sale revenue by make", by(MAKE, REVENUE), by(MAKE, Item(VALUE, "sum"))),
    ("had_added", "boats with quantity by make", by(MAKE, BOATS), by(MAKE, Item(QUANTITY, "sum"))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
