from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made import relation_of

from aiser_jupyter.discover.evidence import Evidence
from aiser_jupyter.discover.words import be, each, pace, rows, subject


@pytest.mark.parametrize(
    ("called", "keys", "noun"),
    [
        ("orders", [], "orders"),
        ("main.OrderLines", [], "order lines"),
        ("sales", ["order_id"], "sales"),
        ("telco", ["customerID"], "customers"),
        ("", ["invoice_no"], "invoices"),
        ("telco", ["uuid"], "rows"),
        ("orders_2024", [], "rows"),
        ("data", [], "rows"),
        ("", [], "rows"),
    ],
)
def test_what_a_row_is(called, keys, noun):
    assert rows(called, keys) == noun


@pytest.mark.parametrize(
    ("what", "verb"),
    [
        ("average price", "is"),
        ("Average monthly charges", "are"),
        ("the number of orders", "is"),
        ("total sales", "are"),
        ("average loss", "is"),
    ],
)
def test_one_or_many(what, verb):
    assert be(what) == verb


def test_an_hour_and_a_day():
    assert (each("hour"), each("day")) == ("an hour", "a day")


def test_sums_and_counts_are_of_a_length_of_time(random):
    days = np.repeat(pd.date_range("2024-01-01", periods=60), random.integers(2, 9, 60))
    frame = pd.DataFrame(
        {
            "order_id": np.arange(len(days)),
            "day": days + pd.to_timedelta(np.arange(len(days)), unit="s"),
            "amount": random.normal(9, 1, len(days)),
            "price": random.normal(5, 1, len(days)),
        }
    )
    said = {subject(s) + pace(s) for s in Evidence(relation_of(frame)).series}
    assert said == {"total amount a day", "average price", "the number of orders a day"}
