"""Masks give what they say on real engines, and NULL stays NULL."""

import datetime as dt
import hashlib
import sqlite3

import duckdb
import pytest

from aiser_jupyter.catalog import Column
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy import Mask
from aiser_jupyter.query import syntax
from aiser_jupyter.query.masks import SALT, masked

NAME = Column("v", "text", "VARCHAR")
NUMBER = Column("v", "integer", "INTEGER")
DAY = Column("v", "date", "DATE")


def shown(column, mask, value, kind):
    sql = syntax.render(masked(column, mask, "duckdb"), "duckdb")
    with duckdb.connect() as connection:
        return connection.execute(
            f'SELECT {sql} FROM (SELECT CAST($value AS {kind}) AS "v") AS t', {"value": value, **({SALT: "s"} if SALT in sql else {})}
        ).fetchone()[0]


@pytest.mark.parametrize(
    ("mask", "value", "wanted"),
    [
        (Mask("null"), "abc", None),
        (Mask("constant", text="it's"), "abc", "it's"),
        (Mask("hash"), "abc", hashlib.sha256(b"sabc").hexdigest()),
        (Mask("partial", 2), "abcd", "***cd"),
        (Mask("partial", 2), "abc", "***"),
        (Mask("partial", 4), "grün-weiß", "***weiß"),
        (Mask("generalise", 2), "abc", "ab***"),
        (Mask("generalise", 2), "ab", "***"),
    ],
)
def test_texts(mask, value, wanted):
    assert shown(NAME, mask, value, "VARCHAR") == wanted
    assert shown(NAME, mask, None, "VARCHAR") is None


@pytest.mark.parametrize(("value", "wanted"), [(0, 0), (9, 0), (10, 10), (-1, -10), (25, 20), (None, None)])
def test_numbers_are_cut_to_steps(value, wanted):
    assert shown(NUMBER, Mask("bucket", 10), value, "INTEGER") == wanted


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("day", dt.date(2026, 11, 30)),
        ("week", dt.date(2026, 11, 30)),
        ("month", dt.date(2026, 11, 1)),
        ("quarter", dt.date(2026, 10, 1)),
        ("year", dt.date(2026, 1, 1)),
    ],
)
def test_dates_are_cut_to_their_unit_and_stay_dates(unit, wanted):
    assert shown(DAY, Mask("bucket", unit=unit), dt.date(2026, 11, 30), "DATE") == wanted


@pytest.mark.parametrize(
    ("unit", "wanted"), [("day", "2026-11-26"), ("week", "2026-11-23"), ("month", "2026-11-01"), ("year", "2026-01-01")]
)
def test_dates_in_sqlite(unit, wanted):
    sql = syntax.render(masked(DAY, Mask("bucket", unit=unit), "sqlite"), "sqlite")
    assert sqlite3.connect(":memory:").execute(f"SELECT {sql} FROM (SELECT '2026-11-26' AS v)").fetchone() == (wanted,)


@pytest.mark.parametrize(
    ("column", "mask", "dialect", "said"),
    [
        (NAME, Mask("bucket", 10), "duckdb", "holds no numbers"),
        (NAME, Mask("hash"), "sqlite", "no function for it"),
        (DAY, Mask("bucket", unit="quarter"), "sqlite", "cannot cut a date to its quarter"),
        (DAY, Mask("bucket", unit="week"), "mysql", "cannot cut a date to its week"),
        (DAY, Mask("bucket", unit="year"), "tsql", "no function for it"),
    ],
)
def test_what_an_engine_cannot_do_is_refused(column, mask, dialect, said):
    with pytest.raises(RefusedError, match=said):
        masked(column, mask, dialect)
