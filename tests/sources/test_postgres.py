"""PostgreSQL on a real server: the contract, types, read-only, catalogue."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time
from uuid import UUID

import contract
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.postgres import Postgres, missing

from aiser_jupyter import Workspace
from aiser_jupyter.errors import QueryError, UsageError
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.postgres import PostgresSource
from aiser_jupyter.sources.postgres_errors import PostgresError
from aiser_jupyter.sources.postgres_parameters import bound

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
    many = contract.MANY
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


TYPED = [
    ("1.5::numeric", pa.decimal128(38, 1), Decimal("1.5")),
    ("1.50::numeric(10, 2)", pa.decimal128(10, 2), Decimal("1.50")),
    (
        "1234567890123456789012345678901234567890.5::numeric(50, 1)",
        pa.decimal256(50, 1),
        Decimal("1234567890123456789012345678901234567890.5"),
    ),
    ("1e50::numeric", pa.decimal256(76, 0), Decimal("1e50")),
    ("0.1::float8", pa.float64(), 0.1),
    ("9007199254740993::int8", pa.int64(), 9007199254740993),
    ("4294967295::oid", pa.int64(), 4294967295),
    ("date '0001-01-01'", pa.date32(), date(1, 1, 1)),
    ("timestamp '9999-12-31 23:59:59.999999'", pa.timestamp("us"), datetime(9999, 12, 31, 23, 59, 59, 999999)),  # noqa: DTZ001
    ("timestamptz '2024-06-01 12:00+02'", pa.timestamp("us", "UTC"), datetime(2024, 6, 1, 10, tzinfo=UTC)),
    ("time '10:11:12.123456'", pa.time64("us"), time(10, 11, 12, 123456)),
    ("timetz '10:00+02'", pa.string(), "10:00:00+02"),
    ("interval '1 mon 2 days 03:04:05.6'", pa.month_day_nano_interval(), pa.MonthDayNano([1, 2, 11045600000000])),
    ("'0190f5b2-4cfe-4724-91a0-2f42d7bbdd01'::uuid", pa.string(), "0190f5b2-4cfe-4724-91a0-2f42d7bbdd01"),
    ("'{\"a\": [1, 2]}'::json", pa.string(), '{"a": [1, 2]}'),
    ("'{\"a\":1}'::jsonb", pa.string(), '{"a": 1}'),
    ("array[1, 2, null]", pa.list_(pa.int32()), [1, 2, None]),
    ("array['a', 'b,c']", pa.list_(pa.string()), ["a", "b,c"]),
    ("array[1.50]::numeric[]", pa.list_(pa.string()), ["1.50"]),
    ("'happy'::mood", pa.string(), "happy"),
    ("5::positive", pa.int32(), 5),
    ("'\\x00ff'::bytea", pa.binary(), b"\x00\xff"),
    ("'1.2.3.4/8'::inet", pa.string(), "1.2.3.4/8"),
    ("'08:00:2b:01:02:03'::macaddr", pa.string(), "08:00:2b:01:02:03"),
    ("'1.50'::money", pa.decimal128(38, 2), Decimal("1.50")),
    ("row(1, 'a')::pair", pa.string(), '{"x":1,"y":"a"}'),
    ("b'101'", pa.string(), "101"),
    ("point(1, 2)", pa.string(), "(1,2)"),
    ("int4range(1, 2)", pa.string(), "[1,2)"),
    ("'<a/>'::xml", pa.string(), "<a/>"),
    ("null", pa.string(), None),
    ("null::numeric", pa.decimal128(38, 9), None),
]


@pytest.fixture(scope="module")
def typed(server):
    server.execute(
        "CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE DOMAIN positive AS int CHECK (value > 0); CREATE TYPE pair AS (x int, y text)"
    )
    source = PostgresSource(address(server), "typed")
    yield source
    source.close()


@pytest.mark.parametrize(("value", "kind", "expected"), TYPED, ids=[value for value, _, _ in TYPED])
def test_types_come_whole_on_every_path(typed, server, value, kind, expected):
    fresh = PostgresSource(address(server), "fresh")  # has not met a type that the driver gives raw
    try:
        plain = read(fresh, f"SELECT {value} AS v")
    finally:
        fresh.close()
    described = read(typed, f"SELECT {value} AS v")
    bound = read(typed, f"SELECT {value} AS v WHERE :one = 1", one=1)
    for table in (plain, described, bound):
        assert table.schema.names == ["v"]
        assert table.schema.types == ([kind] if table is not bound or not pa.types.is_decimal(kind) else table.schema.types)
        assert table.column(0).to_pylist() == [expected]


@pytest.mark.parametrize(
    "value", ["'infinity'::date", "'-infinity'::date", "'infinity'::timestamp", "'-infinity'::timestamptz", "array['infinity'::date]"]
)
def test_infinity_is_an_error_and_never_a_wrong_day(typed, value):
    with pytest.raises(QueryError, match="holds infinity") as caught:
        read(typed, f"SELECT {value} AS v")
    assert "NULLIF" in caught.value.hint


def test_arrays_of_arrays_are_an_error_and_never_flattened(typed):
    with pytest.raises(QueryError, match="arrays of arrays"):
        read(typed, "SELECT array[[1, 2], [3, 4]] AS v")
    assert read(typed, "SELECT to_json(array[[1, 2], [3, 4]]) AS v")["v"].to_pylist() == ["[[1,2],[3,4]]"]


def test_nan_makes_a_number_a_double_and_keeps_its_digits(typed):
    assert read(typed, "SELECT v FROM (VALUES ('NaN'::numeric), (1.25)) AS t(v) ORDER BY v")["v"].to_pylist()[0] == 1.25
    table = read(typed, "SELECT v FROM (VALUES ('NaN'::numeric), (1234567890123456789.5)) AS t(v) ORDER BY v")
    assert table["v"].to_pylist() == ["1234567890123456789.5", "nan"]


def test_later_rows_may_have_more_decimals_and_too_many_are_an_error(typed):
    sql = "SELECT CASE WHEN i < 90000 THEN 1.5 ELSE {} END::numeric AS v, repeat('x', 20) AS pad FROM generate_series(1, 100000) i"
    assert read(typed, sql.format("0.12345"))["v"].to_pylist()[-1] == Decimal("0.12345")
    with pytest.raises(QueryError, match="cannot hold exactly"):
        read(typed, sql.format("0.123456789012345678901234567890"))


def test_names_that_repeat_and_odd_names_stay(typed):
    table = read(typed, 'SELECT 1 AS a, \'1.2.3.4\'::inet AS a, 3 AS "o""dd"')
    assert table.schema.names == ["a", "a", 'o"dd']
    assert [column.to_pylist() for column in table.columns] == [[1], ["1.2.3.4/32"], [3]]


def test_order_survives_the_casts(typed):
    table = read(
        typed,
        "SELECT i, i::text::inet AS ip FROM (SELECT i::text || '.0.0.1' AS i FROM generate_series(1, 200) i) AS s ORDER BY i DESC LIMIT 150",
    )
    assert table["i"].to_pylist() == sorted(table["i"].to_pylist(), reverse=True)


BOUND = [
    ("SELECT :v + 1 AS r", 5, 6),
    ("SELECT :v + 1 AS r", 2**40, 2**40 + 1),
    ("SELECT :v + 1 AS r", 2**70, Decimal(2**70 + 1)),
    ("SELECT 2 * :v AS r", 1.5, 3.0),
    ("SELECT :v AS r", Decimal("1.10"), Decimal("1.10")),
    ("SELECT NOT :v AS r", True, False),
    ("SELECT :v AS r", None, None),
    ("SELECT 1 AS r WHERE :v IS NULL", None, 1),
    ("SELECT :v + 1 AS r", date(2024, 1, 1), date(2024, 1, 2)),
    ("SELECT date '2024-02-01' > :v AS r", "2024-01-31", True),
    ("SELECT :v AS r", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)),
    ("SELECT timestamp '2024-01-01' + :v AS r", timedelta(days=1, seconds=5), datetime(2024, 1, 2, 0, 0, 5)),  # noqa: DTZ001
    ("SELECT :v AS r", UUID(int=5), str(UUID(int=5))),
    ("SELECT :v AS r", b"\x00\\'", b"\x00\\'"),
    ("SELECT count(*) AS r FROM orders WHERE id = ANY(:v)", [1, 2, 77], 2),
    ("SELECT count(*) AS r FROM orders WHERE note = ANY(:v)", ["first", 'a"\\,{}', None], 1),
    ("SELECT substr('abcdef', :v) AS r", 3, "cdef"),
    ("SELECT 'happy'::mood = :v AS r", "happy", True),
    ("SELECT count(*) AS r FROM (SELECT 1 FROM orders LIMIT :v) AS t", 2, 2),
    ("SELECT ':v' || E'\\':v' || \":v\" || $q$:v$q$ || :v AS r FROM (SELECT 'n' AS \":v\") AS t", "x", ":v':vn:vx"),
]


@pytest.mark.parametrize(("sql", "value", "expected"), BOUND)
def test_parameters_are_bound_as_what_they_are(typed, sql, value, expected):
    assert read(typed, sql, v=value)["r"].to_pylist() == [expected]


def test_what_cannot_be_bound_is_told(typed):
    for value in (object(), {"a": 1}, "a\0b"):
        with pytest.raises(UsageError, match=":v"):
            read(typed, "SELECT :v AS r", v=value)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_any_text_in_a_statement_or_a_value_stays_itself(text):
    literal = "'" + text.replace("'", "''") + "'"
    name = '"' + text.replace('"', '""') + '"'
    made = bound(f"SELECT {literal}, {name}, 1::int, :v", {"v": text})
    assert made.bare == f"SELECT {literal}, {name}, 1::int, $1"
    assert made.values == (text,)


# Each writes, on a connection whose guard is off; the large-object functions and advisory locks are the guard's alone (security.md 2.2).
WRITES = [
    "INSERT INTO orders (id) VALUES (77)",
    "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copied FROM orders",
    "SELECT * FROM orders FOR UPDATE",
    "SELECT nextval('numbers')",
    "SELECT setval('numbers', 99)",
    "MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DELETE",
    "DO $$ BEGIN DELETE FROM orders; END $$",
    "SELECT erase()",
    "CREATE TABLE extra (a int)",
    "CREATE TEMP TABLE extra (a int)",
    "TRUNCATE orders",
    "ALTER TABLE orders ADD extra int",
    "GRANT ALL ON orders TO reader",
    "COMMENT ON TABLE orders IS 'x'",
    "COPY orders FROM '/dev/null'",
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT 1; DELETE FROM orders",
    "COMMIT; DELETE FROM orders",
    "SELECT 1) TO STDOUT; DELETE FROM orders; --",
]
# Each of these is let through and changes a setting at most, which the next statement must not see.
LOOSENS = ["SET default_transaction_read_only = off", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "COMMIT", "ROLLBACK AND CHAIN", "SET statement_timeout = 0"]  # fmt: skip


@pytest.fixture(scope="module")
def secured(server):
    server.execute(
        "CREATE SEQUENCE numbers; CREATE FUNCTION erase() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM orders RETURNING 1'; "
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO reader; GRANT ALL ON SEQUENCE numbers TO reader; GRANT CREATE ON SCHEMA public TO reader"
    )
    return server


@pytest.mark.parametrize("user", ["test", "reader"])
def test_the_connection_alone_stops_every_write(secured, user):
    before = secured.execute("SELECT count(*), max(id) FROM orders; SELECT last_value FROM numbers; SELECT count(*) FROM pg_class")
    source = PostgresSource(address(secured, user), "shop", Options(pool_size=1))
    try:
        for loosening in ["SELECT 1", *LOOSENS]:
            with suppress(Exception):
                read(source, loosening)
            for sql in WRITES if loosening == "SELECT 1" else WRITES[:3]:
                with pytest.raises((QueryError, PostgresError)):
                    pytest.fail(f"{sql} gave {read(source, sql).to_pylist()}")
    finally:
        source.close()
    assert secured.execute("SELECT count(*), max(id) FROM orders; SELECT last_value FROM numbers; SELECT count(*) FROM pg_class") == before


def test_a_connection_for_writing_writes_and_says_what_came_of_it(server, tmp_path):
    server.execute("CREATE TABLE written (id INT PRIMARY KEY, note TEXT)")
    ws = Workspace(tmp_path)
    ws.context.sources.add(PostgresSource(address(server), "shop", Options(write=True)))
    ws.sql("INSERT INTO written VALUES (1, :note)", params={"note": "it's"}, write=True)
    ws.sql("INSERT INTO written SELECT i, 'n' FROM generate_series(2, 5000) i", write=True)
    with pytest.raises(QueryError, match="duplicate key"):
        ws.sql("INSERT INTO written VALUES (1, 'again')", write=True)
    assert server.execute("SELECT count(*), min(note) FROM written") == "5000|it's\n"
    assert ws.sql("SELECT count(*) AS n FROM written").rows() == [{"n": 5000}]
    returned = ws.sql("DELETE FROM written WHERE id > 1 RETURNING id", write=True)
    assert server.execute("SELECT count(*) FROM written") == "1\n"
    assert returned.row_count == 4999
    ws.close()
    server.execute("DROP TABLE written")


def test_all_kinds_of_tables_are_listed_as_the_user_may_see_them(server):
    server.execute("CREATE DATABASE many")
    source = PostgresSource(f"postgresql://test@127.0.0.1:{server.port}/many", "many")
    other = server.url.replace("/postgres", "/many")
    psql = ["/usr/lib/postgresql/15/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", other]
    script = """
    CREATE TABLE parent (id INT PRIMARY KEY, code TEXT UNIQUE, name TEXT); CREATE SCHEMA sales;
    CREATE TABLE sales."Order Lines" (a INT, b INT, parent INT REFERENCES parent (id), PRIMARY KEY (a, b));
    CREATE TABLE sales.notes (a INT, b INT, note TEXT, FOREIGN KEY (a, b) REFERENCES sales."Order Lines" (a, b));
    CREATE TABLE part (id INT, day DATE) PARTITION BY RANGE (day);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO part SELECT i, date '2024-01-01' + i FROM generate_series(1, 500) i;
    CREATE VIEW v AS SELECT id FROM part; CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM part;
    CREATE TABLE hidden (x INT); CREATE ROLE guest LOGIN; GRANT SELECT ON parent TO guest; COMMENT ON TABLE parent IS 'all parents';
    COMMENT ON COLUMN parent.name IS 'full name'; ANALYZE;
    """
    subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
    try:
        tables = {table.name: table for table in source.tables()}
        assert {name: (table.schema, table.kind) for name, table in tables.items()} == {
            "parent": ("", "table"), "part": ("", "table"), "v": ("", "view"), "m": ("", "materialized view"), "hidden": ("", "table"),
            "Order Lines": ("sales", "table"), "notes": ("sales", "table"),
        }  # fmt: skip
        parent = tables["parent"]
        assert (parent.comment, parent.primary_key) == ("all parents", ("id",))
        assert [(c.name, c.type, c.nullable, c.unique, c.comment) for c in parent.columns] == [
            ("id", "integer", False, True, ""), ("code", "text", True, True, ""), ("name", "text", True, False, "full name"),
        ]  # fmt: skip
        assert tables["Order Lines"].primary_key == ("a", "b")
        assert [column.unique for column in tables["Order Lines"].columns] == [False, False, False]
        assert [(key.table, key.columns, key.ref_table, key.ref_columns) for key in source.keys()] == [  # noqa: SIM118  # it is no dict
            ("Order Lines", ("parent",), "parent", ("id",)), ("notes", ("a", "b"), "Order Lines", ("a", "b")),
        ]  # fmt: skip
        assert source.sizes()["part"] == 500
        assert "v" not in source.sizes()
        guest = PostgresSource(f"postgresql://guest@127.0.0.1:{server.port}/many", "many")
        assert [table.name for table in guest.tables()] == ["parent"]
        guest.close()
    finally:
        source.close()


def test_five_hundred_tables_are_listed_in_one_quick_statement(server):
    server.execute("CREATE DATABASE wide")
    psql = ["/usr/lib/postgresql/15/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", server.url.replace("/postgres", "/wide")]
    script = "".join(
        f"CREATE TABLE t{i} (id INT PRIMARY KEY, a TEXT, b NUMERIC, c DATE, d INT REFERENCES t{max(i - 1, 0)} (id));\n" for i in range(500)
    )
    subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
    source = PostgresSource(f"postgresql://test@127.0.0.1:{server.port}/wide", "wide")
    try:
        source.ping()
        began = process_time()
        assert (len(source.tables()), len(source.keys()), len(source.sizes())) == (500, 500, 0)
        assert process_time() - began < 0.5
    finally:
        source.close()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("postgresql://u:hunter2@h/db", "postgresql://u:***@h/db"),
        ("postgres://u:p%40:hunter2@h:1/db?sslmode=require", "postgres://u:***@h:1/db?sslmode=require"),
        ("postgresql://h/db?user=u&password=hunter2", "postgresql://h/db?user=u&password=***"),
        ("postgresql+psycopg://u:hunter2@a:1,b:2/db", "postgresql+psycopg://u:***@a:1,b:2/db"),
    ],
)
def test_an_address_is_shown_without_its_secret_and_keeps_what_was_asked(address, place):
    source = PostgresSource(address, "shop")
    assert source.place == place
    assert "hunter2" not in repr(source._address) + repr(source.recipe) + repr(vars(source))
    assert "hunter2" in source._address.uri
    assert "sslmode=require" in source._address.uri or "sslmode" not in address


def test_questions_are_answered_from_a_real_server(server, tmp_path):
    script = Path(__file__).parents[2] / "../shared/data/business/northwind/northwind.sql"
    if not script.is_file():
        pytest.skip("the sample of Northwind is not here")
    server.execute("CREATE DATABASE northwind")
    psql = ["/usr/lib/postgresql/15/bin/psql", "-X", "-q", server.url.replace("/postgres", "/northwind"), "-f", str(script)]
    subprocess.run(psql, check=True, capture_output=True)
    ws = Workspace(tmp_path)
    ws.connect(server.url.replace("/postgres", "/northwind"))
    try:
        assert ("orders", 830) in [(row[0], row[1]) for row in ws.tables().rows]
        answer = ws.ask("total freight by ship country")
        truth = ws.sql("SELECT ship_country, sum(freight) AS f FROM orders GROUP BY 1 ORDER BY 2 DESC LIMIT 1").rows()[0]
        assert answer.answered
        first = next(iter(answer.result.rows(1)[0].values()))
        assert first == truth["ship_country"] == "USA"
        assert len(ws.discover("orders")) > 0
        assert "customers" in str(ws.describe("orders"))
    finally:
        ws.close()
