from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from aiser_jupyter.widgets.grid import grid


def texts(**columns):
    made = grid(pa.table(columns))
    return {name: [row[i].text for row in made.rows] for i, name in enumerate(made.columns)}


def test_a_unit_stands_once_in_the_header():
    assert texts(revenue_usd=[742050.5, 688000.0, None], churn_pct=[12.345, -0.5, 0.0]) == {
        "Revenue usd, $": ["742,050.50", "688,000.00", "–"],
        "Churn pct, %": ["12.3", "−0.5", "0.0"],
    }


def test_numbers_that_are_names_keep_their_digits():
    assert texts(customer_id=[10482, 7], year=[2025, 2026]) == {"Customer id": ["10482", "7"], "Year": ["2025", "2026"]}


def test_dates_shares_decimals_truth_and_missing_values():
    made = texts(
        day=[date(2026, 10, 5), None], at=[datetime(2026, 10, 5, 6, 0, tzinfo=UTC), None], share=[0.1234, 0.5], total=[Decimal("1.10"), Decimal(2)], ok=[True, False]
    )  # fmt: skip
    assert made == {
        "Day": ["5 Oct 2026", "–"],
        "At": ["5 Oct 2026, 06:00 UTC", "–"],
        "Share, %": ["12.3", "50.0"],
        "Total": ["1.10", "2.00"],
        "Ok": ["yes", "no"],
    }


def test_columns_of_one_name_stay_apart():
    made = grid(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"]))
    assert [[c.text for c in row] for row in made.rows] == [["1", "2"]]


@pytest.mark.parametrize(("rows", "shown", "note"), [(12, 12, ""), (13, 8, "8 of 13 rows shown"), (0, 0, "")])
def test_what_is_left_out_is_said(rows, shown, note):
    made = grid(pa.table({"n": pa.array(range(rows), pa.int64())}))
    assert (len(made.rows), made.note) == (shown, note)


def test_cells_sort_by_value_and_not_by_words():
    made = grid(pa.table({"units": [10000, 9, None], "name": ["b", "a", None]}))
    assert [[c.value for c in row] for row in made.rows] == [[10000.0, "b"], [9.0, "a"], [None, None]]
    assert made.numeric == (True, False)


def test_starts_of_periods_are_named_by_the_period():
    assert texts(month=[date(2026, 1, 1), date(2026, 2, 1)], day=[date(2026, 1, 5), date(2026, 1, 6)]) == {
        "Month": ["Jan 2026", "Feb 2026"],
        "Day": ["5 Jan 2026", "6 Jan 2026"],
    }
