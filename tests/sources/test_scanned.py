"""Sources without SQL: what is fetched, what streams, what is refused; documents as rows; conditions; groups split in two."""

from __future__ import annotations

import threading
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.errors import CancelledError, QueryError, RefusedError, SourceError
from aiser_jupyter.sources.conditions import AllOf, AnyOf, Filter, conditions
from aiser_jupyter.sources.grouping import grouping
from aiser_jupyter.sources.nested import MisfitError, Shape
from aiser_jupyter.sources.scanned import ScannedSource, Stop, engine_of_its_own, row_limit, streams


class Numbers(ScannedSource):
    """Rows 0, 1, 2 … in batches of 100, as many as are read."""

    name, place = "numbers", "nowhere"

    def __init__(self, batches=10):
        super().__init__()
        self.batches, self.read, self.scans = batches, 0, []

    def tables(self):
        return (
            Table("t", (Column("i", "integer", "BIGINT"), Column("s", "text", "VARCHAR"))),
            Table("other", (Column("i", "integer", "BIGINT"),)),
        )

    def scan(self, scan):
        self.scans.append(scan)
        schema = pa.schema([(name, pa.int64() if name == "i" else pa.string()) for name in scan.columns])

        def rows():
            for k in range(self.batches):
                scan.stop.check()
                self.read += 1
                values = {"i": range(100 * k, 100 * k + 100), "s": [f"s{i % 3}" for i in range(100)]}
                yield pa.RecordBatch.from_arrays([pa.array(values[name], schema.field(name).type) for name in scan.columns], schema=schema)

        return pa.RecordBatchReader.from_batches(schema, rows())


def run(source, sql, params=None, frames=None):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params or {}, frames).read_all().to_pylist()
    finally:
        cursor.close()


