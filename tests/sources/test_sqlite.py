from __future__ import annotations

import sqlite3

import pytest

from aiser_jupyter.catalog import Key
from aiser_jupyter.errors import QueryError, UsageError
from aiser_jupyter.sources import dynamic
from aiser_jupyter.sources.sqlite import SQLiteSource


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT NOT NULL, code TEXT UNIQUE);"
        "CREATE TABLE album (id INTEGER, disc INTEGER, artist_id INTEGER REFERENCES artist, price DECIMAL(10,2), made DATETIME, PRIMARY KEY (id, disc));"
        "CREATE TABLE track (id INTEGER PRIMARY KEY, album_id INTEGER, disc INTEGER, FOREIGN KEY (album_id, disc) REFERENCES album (id, disc));"
        "CREATE TABLE orphan (x INTEGER REFERENCES gone (id));"
        "CREATE VIEW names AS SELECT name FROM artist;"
        "CREATE TABLE mixed (a, b, c, d, e);"
        "INSERT INTO mixed VALUES (1, 1, 1.5, x'ff', NULL), (2, 'two', 2, x'00', NULL), (NULL, 3.5, NULL, NULL, NULL);"
    )
    connection.execute("INSERT INTO artist VALUES (1, CAST(x'41ff42' AS TEXT), 'q')")
    connection.commit()
    connection.close()
    made = SQLiteSource("shop", path)
    yield made
    made.close()


def read(source, sql, params=None):
    cursor = source.cursor()
    table = cursor.run(sql, params or {}).read_all()
    cursor.close()
    return table


def test_tables_and_keys(source):
    tables = {table.name: table for table in source.tables()}
    assert list(tables) == ["artist", "album", "track", "orphan", "names", "mixed"]
    assert tables["names"].kind == "view"
    assert tables["album"].primary_key == ("id", "disc")
    assert [(c.name, c.type, c.nullable, c.unique) for c in tables["artist"].columns] == [
        ("id", "integer", False, True), ("name", "text", False, False), ("code", "text", True, True),
    ]  # fmt: skip
    assert [c.type for c in tables["album"].columns] == ["integer", "integer", "integer", "number", "timestamp"]
    assert source.keys() == (
        Key("album", ("artist_id",), "artist", ("id",)),
        Key("track", ("album_id", "disc"), "album", ("id", "disc")),
    )


def test_types_come_from_values_and_no_value_is_lost(source):
    table = read(source, "SELECT * FROM mixed")
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", "double", "binary", "null"]
    assert table.to_pydict() == {
        "a": [1, 2, None],
        "b": ["1", "two", "3.5"],
        "c": [1.5, 2.0, None],
        "d": [b"\xff", b"\x00", None],
        "e": [None] * 3,
    }


def test_large_integers_beside_floats_stay_exact(source):
    table = read(source, "SELECT 9007199254740993 AS x UNION ALL SELECT 0.5")
    assert sorted(table["x"].to_pylist()) == ["0.5", "9007199254740993"]


def test_bad_utf8_is_read(source):
    assert read(source, "SELECT name FROM artist")["name"].to_pylist() == ["A\ufffdB"]


def test_a_type_that_changes_late_is_told(source, monkeypatch):
    monkeypatch.setattr(dynamic, "FIRST", 2)
    with pytest.raises(QueryError) as caught:
        read(source, "SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 'three'")
    assert "after row 2" in caught.value.message
    assert read(source, "SELECT 'a' AS x UNION ALL SELECT 'b' UNION ALL SELECT 3")["x"].to_pylist() == ["a", "b", "3"]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO artist VALUES (9, 'x', 'y')",
        "DROP TABLE artist",
        "ATTACH '/tmp/other.db' AS o",
        "VACUUM INTO '/tmp/aiser_copy.db'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "CREATE TEMP TABLE t (a)",
        "SELECT load_extension('x')",
        "SELECT length(randomblob(900000000))",
        "SELECT length(zeroblob(900000000))",
        "BEGIN IMMEDIATE",
    ],
)
def test_writes_nothing_and_reaches_no_other_file(source, sql):
    with pytest.raises(sqlite3.Error):
        read(source, sql)
    assert read(source, "SELECT count(*) AS n FROM artist")["n"].to_pylist() == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT upper(name), count(*), group_concat(code), round(1.25, 1), strftime('%Y', '2026-01-01'), iif(1, 2, 3) FROM artist",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i), row_number() OVER () FROM n",
        "EXPLAIN QUERY PLAN SELECT * FROM artist",
        "SELECT name FROM artist WHERE name LIKE 'A%' OR name GLOB 'B*' OR json_extract('{\"a\":1}', '$.a') = 1",
    ],
)
def test_what_reads_runs(source, sql):
    assert read(source, sql).num_rows >= 1


def test_frames_are_for_another_engine(source):
    with pytest.raises(UsageError):
        source.cursor().run("SELECT 1", {}, {"df": object()})


def test_a_cancel_that_comes_after_the_close_does_nothing(source):
    cursor = source.cursor()
    cursor.run("SELECT 1", {}).read_all()
    cursor.close()
    cursor.cancel()
    assert read(source, "SELECT 1 AS one")["one"].to_pylist() == [1]
