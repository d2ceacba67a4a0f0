import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from aiser_jupyter.answer.plain import rows, value


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (-(2**60), str(-(2**60))),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("12.50"), 12.5),
        (Decimal(12), 12),
        (Decimal("1234567890123456.789"), "1234567890123456.789"),
        (date(2026, 10, 5), "2026-10-05"),
        (datetime(2026, 10, 5, 6, tzinfo=UTC), "2026-10-05T06:00:00+00:00"),
        (time(9, 5), "09:05:00"),
        (timedelta(minutes=2), 120.0),
        (b"\x00\x01", "AAE="),
        ([1, None], [1, None]),
        ({"a": Decimal(1)}, {"a": 1}),
        (True, True),
        ("x", "x"),
    ],
)
def test_every_cell_becomes_plain_json(cell, expected):
    assert value(cell) == expected
    json.dumps(value(cell), allow_nan=False)


def test_columns_of_one_name_stay_apart():
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["a", None])], names=["n", "n"])
    assert rows(table) == [[1, "a"], [2, None]]
