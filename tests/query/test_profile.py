# ruff: noqa: DTZ001  # files and tables hold moments without a zone

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from aiser_jupyter import assemble
from aiser_jupyter.catalog import Key
from aiser_jupyter.query.profile import profile
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.sqlite import SQLiteSource

CHINOOK = Path(__file__).parents[3] / "shared" / "data" / "business" / "chinook" / "Chinook_Sqlite.sqlite"


def profiled(tmp_path, target):
    context = assemble.context(tmp_path, clock=None, resolver=None)
    source = context.sources.add(open_source(target))
    return profile(context, source.name), context


def test_counts_ranges_and_types(context):
    catalog = profile(context, "duck")
    orders = catalog.table("orders")
    assert orders.row_count == 3
    found = {
        c.name: (c.type, c.statistics.nulls, c.statistics.distinct, c.statistics.minimum, c.statistics.maximum) for c in orders.columns
    }
    assert found == {
        "order_id": ("integer", 0, 3, 1, 3),
        "customer_id": ("integer", 0, 2, 1, 2),
        "day": ("date", 0, 3, date(2026, 1, 5), date(2026, 2, 6)),
        "amount": ("number", 1, 2, 10.5, 20.0),
    }
    assert catalog.keys == (Key("orders", ("customer_id",), "customers", ("id",), declared=False, confidence=0.95),)
    assert [hit.column for hit in catalog.values.find("ann")] == ["name"]


def test_is_kept_until_refreshed_and_leaves_a_trail(context):
    first = profile(context, "lite")
    assert profile(context, "lite") is first
    assert profile(context, "lite", refresh=True) == first
    assert {run.origin for run in context.state.history()} == {"profile"}


@pytest.fixture
def lite(tmp_path):
    path = tmp_path / "types.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE t (day TEXT, moment DATETIME, both TEXT, almost TEXT, epoch TIMESTAMP, year INTEGER, untyped, numbers NUMERIC, mix, empty TEXT, raw);"
        "INSERT INTO t VALUES ('2026-01-05', '2026-01-05 10:00:00', '2026-01-05', '2026-01-05', 1767571200, 1999, 1, 1, 'a', NULL, x'00');"
        "INSERT INTO t VALUES ('2026-02-05', '2026-01-06 10:00:00', '2026-01-05 10:00', '2026-13-05', 1767657600, 2001, 2, 1.5, 2, NULL, x'01');"
    )
    connection.close()
    return path


def test_types_are_what_the_values_mean(tmp_path, lite):
    table = profiled(tmp_path, lite)[0].table("t")
    assert {c.name: (c.type, c.stored) for c in table.columns} == {
        "day": ("date", "iso_text"), "moment": ("timestamp", "iso_text"), "both": ("text", ""), "almost": ("text", ""),
        "epoch": ("timestamp", "epoch"), "year": ("integer", ""), "untyped": ("integer", ""), "numbers": ("number", ""), "mix": ("text", ""),
        "empty": ("text", ""), "raw": ("other", ""),
    }  # fmt: skip
    assert table.column("day").statistics.minimum == date(2026, 1, 5)
    assert table.column("moment").statistics.maximum == datetime(2026, 1, 6, 10)


def test_a_column_of_many_values_is_partial_with_the_frequent_first(tmp_path):
    path = tmp_path / "many.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'v' || range AS many, repeat('x', 300) AS long, 'often' AS few FROM range(12000)")
        connection.execute("INSERT INTO t SELECT 'zzz', 'short', 'often' FROM range(5)")
    catalog, _ = profiled(tmp_path, path)
    values = {(hit.column, hit.value) for hit in catalog.values}
    assert catalog.values.partial == {("t", "many"), ("t", "long")}
    assert ("many", "zzz") in values
    assert {value for column, value in values if column != "many"} == {"short", "often"}
    assert sum(column == "many" for column, _ in values) == 10_000


def test_odd_names_are_quoted(tmp_path):
    path = tmp_path / "odd.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        'CREATE TABLE "order" ("group" TEXT, "a ""b" INTEGER, "x y" DATE); INSERT INTO "order" VALUES (\'g\', 1, NULL);'
    )
    connection.close()
    table = profiled(tmp_path, path)[0].table("order")
    assert [(c.name, c.statistics.distinct) for c in table.columns] == [("group", 1), ('a "b', 1), ("x y", 0)]


def test_an_empty_database_has_an_empty_catalog(tmp_path):
    path = tmp_path / "none.duckdb"
    duckdb.connect(str(path)).close()
    assert profiled(tmp_path, path)[0].tables == ()


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_150_tables_are_profiled_whole(tmp_path, kind):
    path = tmp_path / f"wide.{kind}"
    with sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path)) as connection:
        for i in range(150):
            connection.execute(
                f"CREATE TABLE thing_{i} (thing_{i}_id INTEGER PRIMARY KEY, name VARCHAR, thing_{max(i - 1, 0)}_ref INTEGER, day DATE, amount DOUBLE)"
            )
            connection.execute(f"INSERT INTO thing_{i} VALUES (1, 'a{i}', 1, '2026-01-01', 1.5), (2, 'b', 2, '2026-01-02', 2.5)")
        connection.commit()
    connection.close()
    catalog, _ = profiled(tmp_path, path)
    assert [table.row_count for table in catalog.tables] == [2] * 150


@pytest.mark.skipif(not CHINOOK.exists(), reason="the shared data is not here")
def test_chinook(tmp_path):
    catalog, context = profiled(tmp_path, CHINOOK)
    assert profile(context, refresh=True) == catalog
    assert sum(key.declared for key in catalog.keys) == len(catalog.keys) == 11
    invoices = catalog.table("Invoice")
    assert (invoices.row_count, invoices.column("InvoiceDate").type, invoices.column("InvoiceDate").statistics.minimum) == (
        412, "timestamp", datetime(2021, 1, 1),
    )  # fmt: skip
    assert {(hit.table, hit.column) for hit in catalog.values.find("usa")} == {("Customer", "Country"), ("Invoice", "BillingCountry")}


def test_the_profile_runs_as_the_user_on_that_connection(tmp_path, lite):
    context = assemble.context(tmp_path, clock=None, resolver=None)
    context.sources.add(SQLiteSource("a", lite))
    context.sources.add(SQLiteSource("b", lite))
    profile(context, "a")
    assert context.catalogs.get("b") is None
    assert {run.connection for run in context.state.history()} == {"a"}


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_broken_view_does_not_hide_the_rest(tmp_path, kind):
    path = tmp_path / f"broken.{kind}"
    with sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path)) as connection:
        for statement in (
            "CREATE TABLE gone (a INTEGER)",
            "CREATE TABLE t (b INTEGER)",
            "CREATE VIEW v AS SELECT a FROM gone",
            "DROP TABLE gone",
        ):
            connection.execute(statement)
        connection.commit()
    connection.close()
    with pytest.warns(UserWarning, match="view v cannot be read"):
        catalog, _ = profiled(tmp_path, path)
    assert [table.name for table in catalog.tables] == ["t"]
