"""Cube's semantic layer, over an emulator with the shapes of its documentation."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

pytest.importorskip("httpx")

from servers.cube import MEASURES, ROWS, CubeServer
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.errors import DeadlineError, QueryError, RefusedError, SecretTypedError, SourceError, UnknownNameError, UsageError
from aiser_jupyter.sources.cube import jwt, sql_api_address
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.reference import has_secret


@pytest.fixture(scope="module")
def module_server():
    with CubeServer() as server:
        yield server


@pytest.fixture
def server(module_server):
    module_server.waits, module_server.most = 0, 50_000
    module_server.queries.clear()
    module_server.log.clear()
    return module_server


def source_of(server, **extra):
    return open_source(f"cube://127.0.0.1:{server.port}", "shop", options=Options(allow_private=True, extra=extra))


def run(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all().to_pylist()
    finally:
        cursor.close()


@pytest.mark.support("Cube", "emulator")
def test_members_are_columns_and_a_semantic_model(server):
    source = source_of(server)
    (table,) = source.tables()
    assert [(column.name, column.type) for column in table.columns] == [
        ("status", "text"),
        ("paid", "boolean"),
        ("created_at", "timestamp"),
        ("size", "number"),
        ("count", "integer"),
        ("total", "number"),
        ("average", "number"),
        ("largest", "number"),
    ]
    model = source.semantic_model()
    assert [(one.table, one.name, one.sql, one.reason) for one in model.metrics] == [
        ("orders", "count", '"count"', "Count; count"),
        ("orders", "total", '"total"', "Total; sum; currency"),
        ("orders", "average", '"average"', "Average; avg"),
        ("orders", "largest", '"largest"', "Largest; max"),
    ]
    assert [one.name for one in model.dimensions] == ["status", "paid", "size"]
    assert [one.column for one in model.time] == ["created_at"]


@pytest.mark.support("Cube", "emulator")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT status, count FROM orders GROUP BY status",
        "SELECT status, total, average FROM orders GROUP BY 1 ORDER BY total DESC NULLS LAST LIMIT 2",
        "SELECT sum(total) AS s FROM orders",
        "SELECT status AS k, round(total / count, 2) AS mean FROM orders GROUP BY status HAVING count > 1 ORDER BY mean",
        "SELECT date_trunc('month', created_at) AS m, total FROM orders GROUP BY 1 ORDER BY m",
        "SELECT date_trunc('month', created_at) AS m, status, count FROM orders WHERE size >= 2 GROUP BY m, status ORDER BY 1, 2 NULLS FIRST",
        "SELECT DISTINCT status FROM orders ORDER BY 1",
        "SELECT upper(status) AS u, count FROM orders GROUP BY status ORDER BY u",
        "SELECT count FROM orders WHERE status <> 'paid'",
        "SELECT count FROM orders WHERE NOT (status = 'paid' OR size > 2)",
        "SELECT count FROM orders WHERE status IS NULL OR paid",
        "SELECT count FROM orders WHERE status NOT IN ('paid', 'gone')",
        "SELECT count FROM orders WHERE status IN ('paid', 'open') AND size IS NOT NULL",
        "SELECT count FROM orders WHERE created_at >= DATE '2024-02-01' AND created_at < DATE '2024-03-01'",
        "SELECT count FROM orders WHERE created_at > TIMESTAMP '2024-01-31 23:59:59.998' AND created_at <= '2024-02-01'",
        "SELECT count FROM orders WHERE created_at = '2024-02-01 00:00:00'",
        "SELECT count, largest FROM orders WHERE status = 'nothing like it'",
        'SELECT total AS "the total", 1 + count AS more FROM orders o WHERE o.size BETWEEN 2 AND 3',
    ],
)
def test_a_statement_gives_what_its_measures_mean(server, sql):
    """The same statement over the rows, with each measure written out."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, read="duckdb")
    for call in list(tree.find_all(exp.Sum)):
        call.replace(call.this)
    for column in list(tree.find_all(exp.Column)):
        if column.name in MEASURES:
            column.replace(exp.paren(sqlglot.parse_one(MEASURES[column.name], read="duckdb")))
    for item in tree.expressions:
        if not isinstance(item, exp.Alias):
            item.replace(exp.alias_(item.copy(), "x", quoted=True))
    with duckdb.connect(":memory:") as engine:
        engine.execute(ROWS)
        expected = engine.execute(tree.sql(dialect="duckdb")).fetchall()
    got = [tuple(row.values()) for row in run(source_of(server), sql)]
    ordered = tree.args.get("order") is not None
    plain = [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in got]
    wanted = [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in expected]
    assert (plain if ordered else sorted(plain, key=repr)) == (wanted if ordered else sorted(wanted, key=repr))


