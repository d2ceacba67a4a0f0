from __future__ import annotations

import sqlite3
from dataclasses import replace

import duckdb
import pytest

from aiser_jupyter import assemble
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource


@pytest.fixture
def context(tmp_path):
    """A workspace over two shops: `duck` on DuckDB and `lite` on SQLite, each with customers and orders."""
    made = assemble.context(tmp_path, clock=None, resolver=None)
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR)")
        connection.execute("INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob')")
        connection.execute("CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, day DATE, amount DECIMAL(10,2))")
        connection.execute("INSERT INTO orders VALUES (1, 1, '2026-01-05', 10.50), (2, 1, '2026-02-05', 20), (3, 2, '2026-02-06', NULL)")
    lite = tmp_path / "lite.db"
    with sqlite3.connect(lite) as connection:
        connection.executescript(
            "CREATE TABLE artist (artist_id INTEGER PRIMARY KEY, name TEXT); INSERT INTO artist VALUES (1, 'AC/DC'), (2, 'U2');"
            "CREATE TABLE album (album_id INTEGER PRIMARY KEY, title TEXT, artist_id INTEGER REFERENCES artist);"
            "INSERT INTO album VALUES (1, 'Rock', 1), (2, 'Roll', 1), (3, 'War', 2);"
        )
    connection.close()
    made.sources.add(SQLiteSource("lite", lite))
    made.sources.add(DuckDBSource("duck", path))
    yield made
    made.sources.close()
    made.state.close()


@pytest.fixture
def sees(context):
    """The same workspace in a notebook where these names hold these values."""

    def with_names(**values):
        return replace(context, resolver=values.get)

    return with_names
