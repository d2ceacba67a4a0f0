from __future__ import annotations

import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from aiser_jupyter.catalog import Key
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.duckdb import DuckDBSource


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "shop.duckdb"
    with duckdb.connect(str(made)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, mail VARCHAR UNIQUE)")
        connection.execute(
            "CREATE TABLE orders (id INTEGER, line INTEGER, customer INTEGER REFERENCES customers (id), day DATE, PRIMARY KEY (id, line))"
        )
        connection.execute("CREATE SCHEMA old; CREATE TABLE old.archive (x DECIMAL(18, 2)); CREATE VIEW v AS SELECT name FROM customers")
        connection.execute("COMMENT ON COLUMN customers.name IS 'full name'; COMMENT ON TABLE orders IS 'all orders'")
    return made


@pytest.fixture
def source(path):
    made = DuckDBSource("shop", path)
    yield made
    made.close()


def read(source, sql, params=None, frames=None):
    cursor = source.cursor()
    table = cursor.run(sql, params or {}, frames).read_all()
    cursor.close()
    return table


def test_tables_and_keys(source):
    tables = {table.name: table for table in source.tables()}
    assert [(t.name, t.schema, t.kind) for t in tables.values()] == [
        ("customers", "", "table"), ("orders", "", "table"), ("v", "", "view"), ("archive", "old", "table"),
    ]  # fmt: skip
    assert tables["orders"].primary_key == ("id", "line")
    assert tables["orders"].comment == "all orders"
    assert [(c.name, c.type, c.nullable, c.primary, c.unique, c.comment) for c in tables["customers"].columns] == [
        ("id", "integer", False, True, True, ""), ("name", "text", False, False, False, "full name"), ("mail", "text", True, False, True, ""),
    ]  # fmt: skip
    assert source.keys() == (Key("orders", ("customer",), "customers", ("id",)),)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO customers VALUES (1, 'x', 'y')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "COPY (SELECT 1) TO '/tmp/aiser_out.csv'",
        "ATTACH '/tmp/aiser_other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1GB'",
        "SELECT * FROM secret_frame",
    ],
)
def test_is_locked_down(source, sql):
    secret_frame = pa.table({"x": [1]})  # noqa: F841  # what a replacement scan would find
    with pytest.raises(duckdb.Error):
        read(source, sql)


def test_frames_are_seen_by_one_cursor(source):
    assert read(source, "SELECT sum(x) AS s FROM f WHERE x > $low", {"low": 1}, {"f": pa.table({"x": [1, 2, 3]})})["s"].to_pylist() == [5]
    with pytest.raises(duckdb.CatalogException):
        read(source, "SELECT * FROM f")


def test_two_connections_read_one_file(source, path):
    other = DuckDBSource("again", path)
    assert len(other.tables()) == len(source.tables()) == 4
    other.close()
    assert read(source, "SELECT 1 AS x")["x"].to_pylist() == [1]


def test_a_file_open_elsewhere_is_explained(path):
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", holder, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"open\n"
    with pytest.raises(SourceError) as caught:
        DuckDBSource("shop", path)
    assert "Another process" in caught.value.hint
    process.communicate()
    with duckdb.connect(str(path)), pytest.raises(SourceError) as caught:
        DuckDBSource("shop", path)
    assert "con.close()" in caught.value.hint


def test_a_file_of_another_kind_is_explained(tmp_path):
    (tmp_path / "x.duckdb").write_text("hello" * 100)
    with pytest.raises(SourceError, match="not a valid DuckDB"):
        DuckDBSource("x", tmp_path / "x.duckdb")


def test_writes_where_it_was_asked_to(path):
    source = DuckDBSource("shop", path, write=True)
    read(source, "INSERT INTO customers VALUES (1, 'x', 'y')")
    assert read(source, "SELECT count(*) AS n FROM customers")["n"].to_pylist() == [1]
    source.close()


def test_a_place_serves_the_next_query_only_where_nothing_was_left_on_it(tmp_path):
    import pyarrow as pa

    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS a FROM range(100000)")
    source = DuckDBSource("shop", path)
    first = source.cursor()
    place = first._connection
    assert first.run("SELECT a FROM t", {}).read_all().num_rows == 100_000
    first.release()
    again = source.cursor()
    assert again._connection is place
    assert again.run("SELECT :a::INT AS a".replace(":a", "$a"), {"a": 1}).read_all().to_pylist() == [{"a": 1}]
    again.cancel()
    again.release()
    third = source.cursor()
    assert third._connection is not place
    third.run("SELECT count(*) FROM f", {}, {"f": pa.table({"x": [1]})}).read_all()
    third.release()
    assert source._idle == []
    half = source.cursor()
    half.run("SELECT a FROM t", {})
    half.close()
    assert source._idle == []
    source.close()


def test_writing_connections_are_not_used_again(tmp_path):
    source = DuckDBSource("shop", tmp_path / "shop.duckdb", write=True)
    cursor = source.cursor()
    cursor.run("CREATE TEMP TABLE t AS SELECT 1 AS a", {}).read_all()
    cursor.release()
    assert source._idle == []
    source.close()