class TestQueries:
    def test_one_query_of_cube_s_own_is_sent(self, server):
        source = source_of(server)
        cursor = source.cursor()
        cursor.run("SELECT date_trunc('month', created_at), count FROM orders WHERE status <> $s GROUP BY 1", {"s": "open"}).read_all()
        (query,) = server.queries
        assert query == {
            "measures": ["orders.count"],
            "timeDimensions": [{"dimension": "orders.created_at", "granularity": "month"}],
            "filters": [
                {"member": "orders.status", "operator": "notEquals", "values": ["open"]},
                {"member": "orders.status", "operator": "set"},
            ],
            "timezone": "UTC",
            "limit": 10_000,
            "offset": 0,
            "order": [["orders.created_at", "asc"]],
        }
        assert cursor.pushed[0].startswith('orders: cube query {"measures": ["orders.count"]')

    def test_numbers_that_come_as_text_stay_exact(self, server):
        rows = run(source_of(server), "SELECT status, total, count FROM orders GROUP BY status ORDER BY status")
        assert rows[1] == {"status": "paid", "total": Decimal("10.30"), "count": 2}
        assert rows[0]["total"] == Decimal("5.00")

    def test_moments_have_a_type(self, server):
        rows = run(source_of(server), "SELECT date_trunc('month', created_at) AS m, count FROM orders GROUP BY 1 ORDER BY 1")
        assert [row["m"] for row in rows] == [datetime(2024, month, 1) for month in (1, 2, 3)]  # noqa: DTZ001 - Cube's moments have no zone

    def test_all_groups_are_read_however_few_cube_gives_at_once(self, server):
        source = source_of(server, page_rows=2)
        assert len(run(source, "SELECT created_at, count FROM orders GROUP BY 1")) == 5
        assert [query["offset"] for query in server.queries] == [0, 2, 4]

    def test_a_limit_goes_along_where_nothing_comes_before_it(self, server):
        source = source_of(server)
        assert len(run(source, "SELECT status, count FROM orders GROUP BY 1 LIMIT 2")) == 2
        assert server.queries[-1]["limit"] == 2
        assert len(run(source, "SELECT status, count FROM orders GROUP BY 1 ORDER BY 2 LIMIT 2")) == 2
        assert server.queries[-1]["limit"] == 10_000

    def test_it_is_asked_again_while_cube_works(self, server):
        source = source_of(server)
        server.waits = 2
        assert run(source, "SELECT count FROM orders") == [{"count": 5}]
        server.waits = 10**6
        with pytest.raises(DeadlineError, match="no answer after"):
            run(source_of(server, wait_s=0.3), "SELECT count FROM orders")
        server.waits = 0

    @pytest.mark.parametrize(
        ("sql", "words"),
        [
            ("SELECT * FROM orders", "no rows to count"),
            ("SELECT count(*) FROM orders", "no rows to count"),
            ("SELECT status FROM orders", "only groups"),
            ("SELECT sum(size) FROM orders", "its measures"),
            ("SELECT avg(total) FROM orders", "its measures"),
            ("SELECT upper(status), count FROM orders GROUP BY 1", "must be grouped by"),
            ("SELECT status, count FROM orders GROUP BY upper(status)", "GROUP BY takes dimensions"),
            ("SELECT count FROM orders WHERE total > 5", "HAVING"),
            ("SELECT count FROM orders WHERE lower(status) = 'paid'", "no filter"),
            ("SELECT count FROM orders WHERE status LIKE 'p%'", "no filter that means"),
            ("SELECT count FROM orders WHERE status > 'a'", "no filter that means"),
            ("SELECT count FROM orders WHERE size = 'big'", "something else"),
            ("SELECT date_trunc('decade', created_at), count FROM orders GROUP BY 1", "cannot be cut"),
            ("SELECT a.count FROM orders a JOIN orders b ON a.size = b.size", "one plain SELECT"),
            ("SELECT count FROM (SELECT count FROM orders) AS x", "one plain SELECT|no rows"),
            ("SELECT count FROM orders GROUP BY ROLLUP (status)", "GROUP BY takes dimensions"),
            ("SELECT total FROM orders ORDER BY status", "ORDER BY"),
        ],
    )
    def test_what_a_cube_cannot_say_is_refused(self, server, sql, words):
        with pytest.raises(QueryError, match=words):
            run(source_of(server), sql)

    def test_names_that_are_not_there(self, server):
        with pytest.raises(UnknownNameError, match="Did you mean total"):
            run(source_of(server), "SELECT totl FROM orders")
        with pytest.raises(UnknownNameError, match="Did you mean orders"):
            run(source_of(server), "SELECT total FROM order_")


