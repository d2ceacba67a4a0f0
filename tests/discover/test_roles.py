from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def seen(evidence, random):
    n = 500
    frame = pd.DataFrame(
        {
            "row_id": np.arange(n),
            "CustomerID": random.integers(10_000, 99_999, n).astype(float),
            "serial": np.arange(5000, 5000 + n),
            "uuid": [f"{v:08x}" for v in random.integers(0, 2**32, n)],
            "day": pd.date_range("2024-01-01", periods=n),
            "day_text": pd.date_range("2024-01-01", periods=n).strftime("%Y-%m-%d"),
            "year": random.integers(2001, 2009, n),
            "price": random.normal(50, 5, n),
            "quantity": random.integers(1, 60, n),
            "spend": random.lognormal(3, 1.5, n),
            "one": 1.0,
            "empty": None,
            "churned": random.choice(["Yes", "No"], n),
            "flag": random.integers(0, 2, n),
            "active": random.integers(0, 2, n).astype(bool),
            "region": random.choice(["N", "S", "E"], n),
            "shop_id": random.integers(1, 6, n),
            "holes": np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)),
        }
    )
    return {f.name: f for f in evidence(frame).roles.fields}


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("row_id", "id"), ("CustomerID", "id"), ("serial", "id"), ("uuid", "id"), ("day", "time"), ("day_text", "time"), ("year", "id"),
        ("price", "measure"), ("quantity", "measure"), ("spend", "measure"), ("one", "constant"), ("empty", "text"), ("churned", "outcome"),
        ("flag", "outcome"), ("active", "outcome"), ("region", "category"), ("shop_id", "category"), ("holes", "measure"),
    ],
)  # fmt: skip
def test_each_column_has_its_role(seen, column, role):
    assert seen[column].role == role


def test_what_is_known_of_a_measure(seen):
    assert seen["price"].mean == pytest.approx(50, abs=1)
    assert seen["spend"].skew > 2
    assert seen["quantity"].summed
    assert not seen["price"].summed
    assert seen["holes"].rows < 500


def test_what_counts_in_an_outcome(seen):
    assert seen["churned"].values == ("Yes", "No")  # noqa: PD011  # ours, not that of pandas
    assert 0.4 < seen["churned"].mean < 0.6
    assert set(seen["region"].levels) == {"N", "S", "E"}


def test_a_dense_number_that_repeats_is_a_name(evidence, random):
    frame = pd.DataFrame({"who": np.repeat(np.arange(300), 4), "price": random.normal(size=1200)})
    roles = {f.name: f.role for f in evidence(frame).roles.fields}
    assert roles == {"who": "id", "price": "measure"}
