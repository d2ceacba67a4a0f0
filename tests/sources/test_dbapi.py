"""Binding and typing that drivers of the DB-API share."""
# ruff: noqa: DTZ001  # moments without a zone are what is tested

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.errors import QueryError
from aiser_jupyter.sources import dbapi

SQL = "SELECT ':a', \"x:a\", a FROM t WHERE a = :a AND b LIKE '50%' -- :a\n AND c = :b OR d = :a"


@pytest.mark.parametrize(
    ("style", "text", "values"),
    [
        ("named", SQL, {"a": 1, "b": 2}),
        ("qmark", "SELECT ':a', \"x:a\", a FROM t WHERE a = ? AND b LIKE '50%' -- :a\n AND c = ? OR d = ?", (1, 2, 1)),
        ("format", "SELECT ':a', \"x:a\", a FROM t WHERE a = %s AND b LIKE '50%%' -- :a\n AND c = %s OR d = %s", (1, 2, 1)),
        (
            "pyformat",
            "SELECT ':a', \"x:a\", a FROM t WHERE a = %(a)s AND b LIKE '50%%' -- :a\n AND c = %(b)s OR d = %(a)s",
            {"a": 1, "b": 2},
        ),
        ("numeric", "SELECT ':a', \"x:a\", a FROM t WHERE a = :1 AND b LIKE '50%' -- :a\n AND c = :2 OR d = :1", (1, 2)),
        ("numeric_dollar", "SELECT ':a', \"x:a\", a FROM t WHERE a = $1 AND b LIKE '50%' -- :a\n AND c = $2 OR d = $1", (1, 2)),
    ],
)
def test_names_are_bound_in_every_style(style, text, values):
    assert dbapi.bound(SQL, "postgres", {"a": 1, "b": 2}, style) == (text, values)


def test_without_parameters_nothing_is_touched():
    assert dbapi.bound("SELECT '50%' AS x, y::int", "postgres", {}, "pyformat") == ("SELECT '50%' AS x, y::int", None)


@pytest.mark.parametrize("sql", ["SELECT x::a FROM t", "SELECT x[1:a] FROM t", "SELECT 'it''s :a'", "SELECT $$ :a $$"])
def test_what_is_no_parameter_stays(sql):
    assert dbapi.rewritten(sql, "postgres", {"a": 1}, lambda _: "?") == sql


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30), st.integers(-(2**63), 2**63 - 1))
def test_a_text_beside_a_parameter_comes_back(text, number):
    sql = f"SELECT '{text.replace(chr(39), chr(39) * 2)}' AS t, :n AS n"
    written, values = dbapi.bound(sql, "sqlite", {"n": number}, "qmark")
    assert sqlite3.connect(":memory:").execute(written, values).fetchone() == (text, number)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, -2], "int64"), ([2**63], "uint64"), ([2**64], "decimal128(38, 0)"), ([True, None], "bool"), ([1.5], "double"),
        ([Decimal("1.50"), Decimal("2.125"), 3], "decimal128(38, 3)"), ([Decimal("1E+3")], "decimal128(38, 0)"), ([Decimal("NaN")], "string"), ([date(2024, 1, 2)], "date32[day]"),
        ([datetime(2024, 1, 2)], "timestamp[us]"), ([datetime(2024, 1, 2, tzinfo=UTC)], "timestamp[us, tz=UTC]"), ([time(1, 2)], "time64[us]"),
        ([timedelta(1)], "duration[us]"), ([b"a", memoryview(b"b")], "string"), ([memoryview(b"b")], "binary"), ([UUID(int=1)], "string"), ([{"a": 1}], "string"),
        ([1, "a"], "string"), ([None], "string"), ([], "string"), ([True, 1], "string"),
    ],
)  # fmt: skip
def test_types_hold_their_values(values, kind):
    assert str(dbapi.arrow_type(values)) == kind


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**20), max_value=10**20)),
        min_size=1,
    )
)
def test_decimals_are_exact(values):
    table = dbapi.inferred(["v"], _feed([(value,) for value in values]), lambda: None).read_all()
    assert table.column(0).to_pylist() == values


def test_structures_and_mixtures_become_text():
    rows = [({"a": "ü"}, 1), ([1, 2], "x"), (None, b"\x00\xff")]
    assert dbapi.inferred(["s", "m"], _feed(rows), lambda: None).read_all().to_pylist() == [
        {"s": '{"a": "ü"}', "m": "1"}, {"s": "[1, 2]", "m": "x"}, {"s": None, "m": "0x00ff"}
    ]  # fmt: skip


def test_a_later_value_that_does_not_fit_is_an_error():
    rows = [(1,)] * dbapi.LOOKED + [("text",)]
    with pytest.raises(QueryError, match="'v' holds a value that does not fit int64"):
        dbapi.inferred(["v"], _feed(rows), lambda: None).read_all()


@pytest.mark.parametrize(("count", "at_once"), [(0, True), (5, True), (dbapi.LOOKED, False), (dbapi.LOOKED + 1, False)])
def test_the_end_is_told_once_and_early_where_it_is_seen(count, at_once):
    told = []
    reader = dbapi.inferred(["v"], _feed([(number,) for number in range(count)]), lambda: told.append(1))
    assert bool(told) is at_once
    assert reader.read_all().num_rows == count
    assert told == [1]


def test_a_driver_tells_the_places_of_decimals():
    assert dbapi.inferred(["v"], _feed([(Decimal(1),)]), lambda: None, [2]).schema.field("v").type == pa.decimal128(38, 2)


def test_waiting_ends():
    import threading

    with pytest.raises(TimeoutError):
        dbapi.within(0.05, lambda: threading.Event().wait(1))
    assert dbapi.within(1, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        dbapi.within(1, lambda: 1 / 0)


def _feed(rows):
    rest = list(rows)

    def fetch(count):
        taken, rest[:] = rest[:count], rest[count:]
        return taken

    return fetch
