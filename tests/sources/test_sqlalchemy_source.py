"""The generic source on four real engines through SQLAlchemy."""

from __future__ import annotations

import socket
import time

import pytest
from contract import MANY, SAMPLE, SourceContract
from servers import mariadb, postgres
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.errors import QueryError, SourceError, UnknownNameError
from aiser_jupyter.sources import sqlalchemy as generic
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe

CUSTOMER = "SELECT id FROM customers ORDER BY id"


@pytest.fixture(scope="module")
def postgres_server():
    server = postgres.Postgres()
    server.execute(SAMPLE + "CREATE SEQUENCE counter;")
    yield server
    server.remove()


@pytest.fixture(scope="module")
def mariadb_server():
    server = mariadb.MariaDB()
    server.execute(SAMPLE, "test")
    yield server
    server.remove()


class Reopened:
    """The schemes of these engines have modules of their own, so a recipe does not lead back here."""

    def test_another_process_could_open_it(self, source):
        assert isinstance(source.recipe, Recipe)
        again = generic.connect(source.recipe.address, source.recipe.name, source.recipe.options)
        assert {table.name for table in again.tables()} >= {"customers", "orders"}
        again.close()


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "PostgreSQL is there")
@pytest.mark.support("SQLAlchemy: PostgreSQL (psycopg)", "real server")
class TestPostgres(Reopened, SourceContract):
    many = MANY
    slow = "SELECT count(*) AS n FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a.a + b.b < 0"
    # Rows come by a server-side cursor, which takes queries alone; these are queries that write.
    writes = ("SELECT nextval('counter')", "SELECT setval('counter', 5)", "SELECT * FROM orders FOR UPDATE")

    @pytest.fixture(autouse=True)
    def _server(self, postgres_server):
        self.server = postgres_server

    @pytest.fixture
    def source(self, postgres_server):

        source = generic.connect(
            postgres_server.url.replace("postgresql:", "postgresql+psycopg:").replace("test@", "test:hunter2@"), "shop", Options()
        )
        yield source
        source.close()

    def running(self, source):
        return int(
            self.server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
            )
        )

    def test_decimals_keep_their_places_and_rows_stream(self, source):
        cursor = source.cursor()
        reader = cursor.run("SELECT i, i / 7.0 AS part, CAST(i AS numeric(10, 2)) AS exact FROM generate_series(1, 100000) t (i)", {})
        assert [str(field.type) for field in reader.schema][::2] == ["int64", "decimal128(38, 2)"]
        assert source.pool.use.busy == 1
        assert sum(batch.num_rows for batch in reader) == 100_000
        assert source.pool.use.busy == 0
        cursor.close()

    def test_it_says_how_it_is_kept_read_only(self, source):
        assert (source.enforced, source.note, source.capabilities.interrupts) == (True, "", True)


@pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.missing() or "MariaDB is there")
@pytest.mark.support("SQLAlchemy: MariaDB (PyMySQL)", "real server")
class TestMariaDB(Reopened, SourceContract):
    has_types = False  # TINYINT(1) is a number to this driver

    @pytest.fixture
    def source(self, mariadb_server):
        source = generic.connect(f"mysql+pymysql://test@127.0.0.1:{mariadb_server.port}/test", "shop", Options())
        yield source
        source.close()

    def test_what_cannot_be_interrupted_says_so(self, source):
        assert not source.capabilities.interrupts

    def test_a_percent_sign_is_no_placeholder(self, source):
        assert self.rows(source, "SELECT note FROM orders WHERE note LIKE 'fi%'") == [{"note": "first"}]
        assert self.rows(source, "SELECT '%s :a' AS t, note FROM orders WHERE note LIKE 'fi%' AND id = :a", a=1) == [
            {"t": "%s :a", "note": "first"}
        ]

    def test_a_restart_goes_unnoticed(self, source, mariadb_server):
        assert len(self.rows(source, CUSTOMER)) == 3
        mariadb_server.stop()
        mariadb_server.start()
        assert len(self.rows(source, CUSTOMER)) == 3


