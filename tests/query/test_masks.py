"""Masks give what they say on real engines, and NULL stays NULL."""

import datetime as dt
import hashlib
import sqlite3
from decimal import Decimal

import duckdb
import pytest
from servers import mariadb

from aiser_jupyter import Workspace
from aiser_jupyter.catalog import Column
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Mask, Policy, Role, TableRule
from aiser_jupyter.query import run, syntax
from aiser_jupyter.query.governed import under
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


@pytest.fixture(scope="module")
def maria():
    if reason := mariadb.missing():
        pytest.skip(reason)
    server = mariadb.MariaDB()
    server.execute("CREATE TABLE v (i INTEGER, n INTEGER, x DECIMAL(10, 2), t VARCHAR(40), d DATE, m DATETIME, s TIMESTAMP NULL)", "test")
    server.execute(
        "INSERT INTO v VALUES (1, 25, 12.50, 'grün-weiß', '2026-11-30', '2026-11-30 12:34:56', '2026-11-30 12:34:56'), (2, -1, -0.5, 'abc', '2026-01-01', NULL, NULL), (3, NULL, NULL, NULL, NULL, NULL, NULL)",
        "test",
    )
    yield server
    server.stop()
    server.remove()


@pytest.mark.parametrize(
    ("column", "mask", "wanted"),
    [
        (("t", "text"), Mask("null"), [None, None, None]),
        (("t", "text"), Mask("constant", text="it's \\ so"), ["it's \\ so", "it's \\ so", None]),
        (("t", "text"), Mask("hash"), [hashlib.sha256("sgrün-weiß".encode()).hexdigest(), hashlib.sha256(b"sabc").hexdigest(), None]),
        (("n", "integer"), Mask("hash"), [hashlib.sha256(b"s25").hexdigest(), hashlib.sha256(b"s-1").hexdigest(), None]),
        (("t", "text"), Mask("partial", 4), ["***weiß", "***", None]),
        (("t", "text"), Mask("partial", 2), ["***iß", "***", None]),
        (("n", "integer"), Mask("partial", 1), ["***5", "***1", None]),
        (("t", "text"), Mask("generalise", 3), ["grü***", "***", None]),
        (("n", "integer"), Mask("bucket", 10), [20, -10, None]),
        (("x", "number"), Mask("bucket", 0.5), [12.5, -0.5, None]),
        (("d", "date"), Mask("bucket", unit="day"), [dt.date(2026, 11, 30), dt.date(2026, 1, 1), None]),
        (("d", "date"), Mask("bucket", unit="month"), [dt.date(2026, 11, 1), dt.date(2026, 1, 1), None]),
        (("m", "timestamp"), Mask("bucket", unit="year"), [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None, None]),
        (("s", "timestamp"), Mask("bucket", unit="month"), [dt.datetime(2026, 11, 1, tzinfo=dt.UTC), None, None]),
    ],
)
def test_masks_on_mariadb(maria, column, mask, wanted, tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_TEST_SALT", "s")
    policy = Policy((Role("reader", frozenset({"*"}), tables=(("v", TableRule(masks=((column[0], mask),))),)),), salt="env:MASK_TEST_SALT")
    ws = Workspace(tmp_path)
    ws.connect(maria.url, "shop")
    rows = run(under(ws.context, policy, Identity("ada")), f"SELECT {column[0]} AS v FROM v ORDER BY i", on="shop").rows()
    got = [row["v"] for row in rows]
    assert [_plain(v) for v in got] == wanted
    ws.close()


def _plain(value):
    """Decimals as floats, moments in one zone."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC)
    return float(value) if isinstance(value, Decimal) else value
