"""The first, the last and the most of several are looked for, at the end that was named."""

import pytest
from yard import (
    ARRIVED_ON,
    BOAT,
    BOATS,
    CONDITION,
    FULL_NAME,
    MAKE,
    MEAN,
    MOST,
    PRICE,
    RATING,
    REGION,
    REVENUE,
    SALE_DATE,
    among,
    by,
    doubts_of,
    just,
)

from aiser_jupyter.ask.doubts.ranks import LATEST as LATEST_OF
from aiser_jupyter.ask.doubts.ranks import ONE_OF_EACH
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order

LATEST = (Order(Item(SALE_DATE), descending=True),)
BEST, WORST = (Order(MEAN, descending=True),), (Order(MEAN),)
MANY = (Order(BOATS, descending=True),)
EVERY = (among("New", "Used", "Demo"),)
MILLIS = ColumnRef("boat", "refit_millis")
CASES = (
    ("latest", "price of the most recent sale", just(PRICE, order=LATEST, limit=1), just(PRICE, order=MOST, limit=1)),
    ("one_of_each", "for each region, which make has the best rating", by((REGION, MAKE), MEAN, order=BEST, limit=1, rank_within=(REGION,)), by(MAKE, MEAN, order=BEST, limit=1)),
    ("nth", "make with the second highest rating", by(MAKE, MEAN, order=BEST, limit=2, place=True), by(MAKE, MEAN, order=BEST, limit=1)),
    ("furthest", "which boats are the fastest", just(BOAT, MAKE, order=(Order(Item(RATING), descending=True),)), just(BOAT, MAKE)),
    ("tested_rank", "top 3 makes by number of boats", by(MAKE, BOATS, order=MANY, limit=3), by(MAKE, having=(Condition(BOATS, "=", (3,)),))),
    ("wrong_end", "make with the lowest rating", by(MAKE, MEAN, order=WORST, limit=1), by(MAKE, MEAN, order=BEST, limit=1)),
    ("longest_by_number", "make with the longest refit", by(MAKE, Item(MILLIS, "max"), order=(Order(Item(MILLIS, "max"), descending=True),)), by(MAKE, BOATS, order=MANY)),
    ("longest_by_number", "which make has the most boats that took longest", by(MAKE, BOATS, order=MANY, limit=1), None),
    ("first", "the first sale", just(Item(SALE_DATE, "min")), just(SALE_DATE)),
    ("first", "the last agent who sold a boat", just(FULL_NAME, order=LATEST, limit=1), just(FULL_NAME, SALE_DATE, order=LATEST)),
    ("first", "boats in the first half of 2025", just(BOATS, where=(Condition(Item(ARRIVED_ON), ">=", ("2025-01-01",)),)), None),
    ("one_row", "average rating per make, highest first", by(MAKE, MEAN), just(MEAN)),
    ("one_row", "boats by make, most frequent first", by(MAKE, BOATS), by(MAKE, BOATS, limit=1)),
    ("one_row", "boats by make, oldest first, in 2023", by(MAKE, BOATS), by(MAKE, BOATS, limit=1)),
    ("not_ranked", "which two makes have the highest revenue", by(MAKE, REVENUE, order=MOST, limit=2), by(MAKE, REVENUE, order=MOST, limit=1)),
    ("first_of_all", "best make for new, used and demo each", by((CONDITION, MAKE), REVENUE, where=EVERY, order=MOST, limit=1, rank_within=(CONDITION,)), by(MAKE, REVENUE, where=EVERY, order=MOST, limit=1)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)


@pytest.mark.parametrize(
    ("pattern", "said", "heard"),
    [
        (LATEST_OF, "customers by freight of their latest order", True),
        (LATEST_OF, "the most recent invoice of each customer", True),
        (LATEST_OF, "revenue last year", False),
        (LATEST_OF, "orders of the last 3 months", False),
        (LATEST_OF, "customers by last name", False),
        (LATEST_OF, "revenue last fiscal quarter", False),
        (LATEST_OF, "orders of the last full two months", False),
        (ONE_OF_EACH, "For each country, which customer has spent the most?", True),
        (ONE_OF_EACH, "for each country, what is the revenue?", False),
    ],
)
def test_what_is_heard(pattern, said, heard):
    assert (pattern.search(said) is not None) is heard