class TestScanning:
    def test_only_what_is_needed_is_asked_for(self):
        source = Numbers()
        assert run(source, "SELECT max(i) AS m FROM t WHERE i >= $least AND s = 's0' AND i % 2 = 0", {"least": 50}) == [{"m": 996}]
        (scan,) = source.scans
        assert (scan.columns, scan.conditions, scan.limit) == (("i", "s"), (Filter("i", ">=", 50), Filter("s", "=", "s0")), None)

    def test_rows_taken_one_by_one_stream(self):
        source = Numbers(batches=1000)
        cursor = source.cursor()
        reader = cursor.run("SELECT i, i * 2 AS d FROM t WHERE i % 2 = 1", {})
        assert next(reader).to_pylist()[0] == {"i": 1, "d": 2}
        assert source.read < 5
        cursor.close()

    def test_a_limit_ends_the_scan(self):
        source = Numbers(batches=1000)
        assert [row["i"] for row in run(source, "SELECT i FROM t WHERE i % 10 = 0 LIMIT 15")] == [i * 10 for i in range(15)]
        assert source.read < 5

    def test_tables_are_joined_and_frames_too(self):
        source = Numbers(batches=1)
        assert run(source, "SELECT count(*) AS n FROM t JOIN other USING (i) WHERE t.i < 10") == [{"n": 10}]
        frame = pa.table({"i": [1, 2, 2000]})
        assert run(source, "SELECT count(*) AS n FROM t JOIN f USING (i)", frames={"f": frame}) == [{"n": 2}]

    def test_statements_about_tables_fetch_nothing(self):
        source = Numbers()
        assert [row["column_name"] for row in run(source, "DESCRIBE t")] == ["i", "s"]
        assert len(run(source, "SHOW TABLES")) == 2
        assert run(source, "EXPLAIN SELECT i FROM t")
        assert source.scans == []
        assert run(source, "SELECT 1 AS one") == [{"one": 1}]

    def test_a_mistake_is_told_before_anything_is_fetched(self):
        source = Numbers()
        for sql in ("SELECT nothing FROM t", "SELECT * FROM nowhere", "SELECT i FROM t WHERE nope(i)"):
            with pytest.raises(duckdb.Error):
                run(source, sql)
        assert source.scans == []

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM t",
            "CREATE TABLE x (a INT)",
            "INSERT INTO t VALUES (1, 'a')",
            "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
            "DROP TABLE t",
            "COPY t TO '/tmp/x'",
            "ATTACH '/tmp/x'",
        ],
    )
    def test_it_only_reads(self, sql):
        with pytest.raises((RefusedError, QueryError, SourceError, Exception), match=r"(?i)read-only|cannot read"):
            run(Numbers(), sql)

    def test_the_engine_reaches_nothing(self, tmp_path):
        (tmp_path / "secret.csv").write_text("a\n1\n")
        with engine_of_its_own() as engine:
            for sql in (
                f"SELECT * FROM '{tmp_path}/secret.csv'",
                f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
                f"ATTACH '{tmp_path}/x.duckdb'",
                "SET enable_external_access = true",
                "INSTALL httpfs",
            ):
                with pytest.raises(duckdb.Error):
                    engine.execute(sql)
        assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]

    def test_cancel_reaches_the_scan(self):
        source = Numbers(batches=10**9)
        failed = []

        def wait():
            try:
                run(source, "SELECT sum(i) FROM t")
            except (CancelledError, duckdb.InterruptException) as error:
                failed.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        while not source.read:
            pass
        source.cancel()
        thread.join(5)
        assert failed
        assert run(Numbers(1), "SELECT count(*) AS n FROM t") == [{"n": 100}]

    def test_a_stop_calls_whoever_registered_once_told_and_not_after(self):
        stop, calls = Stop(), []
        with stop.calling(lambda: calls.append(1)):
            stop.tell()
        stop.tell()
        assert calls == [1]
        with pytest.raises(CancelledError), stop.calling(lambda: None):
            pass


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM t", True),
        ("SELECT a + 1, upper(b) FROM t x WHERE a > 1 LIMIT 5", True),
        ("SELECT count(*) FROM t", False),
        ("SELECT a FROM t ORDER BY a", False),
        ("SELECT DISTINCT a FROM t", False),
        ("SELECT row_number() OVER () FROM t", False),
        ("SELECT my_aggregate(a) FROM t", False),
        ("SELECT unnest(a) FROM t", False),
        ("SELECT a FROM t LIMIT 5 OFFSET 2", False),
        ("SELECT a FROM t LIMIT 10 PERCENT", False),
        ("SELECT a FROM t, u", False),
        ("SELECT a FROM t WHERE a IN (SELECT b FROM t)", False),
        ("SELECT a FROM t TABLESAMPLE 10%", False),
        ("SELECT a FROM t QUALIFY 1 = 1", False),
    ],
)
def test_what_streams(sql, expected):
    assert streams(sqlglot.parse_one(sql, read="duckdb")) is expected


def test_a_limit_that_is_no_plain_number_is_none():
    assert row_limit(sqlglot.parse_one("SELECT 1 LIMIT 7", read="duckdb")) == 7
    assert row_limit(sqlglot.parse_one("SELECT 1 LIMIT 3 + 4", read="duckdb")) is None


