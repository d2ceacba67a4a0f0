"""MongoDB, over an emulator: the wire protocol is MongoDB's own, what its commands mean is mongomock's."""

from __future__ import annotations

import math
import warnings
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import ClassVar

import contract
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pymongo = pytest.importorskip("pymongo")
pytest.importorskip("mongomock")

from bson import Int64, ObjectId  # noqa: E402
from servers.daemon import free_port  # noqa: E402
from servers.mongo import CODEC, MongoServer  # noqa: E402

from aiser_jupyter import Workspace, query  # noqa: E402
from aiser_jupyter.errors import CancelledError, QueryError, RefusedError, SourceError, UsageError  # noqa: E402
from aiser_jupyter.sources.open import open_source  # noqa: E402
from aiser_jupyter.sources.options import Options  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with MongoServer() as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    client = pymongo.MongoClient(server.url(), tz_aware=True)
    yield client
    client.close()


def fill(client, database, name, documents):
    collection = client.get_database(database, codec_options=CODEC)[name]
    collection.drop()
    if documents:
        collection.insert_many([dict(document) for document in documents])


def source_of(server, database, name="shop", **extra):
    return open_source(server.url(database), name, options=Options(extra=extra))


def run(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all().to_pylist(), list(cursor.pushed)
    finally:
        cursor.close()


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
    """A function that fills the collection ``t`` and opens a connection to it."""
    opened = []

    def make(documents, **extra):
        fill(client, "shop", "t", documents)
        opened.append(source_of(server, "shop", **extra))
        return opened[-1]

    server.log.clear()
    yield make
    for source in opened:
        source.close()
    server.options.clear()
    server.errors.clear()


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


class TestPushing:
    DOCUMENTS: ClassVar = [{"i": i, "s": "ab"[i % 2], "d": i / 4, "x": {"y": i % 3 or None}} for i in range(20)]

    def test_only_wanted_fields_and_rows_are_fetched(self, shop, server):
        source = shop(self.DOCUMENTS)
        rows, pushed = run(source, "SELECT i FROM t WHERE s = 'a' AND x_y IS NOT NULL AND i + 1 > 3 ORDER BY i")
        assert [row["i"] for row in rows] == [i for i in range(3, 20) if i % 2 == 0 and i % 3]
        find = server.commands("find")[-1]
        assert find["projection"] == {"_id": 0, "i": 1, "s": 1, "x.y": 1}
        assert pushed == ["t: find i, s, x_y where s = 'a'; x_y is not null"]

    def test_a_limit_goes_to_the_server_where_any_rows_do(self, shop, server):
        source = shop(self.DOCUMENTS)
        assert len(run(source, "SELECT i FROM t WHERE i > 3 LIMIT 5")[0]) == 5
        assert server.commands("find")[-1]["limit"] == 5
        assert len(run(source, "SELECT i FROM t WHERE i % 2 = 0 LIMIT 5")[0]) == 5
        assert "limit" not in server.commands("find")[-1]

    def test_groups_are_made_on_the_server(self, shop, server):
        source = shop(self.DOCUMENTS)
        before = len(server.commands("aggregate"))
        rows, pushed = run(
            source,
            "SELECT upper(s) AS k, count(*) AS n, sum(i) AS total, avg(i), count(DISTINCT x_y) AS ys FROM t "
            "WHERE i >= :least GROUP BY s HAVING count(*) > 1 ORDER BY total DESC LIMIT 1".replace(":least", "$least"),
            least=10,
        )
        assert rows == [{"k": "B", "n": 5, "total": 75, "avg(i)": 15.0, "ys": 2}]
        assert len(server.commands("aggregate")) == before + 1
        assert pushed == ["t: group x_y, s, rows, sum i, count i where i >= 10"]

    def test_distinct_rows_are_made_on_the_server(self, shop, server):
        source = shop(self.DOCUMENTS)
        rows, pushed = run(source, "SELECT DISTINCT s, x_y FROM t ORDER BY s, x_y NULLS FIRST")
        assert rows == [{"s": s, "x_y": y} for s in "ab" for y in (None, 1, 2)]
        assert pushed == ["t: group s, x_y"]

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT s, median(i) FROM t GROUP BY s",
            "SELECT s, sum(i) FILTER (WHERE i > 3) FROM t GROUP BY s",
            "SELECT s, sum(i) OVER (PARTITION BY s) FROM t",
            "SELECT sum(i) FROM t WHERE i + 1 > 3",
            "SELECT count(DISTINCT s), count(DISTINCT x_y) FROM t",
            "SELECT (SELECT count(*) FROM t) AS n",
        ],
    )
    def test_what_is_not_sure_is_left_to_the_engine(self, shop, sql):
        assert run(shop(self.DOCUMENTS), sql)[1][0].startswith("t: find")

    def test_it_can_be_switched_off(self, shop):
        _, pushed = run(shop(self.DOCUMENTS, pushdown=False), "SELECT s, sum(i) FROM t WHERE i > 3 GROUP BY s")
        assert pushed == ["t: find i, s"]

    def test_a_server_that_cannot_group_is_scanned(self, shop, server):
        source = shop(self.DOCUMENTS)
        source.tables()
        server.errors["aggregate"] = (40324, "Unrecognized pipeline stage name")
        assert run(source, "SELECT sum(i) AS s FROM t") == ([{"s": 190}], ["t: find i"])

    def test_a_language_s_order_is_not_taken_for_sql_s(self, shop, server):
        source = shop(self.DOCUMENTS)
        server.options["t"] = {"collation": {"locale": "fr"}}
        run(source, "SELECT i FROM t WHERE s = 'a'")
        assert server.commands("find")[-1]["collation"] == {"locale": "simple"}

    def test_joins_read_both_sides_filtered(self, shop, server):
        source = shop(self.DOCUMENTS)
        rows, pushed = run(source, "SELECT count(*) AS n FROM t a JOIN t b ON a.i = b.i WHERE a.i < 4 AND b.i < 6")
        assert rows == [{"n": 4}]
        assert pushed == ["t: find i where (i < 4 or i < 6)"]

    def test_frames_are_joined_here(self, shop, tmp_path):
        import pandas as pd

        ws = Workspace(tmp_path)
        ws.context.sources.add(shop(self.DOCUMENTS))
        frame = pd.DataFrame({"i": [1, 2], "word": ["one", "two"]})
        rows = ws.sql("SELECT word, s FROM t JOIN f USING (i) ORDER BY i", on="shop", frames={"f": frame}).rows()
        assert rows == [{"word": "one", "s": "b"}, {"word": "two", "s": "a"}]

    def test_values_that_would_be_read_otherwise_stay_here(self, shop):
        number = ObjectId()
        source = shop([{"_id": number, "i": 2**53 + 1, "t": datetime(2024, 1, 2, tzinfo=UTC), "b": True, "s": "a.b"}])
        for where, n in [
            (f"_id = '{number}'", 1),
            (f"_id = '{str(number).upper()}'", 0),
            ("_id <> 'no id'", 1),
            ("i = 9007199254740992.0::DOUBLE", 1),
            ("i = 9007199254740993", 1),
            ("t >= DATE '2024-01-02'", 1),
            ("t > TIMESTAMP '2024-01-01 23:59:59.999999'", 1),
            ("t = '2024-01-02'", 1),
            ("b", 1),
            ("NOT b", 0),
            ("s LIKE 'a.%'", 1),
            ("s LIKE 'a_%'", 1),
            ("s LIKE 'ax%'", 0),
            ("i IN (1, 2)", 0),
            ("i NOT IN (1, NULL)", 0),
            ("s BETWEEN 'a' AND 'b'", 1),
        ]:
            assert run(source, f"SELECT count(*) AS n FROM t WHERE {where}")[0] == [{"n": n}], where


