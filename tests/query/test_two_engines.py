"""A SQLite file as the default connection beside a DuckDB file: what is asked of the one that is not the default."""

from __future__ import annotations

import sqlite3

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import RefusedError, UsageError


@pytest.fixture
def ws(tmp_path):
    with duckdb.connect(str(tmp_path / "far.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT i AS id, i % 3 AS region, i * 1.5 AS amount FROM range(200) t (i)")
    near = sqlite3.connect(tmp_path / "near.db")
    near.executescript(
        "CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO regions VALUES (0, 'north'), (1, 'south'), (2, 'west')"
    )
    near.close()
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "far.duckdb", "far")
    ws.connect(tmp_path / "near.db", "near")
    yield ws
    ws.close()


@pytest.mark.parametrize("sql", ["SELECT * FROM `far`.`sales`", "SELECT * FROM `far`.`sales` s JOIN `regions` r ON r.id = s.region"])
def test_names_in_the_defaults_own_quotes_are_refused_with_the_way_to_write_them(ws, sql):
    with pytest.raises(RefusedError) as caught:
        ws.sql(sql)
    assert "double quotes" in caught.value.hint


@pytest.mark.parametrize("table", ["sales", "far.sales", "FAR.sales"])
def test_a_table_of_another_connection_is_discovered_and_described(ws, table):
    assert ws.discover(table) is not None
    assert str(ws.describe(table)).startswith("sales: 200 rows")


@pytest.mark.parametrize("on", ["far", "near", None])
@pytest.mark.parametrize("where", ["IN :ids", "IN (:ids)", "NOT IN (:others)"])
def test_a_list_is_bound_entry_by_entry_on_every_engine(ws, on, where):
    table = {"far": "sales", "near": "regions", None: "far.sales s JOIN near.regions r USING (id)"}[on]
    values = {"others": [-1, *range(2, 200)]} if "others" in where else {"ids": (0, 1)}
    rows = ws.sql(f"SELECT id FROM {table} WHERE id {where} ORDER BY id", on=on, params=values).rows()
    assert rows == [{"id": 0}, {"id": 1}]


def test_a_statement_that_writes_over_two_connections_says_how_to_do_it(ws):
    with pytest.raises(UsageError, match="WRITE works on one connection") as caught:
        ws.sql("INSERT INTO far.sales SELECT id, id, id FROM near.regions", write=True)
    assert "single connection" in caught.value.hint


def test_what_is_no_query_is_asked_of_its_connection_by_name(ws, tmp_path):
    assert ws.sql("DESCRIBE far.sales").row_count == 3
    ws.connect(tmp_path / "far.duckdb", "far")
    with pytest.raises(UsageError, match="SUMMARIZE works on one connection") as caught:
        ws.sql("SUMMARIZE near.regions")
    assert 'on="near"' in caught.value.hint
    with pytest.raises(UsageError, match="EXPLAIN works on one connection") as caught:
        ws.sql("EXPLAIN SELECT * FROM far.sales JOIN near.regions USING (id)")
    assert "its route says" in caught.value.hint


def test_a_statement_without_rows_gives_none(ws, tmp_path):
    ws.connect(tmp_path / "near.db", "open", write=True)
    result = ws.sql("CREATE TABLE more (id INTEGER)", on="open", write=True)
    assert (result.rows(5), result.head(3).num_rows, result.rows(), result.row_count) == ([], 0, [], 0)
