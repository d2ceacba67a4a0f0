"""PostgreSQL on a real server: the contract, types, read-only, catalogue."""

from __future__ import annotations

import contract
import pytest
from servers.postgres import Postgres, missing

from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.postgres import PostgresSource

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SLOW = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b"


@pytest.fixture(scope="module")
def server():
    server = Postgres()
    server.execute(contract.SAMPLE + "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; ANALYZE;")
    yield server
    server.remove()


def address(server, user="test", **knobs):
    return f"postgresql://{user}@127.0.0.1:{server.port}/postgres" + ("?" + "&".join(f"{k}={v}" for k, v in knobs.items()) if knobs else "")


@pytest.fixture
def source(server):
    source = PostgresSource(address(server), "shop", Options())
    yield source
    source.close()


def read(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all()
    finally:
        cursor.close()


@pytest.mark.support("PostgreSQL", "real server")
class TestPostgres(contract.SourceContract):
    slow = SLOW
    writes = ("DELETE FROM orders", "CREATE TABLE extra (a INT)", "UPDATE orders SET note = 'x'", "TRUNCATE orders", "DROP TABLE orders")

    @pytest.fixture
    def source(self, server):
        source = PostgresSource(f"postgresql://test:hunter2@127.0.0.1:{server.port}/postgres", "shop", Options())
        self.server = server
        yield source
        source.close()

    def running(self, source):
        return int(
            self.server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
            )
        )
