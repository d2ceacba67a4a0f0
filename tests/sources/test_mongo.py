"""MongoDB, over an emulator: the wire protocol is MongoDB's own, what its commands mean is mongomock's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import contract
import pytest

pytest.importorskip("pymongo")
pytest.importorskip("mongomock")

from bson import Int64, ObjectId
from mongo_shop import client_of, fill, run, shop_of, source_of
from servers.daemon import free_port
from servers.mongo import MongoServer

from aiser_jupyter import Workspace, query
from aiser_jupyter.errors import CancelledError, QueryError, RefusedError, SourceError, UsageError
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options


@pytest.fixture(scope="module")
def server():
    with MongoServer() as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    with client_of(server) as client:
        yield client


@pytest.fixture(scope="module")
def sample(client):
    utc = {"tzinfo": UTC}
    fill(
        client,
        "sample",
        "customers",
        [{"_id": ObjectId(), "id": c[0], "name": c[1], **({"country": c[2]} if c[2] else {})} for c in contract.CUSTOMERS],
    )
    fill(
        client,
        "sample",
        "orders",
        [
            {
                "id": Int64(o[0]),
                "customer_id": o[1],
                "day": datetime.combine(o[2], time(), UTC) if o[2] else None,
                "placed": o[3].replace(**utc) if o[3] else None,
                "amount": o[4],
                "share": o[5],
                "paid": o[6],
                "note": o[7],
            }
            for o in contract.ORDERS
        ],
    )
    fill(client, "sample", "glacier", [{"i": 1}])


@pytest.mark.support("MongoDB", "emulator")
class TestContract(contract.SourceContract):
    slow = "SELECT count(*) AS n FROM glacier"
    has_keys = False
    has_types = False  # a day is a moment here

    @pytest.fixture
    def source(self, server, sample):
        server.delays.clear()
        source = source_of(server, "sample")
        source.tables()
        server.delays["glacier"] = 120
        yield source
        source.close()
        server.delays.clear()

    def running(self, source):
        return 0 if source is None else SERVER[0].running

    @pytest.fixture(autouse=True)
    def _server(self, server):
        SERVER[:] = [server]

    def test_lists_tables_columns_and_types(self, source):
        orders = {table.name: table for table in source.tables()}["orders"]
        assert [(column.name, column.type) for column in orders.columns] == [
            ("_id", "text"),
            ("id", "integer"),
            ("customer_id", "integer"),
            ("day", "timestamp"),
            ("placed", "timestamp"),
            ("amount", "number"),
            ("share", "number"),
            ("paid", "boolean"),
            ("note", "text"),
        ]
        assert orders.primary_key == ("_id",)

    def test_moments_come_whole(self, ws):
        rows = ws.sql("SELECT placed, paid FROM orders ORDER BY id").rows()
        assert [(row["placed"].replace(tzinfo=None) if row["placed"] else None, row["paid"]) for row in rows] == [
            (o[3], o[6]) for o in contract.ORDERS
        ]


SERVER: list[MongoServer] = []


@pytest.fixture
def shop(server, client):
    with shop_of(server, client) as make:
        yield make


class TestColumns:
    def test_nested_fields_lists_and_types_of_their_own(self, shop):
        number = ObjectId()
        source = shop(
            [
                {
                    "_id": number,
                    "address": {"city": "Rome", "geo": {"lat": 1.5}},
                    "tags": ["a", "b"],
                    "odds": [1, "x"],
                    "price": Decimal("1.10"),
                },
                {"_id": ObjectId(), "address": None, "tags": [], "price": Decimal("20.005"), "at": datetime(2024, 1, 2, tzinfo=UTC)},
            ]
        )
        table = source.table("t")
        assert [(column.name, column.db_type) for column in table.columns] == [
            ("_id", "VARCHAR"),
            ("address_city", "VARCHAR"),
            ("address_geo_lat", "DOUBLE"),
            ("tags", "VARCHAR[]"),
            ("odds", "VARCHAR"),
            ("price", "DECIMAL(38,3)"),
            ("at", "TIMESTAMP WITH TIME ZONE"),
        ]
        rows, _ = run(source, "SELECT * FROM t ORDER BY price")
        assert rows[0] == {
            "_id": str(number),
            "address_city": "Rome",
            "address_geo_lat": 1.5,
            "tags": ["a", "b"],
            "odds": '[1,"x"]',
            "price": Decimal("1.100"),
            "at": None,
        }
        assert rows[1]["at"] == datetime(2024, 1, 2, tzinfo=UTC)

    def test_several_kinds_become_text_with_a_notice(self, shop):
        source = shop([{"v": 1}, {"v": "one"}, {"v": {"a": 1}}, {"v": True}, {"v": None}])
        with pytest.warns(UserWarning, match=r"t\.v holds values of several kinds \(boolean, integer, object, text\)"):
            source.tables()
        assert [row["v"] for row in run(source, "SELECT v FROM t ORDER BY v NULLS LAST")[0]] == ["1", "one", "true", '{"a":1}', None]

    def test_a_kind_that_the_sample_did_not_show_is_learnt(self, shop):
        source = shop([{"v": i} for i in range(10)] + [{"v": "ten"}, {"v": 11}], sample=4)
        assert source.table("t").column("v").type == "integer"
        with pytest.warns(UserWarning, match="several kinds"):
            assert run(source, "SELECT count(*) AS n, max(v) AS v FROM t")[0] == [{"n": 12, "v": "ten"}]
        assert source.table("t").column("v").type == "text"

    def test_a_filter_does_not_pass_over_a_kind_it_does_not_know(self, shop):
        source = shop([{"v": i} for i in range(10)] + [{"v": "ten"}], sample=4)
        with pytest.raises(Exception, match="VARCHAR"), pytest.warns(UserWarning, match="t.v holds values of several kinds"):
            run(source, "SELECT v FROM t WHERE v > 8")
        source = shop([{"a": {"b": i}} for i in range(10)] + [{"a": [{"b": 3}]}], sample=4)
        with pytest.raises(Exception, match="a_b"):
            run(source, "SELECT sum(a_b) AS s FROM t WHERE a_b > 2")

    def test_a_stream_that_began_otherwise_says_so(self, shop):
        source = shop([{"v": i} for i in range(6000)] + [{"v": "x"}], sample=10)
        with pytest.raises(QueryError, match="Run the statement again"), pytest.warns(UserWarning, match="several kinds"):
            run(source, "SELECT v FROM t")
        assert len(run(source, "SELECT v FROM t")[0]) == 6001

    def test_a_validator_gives_columns_to_an_empty_collection(self, shop, server, client):
        source = shop([{}])
        server.options["t"] = {
            "validator": {
                "$jsonSchema": {
                    "properties": {
                        "n": {"bsonType": "long"},
                        "place": {"bsonType": "object", "properties": {"zip": {"bsonType": "string"}}},
                    }
                }
            }
        }
        columns = [(column.name, column.type) for column in source.table("t").columns]
        assert columns == [("_id", "text"), ("n", "integer"), ("place_zip", "text")]
        assert run(source, "SELECT count(n) AS n, sum(n) AS s FROM t")[0] == [{"n": 0, "s": None}]


class TestEdges:
    def test_it_only_reads(self, server, client, shop):
        source = shop([{"i": 1}])
        for sql in ("SELECT count(*) FROM t", "SELECT * FROM t", "SELECT DISTINCT i FROM t"):
            run(source, sql)
        sent = {next(iter(command)) for command in server.log}
        assert sent <= {
            "hello",
            "ismaster",
            "ping",
            "find",
            "aggregate",
            "listCollections",
            "getMore",
            "killCursors",
            "endSessions",
            "insert",
            "drop",
            "delete",
        }
        assert not any({"$out", "$merge"} & set(stage) for command in server.commands("aggregate") for stage in command["pipeline"])
        with pytest.raises(RefusedError, match="only reads"):
            open_source(server.url(), "shop", write=True)
        with pytest.raises(RefusedError, match="read-only"):
            run(source, "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone")

    def test_addresses_that_lead_nowhere(self):
        port = free_port()
        error = contract.refuses(
            f"mongodb://ada:${{HUNTER}}@127.0.0.1:{port}/shop".replace("ada:${HUNTER}@", ""), within=4, connect_timeout_s=1
        )
        assert "cannot be reached" in str(error)

    def test_no_password_is_shown(self, monkeypatch):
        monkeypatch.setenv("MONGO_URL", f"mongodb://ada:hunter2@127.0.0.1:{free_port()}/shop")
        with pytest.raises(SourceError) as caught:
            open_source("env:MONGO_URL", options=Options(connect_timeout_s=0.5))
        assert "hunter2" not in str(caught.value)
        assert "hunter2" not in repr(caught.value.__cause__)

    def test_an_address_without_a_database_and_a_knob_that_is_not_there(self, server):
        with pytest.raises(SourceError, match="names no database"):
            open_source(f"mongodb://127.0.0.1:{server.port}/")
        with pytest.raises(UsageError, match="no knob 'sampel'"):
            source_of(server, "shop", sampel=3)

    def test_the_server_is_given_the_time(self, shop, server):
        source = shop([{"i": 1}], max_time_s=7)
        run(source, "SELECT i FROM t")
        assert server.commands("find")[-1]["maxTimeMS"] == 7000
        assert server.commands("find")[-1]["comment"].startswith("aiser ")

    def test_over_time_and_denied_are_told(self, shop, server):
        source = shop([{"i": 1}])
        source.tables()
        server.errors["find"] = (50, "operation exceeded time limit")
        with pytest.raises(QueryError, match="time was over"):
            run(source, "SELECT i FROM t")
        server.errors["find"] = (13, "not authorized on shop to execute command")
        with pytest.raises(QueryError, match="not authorized"):
            run(source, "SELECT i FROM t")
        server.errors["find"] = (11601, "operation was interrupted")
        with pytest.raises(CancelledError):
            run(source, "SELECT i FROM t")

    def test_a_stream_left_leaves_no_cursor_on_the_server(self, shop, server):
        source = shop([{"i": i} for i in range(12_000)])
        cursor = source.cursor()
        reader = cursor.run("SELECT i FROM t", {})
        next(reader)
        assert server.open_cursors >= 1
        cursor.close()
        del reader
        assert contract._settles(lambda: server.open_cursors == 0)

    def test_sizes_come_from_the_books(self, shop):
        assert shop([{"i": 1}, {"i": 2}]).sizes()["t"] == 2


def test_in_a_workspace(server, client, tmp_path, monkeypatch):
    fill(
        client,
        "sales",
        "orders",
        [{"region": "NS"[i % 2], "amount": i + 0.5, "day": datetime(2024, 1, 1 + i % 28, tzinfo=UTC)} for i in range(60)],
    )
    monkeypatch.setenv("MONGO_URL", server.url("sales"))
    ws = Workspace(tmp_path)
    ws.connect("env:MONGO_URL", name="sales")
    assert ws.sql(
        "SELECT region, sum(amount) AS total FROM orders WHERE day >= :since GROUP BY region ORDER BY region",
        params={"since": date(2024, 1, 1)},
    ).rows() == [
        {"region": "N", "total": 885.0},
        {"region": "S", "total": 915.0},
    ]
    result = ws.sql("SELECT count(*) AS n FROM orders WHERE region = 'N'", timeout=3)
    assert result.rows() == [{"n": 30}]
    assert result.route["pushed"] == [{"source": "sales", "sql": "orders: group rows where region = 'N'"}]
    assert server.commands("aggregate")[-1]["maxTimeMS"] == 3000
    apart = query.run(ws.context, "SELECT count(*) AS n FROM orders", origin="ask")  # in a process of its own
    assert apart.rows() == [{"n": 60}]
    assert "orders" in str(ws.tables())
    assert "region" in str(ws.describe("orders"))
    assert ws.discover("orders") is not None
    ws.context.sources.close()
