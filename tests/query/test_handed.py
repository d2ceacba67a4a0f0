"""Rows, pandas and polars hold what the engine gave, or say what they cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query import run
from aiser_jupyter.query.result import Origin, Result

BIG = 2**63 - 1
CALENDAR = -719_162  # days before 1970 of the first of January of year 1


def result(columns):
    return Result.of(pa.table(columns), Origin("SELECT 1", "duckdb", "shop"))


@pytest.mark.parametrize(
    ("values", "kind", "dtype"),
    [
        ([BIG, None, -(2**63)], pa.int64(), "Int64"),
        ([2**53 + 1, None], pa.int64(), "Int64"),
        ([-(2**53) - 1, None], pa.int64(), "Int64"),
        ([2**64 - 1, None, 0], pa.uint64(), "UInt64"),
        ([BIG, 1], pa.int64(), "int64"),
        ([2**64 - 1, 0], pa.uint64(), "uint64"),
        ([2**53, None], pa.int64(), "float64"),
        ([1, None], pa.int64(), "float64"),
        ([None, None], pa.int64(), "float64"),
        ([1, None], pa.int32(), "float64"),
    ],
)
def test_no_integer_is_rounded(values, kind, dtype):
    frame = result({"a": pa.array(values, kind), "b": ["x"] * len(values)}).df()
    assert str(frame.dtypes["a"]) == dtype
    assert [None if pd.isna(value) else int(value) for value in frame["a"]] == values
    assert list(frame.columns) == ["a", "b"]
    assert frame["b"].tolist() == ["x"] * len(values)


def test_of_two_columns_of_one_name_each_keeps_its_own():
    table = pa.table([pa.array([BIG, None]), pa.array([1, 2])], names=["a", "a"])
    frame = Result.of(table, Origin("SELECT 1", "duckdb", "shop")).df()
    assert frame.iloc[0].tolist() == [BIG, 1]
    assert [str(kind) for kind in frame.dtypes] == ["Int64", "int64"]


def test_integers_beyond_a_float_come_whole_from_an_engine(context):
    sql = "SELECT * FROM (VALUES (9223372036854775807::BIGINT, 18446744073709551615::UBIGINT), (NULL, NULL)) t(i, u)"
    frame = run(context, sql, on="duck").df()
    assert int(frame["i"][0]) == BIG
    assert int(frame["u"][0]) == 2**64 - 1
    assert frame["i"].isna().tolist() == [False, True]


def test_days_before_year_one_are_exact_text():
    days = pa.array([CALENDAR - 1, CALENDAR, None, 2_932_897, 0], pa.int32()).cast(pa.date32())
    expected = ["0000-12-31", date(1, 1, 1), None, "10000-01-01", date(1970, 1, 1)]
    found = result({"d": days, "n": [1, 2, 3, 4, 5]})
    assert [row["d"] for row in found.rows()] == expected
    assert [row["n"] for row in found.rows(2)] == [1, 2]
    assert found.df()["d"].tolist() == expected
    assert found.dict()["d"] == expected
    assert found[0] == ("0000-12-31", 1)
    assert next(iter(found)) == ("0000-12-31", 1)
    assert found.polars().shape == (5, 2)


def test_moments_before_year_one_are_exact_text():
    before = CALENDAR * 86_400_000_000 - 1
    plain = pa.array([before, 0], pa.int64()).cast(pa.timestamp("us"))
    zoned = pa.array([before, 0], pa.int64()).cast(pa.timestamp("us", "UTC"))
    rows = result({"a": plain, "b": zoned}).rows()
    assert rows[0] == {"a": "0000-12-31T23:59:59.999999", "b": "0000-12-31T23:59:59.999999+00:00"}
    assert rows[1]["a"] == datetime(1970, 1, 1)  # noqa: DTZ001  # a moment without a zone
    assert rows[1]["b"] == datetime(1970, 1, 1, tzinfo=UTC)


def test_such_a_day_inside_a_list_says_what_to_do():
    days = pa.array([CALENDAR - 1], pa.int32()).cast(pa.date32())
    found = result({"ds": pa.ListArray.from_arrays([0, 1], days)})
    with pytest.raises(UsageError, match=r"column ds .*calendar") as caught:
        found.rows()
    assert "arrow()" in caught.value.hint


def test_days_before_year_one_come_from_an_engine(context):
    found = run(context, "SELECT DATE '0044-03-15 (BC)' AS ides, 1 AS n", on="duck")
    assert found.rows()[0]["ides"] == "-0043-03-15"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((14, 3, 4_500_000_000), "P1Y2M3DT4.5S"),
        ((0, 0, 0), "PT0S"),
        ((-1, 2, -3), "P-1M2DT-0.000000003S"),
        ((-13, 0, 0), "P-1Y-1M"),
        ((0, 0, 86_400_000_000_000), "PT86400S"),
    ],
)
def test_polars_has_intervals_as_text(parts, text):
    frame = result({"i": pa.array([parts, None], pa.month_day_nano_interval())}).polars()
    assert frame["i"].to_list() == [text, None]
    assert frame.schema["i"] == pl.String


def test_what_polars_has_no_type_for_says_what_to_do():
    nested = pa.ListArray.from_arrays([0, 1], pa.array([(1, 2, 3)], pa.month_day_nano_interval()))
    with pytest.raises(UsageError, match="polars cannot hold") as caught:
        result({"i": nested}).polars()
    assert "arrow()" in caught.value.hint


def test_intervals_of_an_engine_come_to_polars(context):
    frame = run(context, "SELECT INTERVAL '1 month 2 days 3 seconds' AS i", on="duck").polars()
    assert frame["i"].to_list() == ["P1M2DT3S"]
