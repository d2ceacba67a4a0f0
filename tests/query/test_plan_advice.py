from __future__ import annotations

import duckdb
import pytest
from servers import mariadb, postgres

from aiser_jupyter.query import guard, plan_advice
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.open import open_source

MADE = (
    "CREATE TABLE events AS SELECT i AS id, DATE '2020-01-01' + (i % 2000)::INT AS day, i % 50 AS kind, 'c' || i AS c1, 1 AS c2, 2 AS c3, 3 AS c4, 4 AS c5, "
    "5 AS c6, 6 AS c7, 7 AS c8, 8 AS c9, 9 AS c10 FROM range(200000) t(i); CREATE TABLE kinds AS SELECT i AS kind, 'k' || i AS name FROM range(50) t(i)"
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("advice") / "events.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MADE)
    made = DuckDBSource("big", path)
    yield made
    made.close()


def hints(source, sql):
    verdict = guard.check(sql, source.dialect)
    assert verdict.allowed, verdict.reason
    return " ".join(plan_advice.advise(verdict, [source]))


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT count(*) FROM events, kinds", "kinds is multiplied"),
        ("SELECT count(*) FROM events e CROSS JOIN kinds k", "k is multiplied"),
        ("SELECT count(*) FROM events e, kinds k WHERE e.day > '2024-01-01' AND k.kind = 3", "k is multiplied"),
        ("SELECT count(*) FROM events, kinds WHERE day > '2024-01-01' AND name = c1", ""),
        ("SELECT count(*) FROM events e JOIN kinds k ON k.kind = e.kind WHERE day > '2024-01-01'", ""),
        ("SELECT count(*) FROM events e, kinds k WHERE k.kind = e.kind AND day > '2024-01-01'", ""),
        ("SELECT count(*) FROM events JOIN kinds USING (kind) WHERE day > '2024-01-01'", ""),
        ("SELECT kind, count(*) FROM events GROUP BY 1", "All 200,000 rows of events are read: filter by day"),
        ("SELECT id FROM events LIMIT 5", ""),
        ("SELECT count(*) FROM events WHERE year(day) = 2024", "computes with day"),
        ("SELECT count(*) FROM events WHERE cast(day AS VARCHAR) = '2024-01-01'", "computes with day"),
        ("SELECT * FROM events WHERE id = 1", "* takes all 13 columns of events"),
        ("SELECT * FROM kinds", ""),
        ("SELECT 1", ""),
    ],
)
def test_hints_name_what_would_help(source, sql, says):
    told = hints(source, sql)
    assert says in told
    assert bool(told) == bool(says)


def test_nothing_but_a_query_gets_advice(source):
    assert plan_advice.advise(guard.check("EXPLAIN SELECT * FROM events", "duckdb"), [source]) == ()
    assert plan_advice.advise(guard.check("DELETE FROM events", "duckdb"), [source]) == ()


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "the server is here")
def test_postgres_names_the_missing_index():
    server = postgres.Postgres()
    try:
        server.execute(
            "CREATE TABLE events AS SELECT i AS id, i % 50000 AS kind, date '2020-01-01' AS day FROM generate_series(1, 200000) i; ANALYZE events;"
        )
        source = open_source(server.url, "shop")
        assert "No index helps the filter on events (kind = 7): an index on kind would" in hints(
            source, "SELECT id FROM events WHERE kind = 7"
        )
        server.execute("CREATE INDEX ON events (kind); ANALYZE events;")
        assert hints(source, "SELECT id FROM events WHERE kind = 7") == ""
        source.close()
    finally:
        server.remove()


@pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.missing() or "the server is here")
def test_mariadb_names_the_missing_index():
    server = mariadb.MariaDB()
    try:
        server.execute("CREATE TABLE events AS SELECT seq AS id, seq % 50000 AS kind FROM seq_1_to_200000; ANALYZE TABLE events;", "test")
        source = open_source(server.url, "shop")
        assert "No index helps the filter on events" in hints(source, "SELECT id FROM events WHERE kind = 7")
        server.execute("CREATE INDEX kinds ON events (kind); ANALYZE TABLE events;", "test")
        assert hints(source, "SELECT id FROM events WHERE kind = 7") == ""
        source.close()
    finally:
        server.remove()