VALUES = {
    "i": st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([2**40, -(2**53) - 1])),
    "d": st.one_of(st.none(), st.sampled_from([0.0, -1.5, 0.25, 2.5, 1e10])),
    "s": st.one_of(st.none(), st.sampled_from(["", "a", "A", "ab", "é", "李", "%"])),
    "b": st.one_of(st.none(), st.booleans()),
    "m": st.one_of(st.none(), st.sampled_from([Decimal("1.10"), Decimal(-2), Decimal("0.001"), Decimal("1.1")])),
    "t": st.one_of(st.none(), st.sampled_from([datetime(2024, 1, 31, 23, 59, 59, 999000, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)])),
    "x": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"y": st.one_of(st.none(), st.integers(0, 2))})),
}
ODD = st.one_of(st.just("odd"), st.just(["odd"]), st.just(7), st.just({"z": 1}), st.just([]))
DOCUMENT = st.fixed_dictionaries({}, optional=VALUES)
FIRST = {"i": 1, "d": 0.5, "s": "a", "b": True, "m": Decimal("1.5"), "t": datetime(2024, 1, 1, tzinfo=UTC), "x": {"y": 1}}
LITERALS = {
    "i": ["0", "1", "-2", "1.5", "1e0", "9007199254740992"],
    "d": ["0", "0.25", "-1.5", "1e10", "3"],
    "s": ["''", "'a'", "'ab'", "'é'", "'%'"],
    "b": ["TRUE", "FALSE"],
    "m": ["1.1", "1.10", "-2", "0"],
    "t": ["DATE '2024-02-01'", "TIMESTAMP '2024-01-31 23:59:59.999'", "'2024-02-01 00:00'"],
    "x_y": ["0", "1", "1.0"],
}
NUMBERS = ["i", "d", "m", "x_y"]


