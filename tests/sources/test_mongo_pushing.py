"""What a MongoDB server is asked to do itself, and that this gives what DuckDB gives."""

from __future__ import annotations

import math
import warnings
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pymongo")
pytest.importorskip("mongomock")

from bson import ObjectId
from mongo_shop import client_of, fill, run, shop_of, source_of
from servers.mongo import MongoServer

from aiser_jupyter import Workspace


@pytest.fixture(scope="module")
def server():
    with MongoServer() as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    with client_of(server) as client:
        yield client


@pytest.fixture
def shop(server, client):
    with shop_of(server, client) as make:
        yield make


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