class TestConditions:
    @pytest.mark.parametrize(
        ("sql", "expected", "whole"),
        [
            ("a = 1 AND b > 2.5", (Filter("a", "=", 1), Filter("b", ">", Decimal("2.5"))), True),
            ("1e0 < a", (Filter("a", ">", 1.0),), True),
            ("NOT (a = 1 OR b IS NULL)", (AllOf((Filter("a", "<>", 1), Filter("b", "not null"))),), True),
            ("NOT (a = 1 AND b = 2)", (AnyOf((Filter("a", "<>", 1), Filter("b", "<>", 2))),), True),
            ("a BETWEEN -1 AND 2", (AllOf((Filter("a", ">=", -1), Filter("a", "<=", 2))),), True),
            ("NOT a BETWEEN 1 AND 2", (AnyOf((Filter("a", "<", 1), Filter("a", ">", 2))),), True),
            ("a NOT IN ('x', 'y')", (Filter("a", "not in", ("x", "y")),), True),
            ("a AND NOT b", (Filter("a", "=", value=True), Filter("b", "<>", value=True)), True),
            ("a >= DATE '2024-01-02'", (Filter("a", ">=", date(2024, 1, 2)),), True),
            ("a < TIMESTAMP '2024-01-02 03:04:05'", (Filter("a", "<", datetime(2024, 1, 2, 3, 4, 5)),), True),  # noqa: DTZ001
            ("a LIKE 'ab%'", (Filter("a", "starts", "ab"),), True),
            ("a LIKE 'a_b%' AND c = 1", (Filter("c", "=", 1),), False),
            ("NOT a LIKE 'ab%'", (), False),
            ("a = b AND c = 1", (Filter("c", "=", 1),), False),
            ("a = 1 OR b = c", (), False),
            ("a IN (1, NULL)", (), False),
            ("a = NULL", (), False),
            ("a = $p", (Filter("a", "=", "it's"),), True),
            ("a = $missing", (), False),
        ],
    )
    def test_are_read_from_sql(self, sql, expected, whole):
        tree = sqlglot.parse_one(f"SELECT 1 FROM t WHERE {sql}", read="duckdb").args["where"].this
        assert conditions(tree, {"p": "it's", "missing": None}) == (expected, whole)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=5), st.dates().map(str)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab._$ ", max_size=3), inner, max_size=3)),
    max_leaves=8,
)


class TestShape:
    @given(st.lists(st.dictionaries(st.text("abcA._ ", max_size=3), JSON, max_size=4), max_size=6), st.booleans())
    def test_documents_it_has_seen_always_fit(self, documents, dates):
        shape = Shape(dates=dates).learn(documents)
        fields = shape.fields
        names = [field.name.casefold() for field in fields]
        assert len(set(names)) == len(names)
        batch = shape.batch(documents, fields)
        assert batch.num_rows == (len(documents) if fields else 0)
        with engine_of_its_own() as engine:
            if fields:
                columns = ", ".join(f'"{field.name.replace(chr(34), chr(34) * 2)}" {field.db_type}' for field in fields)
                engine.execute(f"CREATE TABLE t ({columns})")
                engine.register("incoming", pa.Table.from_batches([batch]))
                engine.execute("INSERT INTO t SELECT * FROM incoming")

    @given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), max_size=8))
    def test_integers_stay_exact(self, values):
        documents = [{"v": value} for value in values]
        shape = Shape().learn(documents)
        assert [
            None if value is None else int(value)
            for value in (shape.batch(documents, shape.fields).column(0).to_pylist() if documents else [])
        ] == values

    def test_a_value_of_another_kind_is_a_misfit_until_it_is_learnt(self):
        shape = Shape().learn([{"v": 1}])
        with pytest.raises(MisfitError):
            shape.batch([{"v": "x"}], shape.fields)
        shape.learn([{"v": "x"}])
        assert shape.batch([{"v": "x"}, {"v": 1}], shape.fields).column(0).to_pylist() == ["x", "1"]
        assert shape.fields[0].column.comment.startswith("holds values of several kinds (integer, text)")

    def test_days_are_days_only_where_all_are(self):
        documents = [{"d": "2024-01-02", "e": "2024-01-02", "f": "2024-02-30"}, {"d": None, "e": "soon", "f": None}]
        shape = Shape(dates=True).learn(documents)
        assert [field.kind for field in shape.fields] == ["date", "text", "text"]

    def test_an_object_whose_keys_are_values_stays_one_column(self):
        shape = Shape().learn([{"m": {f"k{i}": i for i in range(400)}}])
        assert [(field.name, field.kind) for field in shape.fields] == [("m", "json")]


