"""A view of figures that a question names is in the plan."""

import pytest
from yard import (
    AGENT,
    BOATS,
    CONDITION,
    CONTRACTS,
    MAKE,
    MEAN,
    PRICE,
    RATING,
    REGION,
    REVENUE,
    SALE_DATE,
    SALES,
    SOLD_ON,
    among,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.doubts.views import BESIDE_MEAN
from aiser_jupyter.ask.plan import Condition, Item, Star

ABOVE = Condition(Item(RATING), ">", plan=just(MEAN))
GROUPS_ABOVE = Condition(MEAN, ">", plan=just(MEAN))
SOON = just(Item(Star("boat"), "count", window="exists"), where=(among("Used", "New"),))
CASES = (
    ("mean", "average rating by make", by(MAKE, MEAN), by(MAKE, Item(RATING, "sum"))),
    ("median", "median rating by make", by(MAKE, Item(RATING, "median")), by(MAKE, MEAN)),
    ("quantile", "90th percentile of the rating", just(Item(RATING, "quantile", fraction=0.9)), just(MEAN)),
    ("spread", "standard deviation of the rating", just(Item(RATING, "stddev")), just(MEAN)),
    ("running", "running total of the sale price by month", by(SOLD_ON, Item(PRICE, "sum", window="running")), by(SOLD_ON, REVENUE)),
    ("growth", "growth of the sale price by month", by(SOLD_ON, Item(PRICE, "sum", window="growth")), by(SOLD_ON, REVENUE)),
    ("smooth", "3-month moving average of the sale price", by(SOLD_ON, Item(PRICE, "sum", window="moving", rows=3)), by(SOLD_ON, REVENUE)),
    ("retained", "customer retention by month", by(SOLD_ON, Item(AGENT, "count", distinct=True, window="retained")), by(SOLD_ON, SALES)),
    ("difference", "how many more boats than contracts by region", by(REGION, Item(Star("boat"), "count", less=CONTRACTS)), by(REGION, BOATS)),
    ("unbound", "makes with more than two boats", by(MAKE, having=(Condition(BOATS, ">", (2,)),)), by(MAKE)),
    ("beside_mean", "boats with a rating above average", just(MAKE, where=(ABOVE,)), just(MAKE, MEAN)),
    ("beside_mean", "makes with an average rating above the overall average", by(MAKE, having=(GROUPS_ABOVE,)), just(MAKE, where=(ABOVE,))),
    ("first_and_last", "first and last sale date", just(Item(SALE_DATE, "min"), Item(SALE_DATE, "max")), just(Item(SALE_DATE, "min"))),
    ("both_ends", "minimum and maximum rating by make", by(MAKE, Item(RATING, "min"), Item(RATING, "max")), by(MAKE, Item(RATING, "min"))),
    ("one_sided", "are there more Used than New boats", by(CONDITION, Item(Star("boat"), "count", less=BOATS), where=(among("Used", "New"),)), SOON),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("customers who pay more than that contract's average", True),
        ("agents whose score is below the overall average score", True),
        ("orders over 100 dollars on average", False),
        ("average freight above 50", False),
    ],
)
def test_what_is_set_against_a_mean(said, heard):
    assert (BESIDE_MEAN.search(said) is not None) is heard
