"""Figures are told by the grain and the date that were meant, in the unit that was asked for."""

import pytest
from yard import (
    ARRIVED,
    ARRIVED_ON,
    BEGUN_ON,
    BOATS,
    CONTRACTS,
    FULL_NAME,
    LEFT_ON,
    MAKE,
    RATING,
    REVENUE,
    SALARY,
    SALE,
    SALE_DATE,
    TITLE,
    USED,
    by,
    doubts_of,
    just,
    looked_at,
)

from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Item, Star

MILLIS, BORN, HIRED = ColumnRef("boat", "refit_millis"), ColumnRef("agent", "born_on"), Bucket(ColumnRef("agent", "hired_on"), "month")
IN_2023 = Condition(Item(ARRIVED_ON), "between", ("2023-01-01", "2023-12-31"))
RATED = Band(RATING, 2.0)
PER_DAY = Item(Star("contract"), "count", over=Item(BEGUN_ON, "count", distinct=True))
PER_BRANCH = Item(Star("contract"), "count", over=Item(ColumnRef("contract", "branch_id"), "count", distinct=True))
CASES = (
    ("grain", "boats by month", by(ARRIVED, BOATS), by(MAKE, BOATS)),
    ("year_of_day", "boats in 2023", just(BOATS, where=(IN_2023,)), just(BOATS, where=(Condition(Item(ARRIVED_ON), "=", (2023,)),))),
    ("date_for_thing", "sale price by sale", by(SALE, REVENUE), by(SALE_DATE, REVENUE)),
    ("each_day", "used boats last month, by arrival date", just(BOATS, where=(USED,)), by(ARRIVED_ON, BOATS, where=(USED,))),
    ("each_day", "used boats by arrival date", by(ARRIVED_ON, BOATS, where=(USED,)), None),
    ("age", "age of the agents", just(FULL_NAME, BORN), just(FULL_NAME, LEFT_ON)),
    ("month_value", "boats in March", just(BOATS), just(BOATS, where=(Condition(Item(MAKE), "like", ("%March%",)),))),
    ("unit", "average refit in minutes", just(Item(MILLIS, "avg", scale=60_000.0)), just(Item(MILLIS, "avg"))),
    ("date_and_bucket", "boats by month", by(ARRIVED, BOATS), by((ARRIVED, ARRIVED_ON), BOATS)),
    ("rate_by_time", "monthly salary by job title", by(TITLE, Item(SALARY, "sum")), by(HIRED, Item(SALARY, "sum"))),
    ("per_date", "contracts per contract begun", just(PER_BRANCH), just(PER_DAY)),
    ("rows_for_days", "on how many days did we sell nothing", just(Item(SALE_DATE, "count", distinct=True)), just(BOATS)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)


def test_a_year_within_a_value_is_no_period(yard):
    value, year = (looked_at(yard, f"number of contracts in {said}", just(CONTRACTS)).frame for said in ("2023/24", "2023"))
    assert value is not None and not value.periods  # noqa: PT018  # tells the type checker that there is one
    assert year is not None and year.periods  # noqa: PT018  # the same