class TestConnecting:
    def test_a_token_is_signed_by_the_secret_behind_a_reference(self, monkeypatch):
        monkeypatch.setenv("CUBE_SECRET", "s3-cret")
        with CubeServer(secret="s3-cret") as server:
            assert run(source_of(server, secret="env:CUBE_SECRET", claims={"team": 7}), "SELECT count FROM orders") == [{"count": 5}]
            monkeypatch.setenv("CUBE_TOKEN", jwt({"u": 1}, "s3-cret"))
            assert run(source_of(server, token="env:CUBE_TOKEN"), "SELECT count FROM orders") == [{"count": 5}]
            monkeypatch.setenv("CUBE_SECRET", "wr-ong")
            with pytest.raises(SourceError, match="refuses access") as caught:
                source_of(server, secret="env:CUBE_SECRET")
            assert "wr-ong" not in str(caught.value)

    def test_a_known_token(self):
        # The HS256 example of RFC 7519's own test site: header, claims and secret are public.
        made = jwt({"sub": "1234567890", "name": "John Doe", "iat": 1516239022}, "your-256-bit-secret")
        assert made.rpartition(".")[2] == "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"

    def test_what_is_refused(self, server):
        with pytest.raises(SecretTypedError):
            source_of(server, token="eyJhbGciOi")
        with pytest.raises(RefusedError, match="only reads"):
            open_source("cube://127.0.0.1:1", write=True, options=Options(allow_private=True))
        with pytest.raises(UsageError, match="Did you mean 'token'"):
            source_of(server, tokn="env:X")
        with pytest.raises(SourceError, match="allow_private"):
            open_source(f"cube://127.0.0.1:{server.port}")
        with pytest.raises(SourceError, match="cannot be reached"):
            open_source(f"cube://127.0.0.1:{free_port()}", options=Options(allow_private=True, connect_timeout_s=1))
        with pytest.raises(RefusedError):
            run(source_of(server), "DELETE FROM orders")

    def test_its_sql_api_is_reached_by_another_source(self):
        address = sql_api_address("cube.example.com")
        assert address == "postgresql://${CUBE_SQL_USER}:${CUBE_SQL_PASSWORD}@cube.example.com:15432/cube"
        assert not has_secret(address)


def test_in_a_workspace(server, tmp_path):
    ws = Workspace(tmp_path)
    ws.context.sources.add(source_of(server))
    assert ws.sql(
        "SELECT status, total FROM orders WHERE created_at >= :since GROUP BY status ORDER BY total DESC",
        params={"since": date(2024, 2, 1)},
    ).rows() == [
        {"status": None, "total": Decimal("7.00")},
        {"status": "open", "total": Decimal("5.00")},
    ]
    assert "orders" in str(ws.tables())
    assert "total" in str(ws.describe("orders"))


@pytest.mark.support("Cube", "emulator")
def test_a_question_is_asked_in_cubes_own_measures(server, tmp_path):
    ws = Workspace(tmp_path)
    ws.connect(f"cube://127.0.0.1:{server.port}", "shop", allow_private=True)
    answer = ws.ask("total by status", on="shop")
    assert answer.answered, answer.reason
    assert {row["status"]: row["total"] for row in answer.result.rows()} == {
        row["status"]: row["total"] for row in ws.sql("SELECT status, total FROM orders GROUP BY status", on="shop").rows()
    }
    assert answer.assumptions[0].startswith("total is ")
    assert [one.name for one in ws.semantic("shop").model.metrics] == ["count", "total", "average", "largest"]
    ws.close()