@pytest.mark.support("SQLAlchemy: SQLite", "real server")
class TestSQLite(Reopened, SourceContract):
    has_types = False
    many = MANY
    slow = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) AS n FROM r"

    @pytest.fixture
    def source(self, tmp_path):
        import sqlite3

        with sqlite3.connect(tmp_path / "shop.db") as made:
            made.executescript(SAMPLE)
        made.close()
        source = generic.connect(f"sqlite:///{tmp_path}/shop.db", "shop", Options())
        yield source
        source.close()


@pytest.mark.support("SQLAlchemy: DuckDB (duckdb-engine)", "real server")
class TestDuckDB(Reopened, SourceContract):
    many = MANY
    slow = "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0"
    has_keys = False  # its inspector fails on DuckDB 2.0, so tables come from information_schema

    @pytest.fixture
    def source(self, tmp_path):
        import duckdb

        with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
            made.execute(SAMPLE)
        source = generic.connect(f"duckdb:///{tmp_path}/shop.duckdb", "shop", Options())
        yield source
        source.close()


class TestAddresses:
    @pytest.mark.parametrize(("scheme", "known"), [("postgresql", True), ("duckdb", True), ("oracle", True), ("nonsense", False)])
    def test_dialects_that_are_there(self, scheme, known):
        assert generic.has_dialect(scheme) is known

    @pytest.mark.parametrize(
        ("name", "grammar"),
        [
            ("postgresql", "postgres"),
            ("trino", "trino"),
            ("clickhousedb", "clickhouse"),
            ("redshift", "redshift"),
            ("ibm_db_sa", "postgres"),
        ],
    )
    def test_each_dialect_has_a_grammar(self, name, grammar):
        assert generic.grammar(name) == grammar

    def test_a_closed_port_and_a_silent_server(self):
        with pytest.raises(SourceError, match="cannot be reached") as caught:
            generic.connect(f"postgresql+psycopg://me:hunter2@127.0.0.1:{free_port()}/shop", "shop", Options())
        assert "hunter2" not in str(caught.value)
        with socket.create_server(("127.0.0.1", 0)) as mute:
            began = time.monotonic()
            with pytest.raises(SourceError, match="did not answer within 1 s"):
                generic.connect(
                    f"postgresql+psycopg://me:hunter2@127.0.0.1:{mute.getsockname()[1]}/shop", "shop", Options(connect_timeout_s=1)
                )
            assert time.monotonic() - began < 2

    def test_a_missing_driver_is_named(self):
        with pytest.raises(SourceError, match="is not installed"):
            generic.connect("postgresql+asyncpg://me@127.0.0.1/shop", "shop", Options())

    def test_errors_hold_no_parameters(self, tmp_path):
        ws = Workspace(tmp_path)
        source = generic.connect(f"duckdb:///{tmp_path}/new.duckdb", "shop", Options(write=True))
        ws.context.sources.add(source)
        with pytest.raises(QueryError) as caught:
            ws.sql("SELECT CAST(:secret AS INTEGER) AS n, nothing FROM nowhere", params={"secret": "hunter2"}).rows()
        assert "hunter2" not in str(caught.value)
        assert isinstance(caught.value, UnknownNameError)
        source.close()

    def test_a_dialect_without_read_only_sessions_says_so(self, monkeypatch, tmp_path):
        monkeypatch.delitem(generic.STATEMENTS, "sqlite")
        source = generic.connect(f"sqlite:///{tmp_path}/made.db", "shop", Options())
        assert (source.enforced, source.note) == (False, "read-only by the guard alone; use an account that may only read")
        ws = Workspace(tmp_path)
        ws.context.sources.add(source)
        assert "read-only (read-only by the guard alone" in str(ws.status().checks[-1].detail)
        source.close()