TABLE = Table(
    "t",
    (Column("k", "text", "VARCHAR"), Column("i", "integer", "BIGINT"), Column("d", "number", "DOUBLE"), Column("b", "boolean", "BOOLEAN")),
)
ROWS = [("x", 1, 0.5, True), ("x", None, 1.5, None), ("y", 3, None, False), (None, 4, 2.5, True), ("y", 3, 0.25, True)]


class TestGrouping:
    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT k, count(*), sum(i), avg(d), min(i), max(d) FROM t GROUP BY k",
            "SELECT count(*), sum(i) FROM t WHERE i > 100",
            "SELECT coalesce(k, '?') AS k2, sum(i) / count(*) AS r FROM t GROUP BY ALL HAVING count(i) > 0 ORDER BY r DESC, k2 LIMIT 2",
            "SELECT count(DISTINCT k), count(*), sum(d) FROM t",
            "SELECT b, count(DISTINCT i) AS n FROM t GROUP BY b ORDER BY n",
            "SELECT DISTINCT k, b FROM t ORDER BY k, b",
            "SELECT CASE WHEN k = 'x' THEN 1 ELSE 0 END AS c, avg(i) FROM t GROUP BY c",
            "SELECT sum(i) AS i FROM t GROUP BY k ORDER BY i",
        ],
    )
    def test_groups_of_groups_are_the_groups(self, sql):
        with duckdb.connect(":memory:") as engine:
            engine.execute("CREATE TABLE t (k VARCHAR, i BIGINT, d DOUBLE, b BOOLEAN)")
            engine.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", ROWS)
            expected = engine.sql(sql)
            plan = grouping(sqlglot.parse_one(sql, read="duckdb"), TABLE, expected.columns, {})
            assert plan is not None
            calls = {"rows": "count(*)", "count": "count({})", "sum": "sum({})", "min": "min({})", "max": "max({})"}
            items = [f'"{key}"' for key in plan.keys] + [f'{calls[part.how].format(part.column)} AS "{part.name}"' for part in plan.parts]
            keys = ", ".join(f'"{key}"' for key in plan.keys)
            where = " WHERE i > 100" if plan.conditions else ""
            engine.execute(f"CREATE TABLE groups AS SELECT {', '.join(items)} FROM t{where}" + (f" GROUP BY {keys}" if keys else ""))
            wanted, types, names = expected.fetchall(), expected.types, expected.columns
            engine.execute("DROP TABLE t")
            engine.execute(f"CREATE TABLE t AS SELECT {', '.join(plan.casts)} FROM groups")
            got = engine.sql(plan.sql)
            assert (got.columns, got.types) == (names, types)
            assert sorted(got.fetchall(), key=repr) == sorted(wanted, key=repr)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT k FROM t",
            "SELECT median(i) FROM t",
            "SELECT sum(i + 1) FROM t",
            "SELECT sum(DISTINCT i) FROM t",
            "SELECT sum(i) FILTER (WHERE b) FROM t",
            "SELECT sum(i) OVER () FROM t",
            "SELECT count(DISTINCT k), count(DISTINCT i) FROM t",
            "SELECT k, sum(i) FROM t GROUP BY ROLLUP (k)",
            "SELECT count(*) FROM t WHERE i + 1 > 2",
            "SELECT count(*) FROM t, t u",
            "SELECT DISTINCT ON (k) k, i FROM t",
            "SELECT string_agg(k) FROM t",
            "SELECT any_value(k), random() FROM t",
            "SELECT count(*) FROM t WHERE i > (SELECT 1)",
        ],
    )
    def test_what_does_not_add_up_is_left_alone(self, sql):
        assert grouping(sqlglot.parse_one(sql, read="duckdb"), TABLE, ["x"] * 2 if "," in sql.partition("FROM")[0] else ["x"], {}) is None
