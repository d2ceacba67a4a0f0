"""The guard alone keeps a database as it is: the connection itself would write."""

import json
import sqlite3
from pathlib import Path

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import FileFormatError, RefusedError
from aiser_jupyter.query.guard import check
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource

STATEMENTS = Path(__file__).parent / "statements"
CORPUS = Path(__file__).parents[3] / "shared" / "data" / "security" / "attacks.jsonl"
MADE = "CREATE TABLE orders (id INTEGER, total DOUBLE); INSERT INTO orders VALUES (1, 2.5), (2, 3.5); CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)"


def attacks(dialect):
    found = (STATEMENTS / f"attacks_{dialect}.sql").read_text().splitlines()
    found += [
        sql
        for name, sql in (line.split("\t") for line in (STATEMENTS / "held_out_attacks.tsv").read_text().splitlines())
        if name == dialect
    ]
    if CORPUS.exists():
        rows = [json.loads(line) for line in CORPUS.read_text().splitlines() if line]
        found += [
            row["payload"] for row in rows if row["channel"] == "sql" and row["dialect"] in {dialect, "any"} and row["class"] != "benign"
        ]
    return [sql for sql in found if sql]


def in_duckdb(folder):
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MADE)
    return DuckDBSource("shop", path, write=True)


def in_sqlite(folder):
    path = folder / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(MADE)
    connection.close()
    return SQLiteSource("shop", path, write=True)


@pytest.mark.parametrize("made", [in_duckdb, in_sqlite], ids=["duckdb", "sqlite"])
def test_no_attack_changes_a_database_that_is_open_for_writing(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ws = Workspace(tmp_path)
    source = made(tmp_path)
    ws.context.sources.add(source)

    def direct(sql):
        cursor = source.cursor()
        try:
            return cursor.run(sql, {}).read_all().to_pylist()
        finally:
            cursor.close()

    direct("INSERT INTO t VALUES (7)")  # nothing but the guard stands before it
    before = (direct("SELECT * FROM orders ORDER BY id"), direct("SELECT * FROM t ORDER BY a"), {table.name for table in source.tables()})
    files = {path.name for path in tmp_path.iterdir() if not path.name.startswith((".", "shop"))}
    tried = 0
    for sql in attacks(source.dialect):
        # What only a policy or a deadline stops is not the guard's matter; a file of the workspace may be named, and there is none.
        if check(sql, source.dialect, files=False).allowed:
            continue
        tried += 1
        with pytest.raises((RefusedError, FileFormatError)):
            ws.sql(sql, on="shop", write=False)
    assert tried > 100
    assert (
        direct("SELECT * FROM orders ORDER BY id"),
        direct("SELECT * FROM t ORDER BY a"),
        {table.name for table in source.tables()},
    ) == before
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith((".", "shop"))} == files
    ws.close()
