"""What an engine lists of its tables and columns is narrowed to what a role sees, and refused where it cannot be."""

import sqlite3

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Mask, Policy, Role, TableRule
from aiser_jupyter.query import run
from aiser_jupyter.query.governed import under

READER = Role("reader", frozenset({"*"}), tables=(("people", TableRule(hide=frozenset({"ssn"}), masks=(("born", Mask("partial", 2)),))),))
TABLES = "CREATE TABLE people (id INTEGER, ssn VARCHAR, born INTEGER); CREATE TABLE vault (code VARCHAR); CREATE VIEW open AS SELECT * FROM people;"


@pytest.fixture(params=["duckdb", "sqlite"])
def shop(request, tmp_path):
    path = tmp_path / f"shop.{request.param}"
    with (duckdb if request.param == "duckdb" else sqlite3).connect(str(path)) as connection:
        for statement in TABLES.split(";"):
            connection.execute(statement)
    ws = Workspace(tmp_path)
    ws.connect(path, "shop")
    yield request.param, under(ws.context, Policy((READER,)), Identity("ada"))
    ws.close()


def rows(context, sql):
    return [tuple(row.values()) for row in run(context, sql, on="shop").rows()]


def test_tables_and_columns(shop):
    engine, context = shop
    if engine == "sqlite":
        assert rows(context, "SELECT * FROM sqlite_master") == [("table", "people", "people", None, None)]
        return
    assert rows(context, "SHOW TABLES") == [("people",)]
    assert rows(context, "SELECT table_name FROM information_schema.tables") == [("people",)]
    columns = "SELECT column_name, ordinal_position, data_type FROM information_schema.columns"
    assert rows(context, columns) == [("id", 1, "INTEGER"), ("born", 2, "text")]
    for statement in ("DESCRIBE people", "SHOW people", "DESC people"):
        assert [row[:2] for row in rows(context, statement)] == [("id", "INTEGER"), ("born", "VARCHAR")]


def test_who_sees_nothing_is_shown_nothing(shop):
    engine, context = shop
    nobody = under(context, Policy((Role("other", frozenset({"eve"})),)), Identity("ada"))
    for sql in ["SELECT name FROM sqlite_master"] if engine == "sqlite" else ["SHOW TABLES", "SELECT * FROM information_schema.columns"]:
        assert rows(nobody, sql) == []


def test_other_lists_are_refused(shop):
    engine, context = shop
    lists = {"sqlite": ["SELECT * FROM sqlite_temp_master"], "duckdb": ["SHOW ALL TABLES", "SELECT * FROM information_schema.schemata"]}
    for sql in lists[engine]:
        with pytest.raises(RefusedError):
            rows(context, sql)


def test_an_open_pivot_says_what_to_write(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT 'ada' AS who, 'n' AS region, 2 AS total UNION ALL SELECT 'ben', 's', 3")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    role = Role("own", frozenset({"*"}), tables=(("sales", TableRule(rows="who = :user")),))
    context = under(ws.context, Policy((role,)), Identity("ada"))
    with pytest.raises(RefusedError, match="PIVOT looks for its columns in the data") as caught:
        rows(context, "PIVOT sales ON region USING sum(total)")
    assert "ON region IN ('north', 'south')" in caught.value.hint
    assert rows(context, "PIVOT sales ON region IN ('n', 's') USING sum(total)") == [("ada", 2, None)]
    assert rows(context, "SELECT * FROM (SELECT region, total FROM sales) PIVOT (sum(total) FOR region IN ('n', 's'))") == [(2, None)]
    ws.close()