@st.composite
def condition(draw, depth=2):  # noqa: PLR0911
    if depth and draw(st.booleans()):
        kind = draw(st.sampled_from(["AND", "OR", "NOT"]))
        if kind == "NOT":
            return f"NOT ({draw(condition(depth - 1))})"
        return f"({draw(condition(depth - 1))} {kind} {draw(condition(depth - 1))})"
    column = draw(st.sampled_from(sorted(LITERALS)))
    literal = st.sampled_from(LITERALS[column])
    shape = draw(st.sampled_from(["compare", "null", "not null", "in", "not in", "between", "mirrored", "like"]))
    if shape == "null":
        return f"{column} IS NULL"
    if shape == "not null":
        return f"{column} IS NOT NULL"
    if shape in {"in", "not in"}:
        return f"{column} {shape.upper()} ({draw(literal)}, {draw(literal)})"
    if shape == "between":
        return f"{column} BETWEEN {draw(literal)} AND {draw(literal)}"
    if shape == "like":
        return f"s LIKE '{draw(st.sampled_from(['a', 'A', 'é', '']))}%'"
    op = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    return f"{column} {op} {draw(literal)}" if shape == "compare" else f"{draw(literal)} {op} {column}"


@st.composite
def statement(draw):
    where = f" WHERE {draw(condition())}" if draw(st.booleans()) else ""
    keys = draw(st.lists(st.sampled_from(sorted(LITERALS)), max_size=2, unique=True))
    kind = draw(st.sampled_from(["rows", "groups", "distinct"]))
    if kind == "rows" or (kind == "distinct" and not keys):
        return f"SELECT * FROM t{where}"
    if kind == "distinct":
        return f"SELECT DISTINCT {', '.join(keys)} FROM t{where}"
    calls = draw(
        st.lists(
            st.one_of(
                st.just("count(*)"),
                st.sampled_from([f"count({c})" for c in LITERALS]),
                st.sampled_from([f"{f}({c})" for c in NUMBERS for f in ("sum", "avg", "min", "max")]),
                st.sampled_from(["min(s)", "max(s)", "min(t)", "max(t)", "count(DISTINCT s)", "count(DISTINCT m)", "sum(i) + count(*)"]),
            ),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    having = f" HAVING {calls[0]} > 0" if draw(st.booleans()) and "(s" not in calls[0] and "(t" not in calls[0] else ""
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {', '.join([*keys, *calls])} FROM t{where}{group}{having}"


def outcome(source, sql):
    try:
        rows, pushed = run(source, sql)
    except Exception as error:  # noqa: BLE001 - the engine's refusal must be the same too
        return type(error).__name__, []
    keyed = sorted((tuple(_comparable(value) for value in row.values()) for row in rows), key=repr)
    return keyed, pushed


def _comparable(value):
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.12g}")
    return tuple(value) if isinstance(value, list) else value


@pytest.fixture(scope="module")
def pair(server, client):
    """One connection that pushes what it can, one that fetches whole collections; both forget what they know of them."""
    sources = source_of(server, "random", sample=2), source_of(server, "random", sample=2, pushdown=False)
    whole = source_of(server, "random"), source_of(server, "random", pushdown=False)

    def get(documents, *, sampled):
        fill(client, "random", "t", documents)
        for source in (*sources, *whole):
            source._known.clear()
            source._listed = None
        return sources if sampled else whole

    yield get
    for source in (*sources, *whole):
        source.close()


@settings(max_examples=45, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DOCUMENT, max_size=8), st.lists(statement(), min_size=1, max_size=4))
def test_what_is_pushed_gives_what_the_engine_gives(pair, documents, statements):
    pushing, scanning = pair([FIRST, *documents], sampled=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for sql in statements:
            assert outcome(pushing, sql)[0] == outcome(scanning, sql)[0], sql


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DOCUMENT, max_size=5), st.sampled_from(sorted(VALUES)), ODD, statement())
def test_an_unexpected_kind_is_never_passed_over_by_a_group(pair, documents, column, value, sql):
    pushing, scanning = pair([FIRST, *documents, {column: value}], sampled=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, pushed = outcome(pushing, sql)
        theirs, _ = outcome(scanning, sql)
    if pushed and pushed[0].startswith("t: group") and " where " not in pushed[0]:
        assert mine == theirs, sql


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
