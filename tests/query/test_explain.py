from __future__ import annotations

import json

import pytest
from servers import mariadb, postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.explain import asked, read

JOIN = "select g, count(*) as n from a join b on a.id = b.id where a.g > 2 group by g order by n desc"
TABLES = "create table a (id int, g int); create table b (id int primary key); "


def plan_of(ws, sql, dialect, *, ran=False):
    return read(ws.sql(asked(sql, dialect, ran=ran)).rows(), dialect, ran=ran)


def names(plan):
    return [step.name for _, step in plan.walk()]


@pytest.fixture
def ws(tmp_path):
    ws = Workspace(tmp_path)
    yield ws
    ws.close()


@pytest.fixture
def duck(ws, tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "x.duckdb")) as con:
        con.execute(TABLES + "insert into a select i, i % 7 from range(1000) t(i); insert into b select i from range(10) t(i)")
    ws.connect(tmp_path / "x.duckdb")
    return ws


def test_duckdb_tells_steps_with_expected_rows(duck):
    plan = plan_of(duck, JOIN, "duckdb")
    assert "hash join" in names(plan)
    scans = [step for _, step in plan.walk() if "scan" in step.name]
    assert {step.detail.split(",")[0].rpartition(".")[2] for step in scans} == {"a", "b"}
    assert all(step.expected is not None and step.rows is None for step in scans)


def test_duckdb_measures_steps(duck):
    plan = plan_of(duck, JOIN, "duckdb", ran=True)
    top = plan.steps[0]
    assert top.rows == 4  # g from 3 to 6
    assert all(step.ms is not None for _, step in plan.walk())
    assert "rows" in plan.text()
    assert "ms" in plan.text()


def test_a_product_of_tables_is_worth_a_second_look(duck):
    plan = plan_of(duck, "select count(*) from a x, a y", "duckdb", ran=True)
    assert any("join them by an equality" in hint for hint in plan.hints)


def test_sqlite_tells_scans_and_lookups(ws, tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "x.db") as con:
        con.executescript(TABLES)
    con.close()
    ws.connect(tmp_path / "x.db")
    plan = plan_of(ws, JOIN, "sqlite")
    assert {"full scan", "index lookup", "temporary b-tree"} <= set(names(plan))
    assert plan.text().count("\n") >= 3


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "there")
def test_postgres_tells_rows_times_and_what_an_index_would_spare(ws):
    server = postgres.Postgres()
    try:
        server.execute(
            TABLES
            + "insert into a select i, i % 7 from generate_series(1, 60000) t(i); insert into b select i from generate_series(1, 10) t(i); analyze"
        )
        ws.connect(server.url, name="pg")
        plain = plan_of(ws, JOIN, "postgres")
        assert any(name.endswith("Join") for name in names(plain))
        assert all(step.rows is None for _, step in plain.walk())
        measured = plan_of(ws, "select * from a where id = 77 and g > -1", "postgres", ran=True)
        assert measured.steps[0].ms is not None
        assert measured.total_ms is not None
        assert sum(step.rows or 0 for step in measured.steps) == 1
        assert "a is read whole" in " ".join(measured.hints)
    finally:
        ws.close()
        server.remove()


@pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.missing() or "there")
def test_mariadb_tells_how_each_table_is_read():
    server = mariadb.MariaDB()
    try:
        server.execute(
            TABLES + "insert into a select seq, seq % 7 from seq_1_to_20000; insert into b select seq from seq_1_to_10; analyze table a, b",
            "test",
        )
        text = server.execute("EXPLAIN FORMAT=JSON " + JOIN, "test").replace("\\n", "\n")
        plan = read([{"EXPLAIN": text}], "mysql")
        assert {"full scan", "nested loop"} <= set(names(plan))
        assert {step.detail.split(",")[0] for _, step in plan.walk() if step.detail} == {"a", "b"}
    finally:
        server.remove()


def test_mysql_eight_is_read_as_its_manual_shows_it():
    answer = {
        "query_block": {
            "select_id": 1,
            "cost_info": {"query_cost": "20500.1"},
            "ordering_operation": {
                "using_filesort": True,
                "nested_loop": [
                    {"table": {"table_name": "o", "access_type": "ALL", "rows_examined_per_scan": 200000, "attached_condition": "o.x > 1"}},
                    {
                        "table": {
                            "table_name": "c",
                            "access_type": "eq_ref",
                            "key": "PRIMARY",
                            "used_columns": ["id"],
                            "rows_examined_per_scan": 1,
                        }
                    },
                ],
            },
        }
    }
    plan = read([{"EXPLAIN": json.dumps(answer)}], "mysql")
    assert names(plan) == ["ordering operation", "nested loop", "full scan", "unique lookup"]
    assert plan.hints == ("o is read whole, about 200,000 rows: an index on what is compared would help.",)


def test_an_engine_that_answers_in_lines_is_shown_in_lines():
    plan = read([{"plan": "== Physical Plan ==\nScan parquet"}], "spark")
    assert names(plan) == ["== Physical Plan ==", "Scan parquet"]


@pytest.mark.parametrize(("dialect", "ran", "says"), [("tsql", False, "own tool"), ("sqlite", True, "--explain")])
def test_what_an_engine_does_not_tell_is_said(dialect, ran, says):
    with pytest.raises(UsageError, match=says):
        asked("select 1", dialect, ran=ran)


def test_nothing_but_a_query_is_measured(duck):
    from aiser_jupyter.errors import RefusedError

    with pytest.raises(RefusedError):
        plan_of(duck, "delete from a", "duckdb", ran=True)
    assert duck.sql("select count(*) as n from a").rows() == [{"n": 1000}]
