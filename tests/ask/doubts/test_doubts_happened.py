"""What was done is read where the data tells of it."""

import pytest
from yard import ARRIVED, BOATS, CUSTOMERS, SALES, SOLD_ON, by, doubts_of, just

from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item

JOINED, CAME = Bucket(ColumnRef("customer", "signed_up_on"), "month"), Item(ColumnRef("visit", "customer_id"), "count", distinct=True)
CASES = (
    ("done_elsewhere", "boats sold per month", by(SOLD_ON, SALES), by(ARRIVED, BOATS)),
    ("done_elsewhere", "boats sold per month", by(SOLD_ON, SALES), by(ARRIVED, SALES, tables=("boat",))),
    ("signed_elsewhere", "signups by month", by(JOINED, CUSTOMERS), by(SOLD_ON, SALES)),
    ("came_elsewhere", "customers who came", just(ColumnRef("customer", "customer_name"), CAME), just(ColumnRef("customer", "customer_name"))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
