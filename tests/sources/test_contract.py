"""The contract on the embedded engines."""

from __future__ import annotations

import sqlite3

import contract
import duckdb
import pytest

from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource


@pytest.mark.support("DuckDB", "real server")
class TestDuckDB(contract.SourceContract):
    many = contract.MANY
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"

    @pytest.fixture
    def source(self, tmp_path):
        with duckdb.connect(str(tmp_path / "sample.duckdb")) as connection:
            connection.execute(contract.SAMPLE)
        source = DuckDBSource("sample", tmp_path / "sample.duckdb")
        yield source
        source.close()


@pytest.mark.support("SQLite", "real server")
class TestSQLite(contract.SourceContract):
    many = contract.MANY
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    has_types = False

    @pytest.fixture
    def source(self, tmp_path):
        with sqlite3.connect(tmp_path / "sample.db") as connection:
            connection.executescript(contract.SAMPLE)
        connection.close()
        source = SQLiteSource("sample", tmp_path / "sample.db")
        yield source
        source.close()
