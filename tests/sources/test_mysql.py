"""MySQL's source against a real MariaDB."""
# ruff: noqa: DTZ001  # its moments have no zone

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from datetime import date, datetime, timedelta
from decimal import Decimal

import pymysql
import pytest
from contract import MANY, SAMPLE, SourceContract, refuses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import mariadb
from servers.daemon import free_port
from servers.proxy import Proxy

from aiser_jupyter import Workspace
from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, SourceError, UnknownNameError, UsageError
from aiser_jupyter.sources import mysql, mysql_books
from aiser_jupyter.sources.mysql_literals import literal
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options

pytestmark = pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.missing() or "MariaDB is there")

# A count over 10^10 rows without a function that waits.
SLOW = "SELECT count(*) AS n FROM digits a, digits b, digits c, digits d, digits e, digits f, digits g, digits h, digits i, digits j WHERE a.d + j.d <> 19"
EXTRA = """
CREATE TABLE digits (d INT);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE kinds (ti TINYINT, flag TINYINT(1), bu BIGINT UNSIGNED, y YEAR, f FLOAT, de DECIMAL(10, 2), dw DECIMAL(65, 30), da DATE, dt DATETIME(6),
  ts TIMESTAMP(3) NULL, cl TIME(6), j JSON, b1 BIT(1), b8 BIT(8), e ENUM('a', 'b'), st SET('x', 'y'), bl BLOB, u UUID, tx LONGTEXT);
INSERT INTO kinds VALUES (-5, 1, 18446744073709551615, 2024, 1.5, -12.30, 1.5, '2024-01-02', '9999-12-31 23:59:59.999999', '2024-01-02 03:04:05.678',
  '-838:59:59.5', '{"a": 1}', b'1', b'10000001', 'b', 'x,y', x'00ff', '123e4567-e89b-12d3-a456-426655440000', '李雷😀');
INSERT INTO kinds (ti) VALUES (NULL);
CREATE TABLE parts (a INT, b INT, c INT UNIQUE, note VARCHAR(9) COMMENT 'what is told', PRIMARY KEY (a, b)) COMMENT 'many parts';
CREATE VIEW paid_orders AS SELECT * FROM orders WHERE paid;
"""


@pytest.fixture(scope="module")
def server():
    server = mariadb.MariaDB()
    server.execute(
        SAMPLE + EXTRA + "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'hunter2'; GRANT ALL ON *.* TO 'reader'@'127.0.0.1';", "test"
    )
    yield server
    server.remove()


@pytest.fixture
def source(server):
    source = open_source(_url(server.port), "shop")
    yield source
    source.close()


def _url(port: int, database: str = "test") -> str:
    os.environ["MY_TEST_URL"] = f"mysql://reader:hunter2@127.0.0.1:{port}/{database}"
    return "env:MY_TEST_URL"


def _running(server) -> int:
    return int(server.execute("SELECT count(*) FROM information_schema.processlist WHERE user = 'reader' AND command = 'Query'"))


@pytest.mark.support("MariaDB", "real server")
@pytest.mark.support("MySQL 8", "driver only")
class TestMySQL(SourceContract):
    many = MANY
    slow = SLOW
    writes = (
        "DELETE FROM orders",
        "UPDATE orders SET note = 'x'",
        "INSERT INTO orders (id) VALUES (99)",
        "CREATE TABLE extra (a INT)",
        "DROP TABLE orders",
        "TRUNCATE orders",
        "ALTER TABLE orders ADD COLUMN z INT",
        "ANALYZE DELETE FROM orders",
        "RENAME TABLE orders TO gone",
    )

    @pytest.fixture(autouse=True)
    def _server(self, server):
        self.server = server

    def running(self, source):
        return _running(self.server)


class TestTypes:
    def test_each_type_comes_as_what_it_is(self, source):
        cursor = source.cursor()
        reader = cursor.run("SELECT * FROM kinds", {})
        assert {field.name: str(field.type) for field in reader.schema} == {
            "ti": "int64", "flag": "bool", "bu": "uint64", "y": "int64", "f": "double", "de": "decimal128(10, 2)", "dw": "decimal128(38, 30)",
            "da": "date32[day]", "dt": "timestamp[us]", "ts": "timestamp[us]", "cl": "duration[us]", "j": "string", "b1": "bool", "b8": "uint64",
            "e": "string", "st": "string", "bl": "binary", "u": "string", "tx": "string",
        }  # fmt: skip
        row, empty = reader.read_all().to_pylist()
        assert row == {
            "ti": -5, "flag": True, "bu": 2**64 - 1, "y": 2024, "f": 1.5, "de": Decimal("-12.30"), "dw": Decimal("1.5"), "da": date(2024, 1, 2),
            "dt": datetime(9999, 12, 31, 23, 59, 59, 999999), "ts": datetime(2024, 1, 2, 3, 4, 5, 678000),
            "cl": -timedelta(hours=838, minutes=59, seconds=59, microseconds=500000), "j": '{"a": 1}', "b1": True, "b8": 129, "e": "b", "st": "x,y",
            "bl": b"\x00\xff", "u": "123e4567-e89b-12d3-a456-426655440000", "tx": "李雷😀",
        }  # fmt: skip
        assert set(empty.values()) == {None}

    @pytest.mark.parametrize(
        ("expression", "kind", "value"),
        [
            ("sum(de)", "decimal128(32, 2)", Decimal("-12.30")),
            ("avg(de)", "decimal128(14, 6)", Decimal("-12.3")),
            ("sum(bu)", "decimal128(38, 0)", Decimal(2**64 - 1)),
            ("1.0 / 3", "decimal128(6, 5)", Decimal("0.33333")),
            ("0.1 + 0.2", "decimal128(3, 1)", Decimal("0.3")),
            ("count(*)", "int64", 1),
            ("max(flag)", "int64", 1),
            ("min(cl)", "duration[us]", -timedelta(hours=838, minutes=59, seconds=59, microseconds=500000)),
        ],
    )
    def test_what_is_computed_is_exact(self, source, expression, kind, value):
        table = _table(source, f"SELECT {expression} AS v FROM kinds WHERE ti IS NOT NULL")
        seen = table.column(0).to_pylist()[0]
        assert (str(table.schema.field("v").type) in {kind, "bool"}, seen) == (True, value)

    def test_a_number_in_tinyint_1_stays_a_number(self, source, server):
        server.execute("CREATE TABLE grades (g TINYINT(1)); INSERT INTO grades VALUES (1), (7), (NULL)", "test")
        assert _table(source, "SELECT g FROM grades").column(0).to_pylist() == [1, 7, None]
        server.execute("DROP TABLE grades", "test")

    def test_a_number_in_tinyint_1_after_the_first_rows_is_an_error(self, source, server):
        server.execute(
            "CREATE TABLE late (g TINYINT(1)); INSERT INTO late SELECT 1 FROM digits a, digits b, digits c, digits d; INSERT INTO late VALUES (7)",
            "test",
        )
        with pytest.raises(QueryError, match="'g' holds a value that does not fit bool"):
            _table(source, "SELECT g FROM late")
        assert _table(source, "SELECT CAST(g AS SIGNED) AS g FROM late").column(0).to_pylist()[-1] == 7
        server.execute("DROP TABLE late", "test")

    def test_zero_dates_are_empty_with_a_warning(self, source, server):
        server.execute(
            "SET sql_mode = ''; CREATE TABLE zero (a DATE, b DATETIME); INSERT INTO zero VALUES ('0000-00-00', '2024-05-00 00:00:00'), ('2024-01-02', NULL)",
            "test",
        )
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            assert _table(source, "SELECT * FROM zero").to_pylist() == [{"a": None, "b": None}, {"a": date(2024, 1, 2), "b": None}]
        assert [str(one.message).partition(" holds")[0] for one in told] == ["Column 'a'", "Column 'b'"]
        server.execute("DROP TABLE zero", "test")

    def test_a_decimal_of_more_than_38_digits_is_an_error_that_teaches(self, source):
        with pytest.raises(QueryError, match="does not fit decimal128") as caught:
            _table(source, "SELECT CAST(1234567890123456789012345678901234567890 AS DECIMAL(60, 0)) AS huge")
        assert "CAST" in caught.value.hint
        assert _table(source, "SELECT 1 AS one").to_pylist() == [{"one": 1}]

    def test_a_result_is_what_the_driver_itself_reads(self, source, server):
        sql = (
            "SELECT a.d + 10 * b.d AS n, a.d / 7 AS part, a.d * 1.5e0 AS real_, concat('t', b.d) AS text_, DATE '2024-01-01' + INTERVAL a.d DAY AS day, "
            "TIMESTAMP '2024-01-01 00:00:00' + INTERVAL b.d HOUR AS moment, CAST(a.d AS DECIMAL(12, 3)) AS exact, if(a.d > 5, NULL, a.d) AS gaps, "
            "SEC_TO_TIME(a.d * 1000) AS clock, UNHEX(HEX(a.d)) AS raw FROM digits a, digits b, digits c, digits d, digits e"
        )
        plain = pymysql.connect(host="127.0.0.1", port=server.port, user="reader", password="hunter2", database="test")
        with plain.cursor() as cursor:
            cursor.execute(sql)
            expected = cursor.fetchall()
        plain.close()
        table = _table(source, sql)
        assert table.num_rows == 100_000
        assert list(zip(*(column.to_pylist() for column in table.columns), strict=True)) == list(expected)


class TestBooks:
    def test_keys_comments_and_views(self, source):
        tables = {table.name: table for table in source.tables()}
        assert tables["parts"].primary_key == ("a", "b")
        assert [column.unique for column in tables["parts"].columns] == [False, False, True, False]
        assert (tables["parts"].comment, tables["parts"].columns[3].comment) == ("many parts", "what is told")
        assert (tables["paid_orders"].kind, tables["paid_orders"].comment) == ("view", "")
        assert tables["orders"].schema == ""
        assert 1 <= source.sizes()["digits"] <= 100

    def test_without_a_database_every_one_is_listed(self, server):
        server.execute("CREATE DATABASE other; CREATE TABLE other.things (a INT)")
        source = open_source(_url(server.port, ""), "all")
        assert {(table.schema, table.name) for table in source.tables()} >= {("test", "orders"), ("other", "things")}
        assert _table(source, "SELECT count(*) AS n FROM test.orders").to_pylist() == [{"n": 5}]
        source.close()
        server.execute("DROP DATABASE other")

    def test_a_changed_table_is_read_anew_after_an_unknown_name(self, source, server, tmp_path):
        ws = Workspace(tmp_path)
        ws.context.sources.add(source)
        server.execute("CREATE TABLE moving (old_name INT)", "test")
        source.forget_tables()
        assert "old_name" in {column.name for table in source.tables() for column in table.columns}
        server.execute("ALTER TABLE moving CHANGE old_name new_name INT", "test")
        with pytest.raises(UnknownNameError) as caught:
            ws.sql("SELECT old_name FROM moving").rows()
        assert caught.value.candidates == ("new_name",)
        server.execute("DROP TABLE moving", "test")

    @pytest.mark.parametrize(
        ("kind", "meaning"),
        [
            ("tinyint(1)", "boolean"), ("tinyint(4)", "integer"), ("int(10) unsigned", "integer"), ("bigint(20) unsigned zerofill", "integer"), ("bit(1)", "boolean"),
            ("bit(8)", "integer"), ("decimal(10,0)", "integer"), ("decimal(10,2) unsigned", "number"), ("double", "number"), ("enum('a','b')", "text"),
            ("set('int','b')", "text"), ("year(4)", "integer"), ("time(6)", "time"), ("datetime(6)", "timestamp"), ("longtext", "text"), ("json", "other"), ("blob", "other"),
            ("varbinary(9)", "other"), ("point", "other"), ("uuid", "text"), ("inet6", "text"),
        ],
    )  # fmt: skip
    def test_meaning_of_a_column_type(self, kind, meaning):
        assert mysql_books.meaning(kind) == meaning


class TestLiterals:
    # The contract binds texts through the road; here every value goes to the server and back.
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.integers(-(2**63), 2**64 - 1),
            st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
            st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
            st.binary(),
            st.dates(),
            st.datetimes(min_value=datetime(1000, 1, 1)),
            st.timedeltas(timedelta(hours=-838), timedelta(hours=838)),
        )
    )
    def test_every_value_comes_back(self, source, value):
        assert _table(source, "SELECT :v AS v", v=value).to_pylist() == [{"v": value}]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), [1, 2]])
    def test_what_has_no_literal_is_refused(self, value):
        with pytest.raises(UsageError, match="MySQL has no value for"):
            literal(value)

    def test_no_letter_of_a_text_reaches_the_statement(self):
        assert literal("' OR 1=1 -- \\") == "_utf8mb4 X'27204f5220313d31202d2d205c'"

    def test_texts_are_safe_under_a_mode_without_backslashes(self, server):
        server.execute("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
        try:
            source = open_source(_url(server.port), "odd")
            assert _table(source, "SELECT id FROM orders WHERE note = :n OR note = '\\'' ", n="\\' OR 1=1 -- ").num_rows == 0
            assert _table(source, 'SELECT @@sql_mode AS m, "text" AS t, 1 || 0 AS o').to_pylist() == [{"m": "", "t": "text", "o": 1}]
            source.close()
        finally:
            server.execute("SET GLOBAL sql_mode = DEFAULT")


class TestReadOnly:
    """With the guard off: what the session refuses by itself, and what only the account's rights can refuse (docs/mysql.md)."""

    def test_undoing_it_helps_for_no_later_statement(self, source):
        for _ in range(3):
            with contextlib.suppress(Exception):
                _table(source, "SET SESSION TRANSACTION READ WRITE")
            with pytest.raises(Exception, match="READ ONLY"):
                _table(source, "DELETE FROM orders")
        assert _table(source, "SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 5}]

    @pytest.mark.parametrize(
        "sql", ["SELECT 1; DELETE FROM orders", "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE customers", "/*! DELETE FROM orders */"]
    )
    def test_two_statements_local_files_and_hidden_ones_are_refused(self, source, sql):
        with pytest.raises(Exception, match=r"(?i)syntax|not allowed|disabled|READ ONLY|local"):
            _table(source, sql)
        assert _table(source, "SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 5}]

    def test_an_account_that_may_only_read_refuses_the_rest(self, server):
        server.execute("CREATE USER 'analyst'@'127.0.0.1'; GRANT SELECT ON test.* TO 'analyst'@'127.0.0.1'")
        source = open_source(f"mariadb://analyst@127.0.0.1:{server.port}/test", "least")
        for sql in (
            "SELECT 1 INTO OUTFILE '/tmp/aiser-out'",
            "SET GLOBAL max_connections = 5",
            "FLUSH TABLES",
            "DELETE FROM orders",
            "KILL 1",
        ):
            with pytest.raises(Exception, match=r"(?i)denied|READ ONLY|owner|unknown thread"):
                _table(source, sql)
        assert _table(source, "SELECT LOAD_FILE('/etc/hostname') AS f").to_pylist() == [{"f": None}]
        source.close()
        server.execute("DROP USER 'analyst'@'127.0.0.1'")

    def test_writing_needs_a_connection_opened_for_it(self, server):
        source = open_source(_url(server.port), "writer", write=True)
        _table(source, "CREATE TABLE made (a INT)")
        _table(source, "INSERT INTO made VALUES (:a)", a=3)
        source.close()
        assert server.execute("SELECT a FROM made; DROP TABLE made", "test").split() == ["3"]


class TestFaults:
    def test_a_restart_between_two_queries_goes_unnoticed(self, source, server):  # fault 2
        assert _table(source, "SELECT 1 AS a").num_rows == 1
        server.stop()
        server.start()
        assert _table(source, "SELECT 2 AS a").to_pylist() == [{"a": 2}]

    def test_a_reset_between_two_queries_goes_unnoticed(self, server):  # fault 3
        with _through(server) as (proxy, source):
            assert _table(source, "SELECT 1 AS a").num_rows == 1
            proxy.reset()
            assert _table(source, "SELECT 2 AS a").to_pylist() == [{"a": 2}]

    def test_a_reset_in_the_middle_is_told_and_leaves_it_usable(self, server):
        with _through(server) as (proxy, source):
            cursor = source.cursor()
            reader = cursor.run("SELECT a.d, b.d AS x, repeat('x', 1000) AS y FROM digits a, digits b, digits c, digits d, digits e", {})
            reader.read_next_batch()
            proxy.reset()
            with pytest.raises(SourceError, match="broke while the query ran"):
                reader.read_all()
            cursor.close()
            assert _table(source, "SELECT 2 AS a").to_pylist() == [{"a": 2}]

    @pytest.mark.parametrize("after", [0, 300_000])
    def test_a_stall_ends_at_the_deadline(self, server, tmp_path, after):  # faults 4 and 5
        with _through(server) as (proxy, source):
            ws = Workspace(tmp_path)
            ws.context.sources.add(source)
            ws.sql("SELECT d FROM digits").rows()
            proxy.stall(after)
            began = time.monotonic()
            with pytest.raises(DeadlineError):
                ws.sql("SELECT a.d, repeat('x', 1000) AS y FROM digits a, digits b, digits c, digits d", timeout=1).arrow()
            assert time.monotonic() - began < 3
            proxy.flow()
            assert ws.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 5}]

    def test_a_stall_while_the_catalogue_is_read_ends_too(self, server, monkeypatch):
        monkeypatch.setattr("aiser_jupyter.sources.server.BOOKS_S", 0.5)
        with _through(server) as (proxy, source):
            proxy.stall()
            began = time.monotonic()
            with pytest.raises(SourceError, match=r"could not be read within 0\.5 s"):
                source.tables()
            assert time.monotonic() - began < 2.5
            proxy.flow()
            assert "orders" in {table.name for table in source.tables()}

    def test_a_server_that_never_speaks(self):  # fault 7
        import socket

        with socket.create_server(("127.0.0.1", 0)) as mute:
            error = refuses(_url(mute.getsockname()[1]), within=2.5, connect_timeout_s=1)
        assert "did not answer" in str(error)

    def test_a_closed_port_opens_the_breaker(self):  # fault 8
        source = mysql.MySQLSource(f"mysql://reader:hunter2@127.0.0.1:{free_port()}/test", "shop", Options())
        for _ in range(5):
            with pytest.raises(SourceError, match="cannot be reached"):
                source.ping()
        with pytest.raises(SourceError, match="left alone") as caught:
            source.ping()
        assert "hunter2" not in str(caught.value)

    def test_no_such_host(self):  # fault 9
        os.environ["MY_TEST_URL"] = "mysql://reader:hunter2@host.invalid/test"
        assert "cannot be reached" in str(refuses("env:MY_TEST_URL", within=7))

    def test_tls_asked_of_a_server_without_it(self, server):  # fault 10
        os.environ["MY_TEST_URL"] = f"mysql://reader:hunter2@127.0.0.1:{server.port}/test?ssl_mode=REQUIRED"
        assert "does not speak TLS" in str(refuses("env:MY_TEST_URL", within=2))

    def test_a_wrong_password_is_tried_once(self, server):  # fault 11
        before = server.execute("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'").split()[1]
        os.environ["MY_TEST_URL"] = f"mysql://reader:wrong-hunter2@127.0.0.1:{server.port}/test"
        error = refuses("env:MY_TEST_URL", within=2)
        assert "refused the login" in str(error)
        assert int(server.execute("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'").split()[1]) - int(before) == 1

    def test_an_unknown_database_and_an_unknown_knob(self, server):
        assert "nowhere" in str(refuses(_url(server.port, "nowhere"), within=2))
        os.environ["MY_TEST_URL"] = "mysql://reader:hunter2@127.0.0.1/test?ssl=1"
        assert "no knob 'ssl'" in str(refuses("env:MY_TEST_URL", within=2))

    def test_an_interrupt_stops_it_on_the_server(self, source, server, tmp_path):  # fault 15
        import _thread

        ws = Workspace(tmp_path)
        ws.context.sources.add(source)
        timer = threading.Timer(0.8, _thread.interrupt_main)
        timer.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            ws.sql(SLOW).rows()
        assert time.monotonic() - began < 2.8
        assert _until(lambda: _running(server) == 0)
        assert ws.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 5}]

    def test_a_function_that_ends_early_when_killed_gives_no_row(self, source):
        failed = []

        def sleep() -> None:
            try:
                failed.append(_table(source, "SELECT SLEEP(20) AS s").to_pylist())
            except CancelledError as error:
                failed.append(error)

        thread = threading.Thread(target=sleep)
        thread.start()
        time.sleep(0.5)
        source.cancel()
        thread.join(3)
        assert isinstance(failed[0], CancelledError)

    def test_a_result_left_half_read_runs_no_longer(self, source, server):
        cursor = source.cursor()
        cursor.run(
            "SELECT a.d, (SELECT count(*) FROM digits x, digits y, digits z) AS n FROM digits a, digits b, digits c, digits d, digits e", {}
        ).read_next_batch()
        cursor.close()
        assert _until(lambda: _running(server) == 0)
        assert source.pool.use.busy == 0

    def test_short_results_hold_no_connection(self, source):
        cursors = [source.cursor() for _ in range(20)]
        readers = [cursor.run("SELECT id FROM orders", {}) for cursor in cursors]
        assert source.pool.use.busy == 0
        assert [reader.read_all().num_rows for reader in readers] == [5] * 20

    def test_many_queries_leak_nothing(self, source):
        import psutil

        me = psutil.Process()
        _table(source, "SELECT 1 AS a")
        before = (me.num_fds(), sum(thread.name != "aiser-idle" for thread in threading.enumerate()))
        for number in range(200):
            assert _table(source, "SELECT :n AS a", n=number).to_pylist() == [{"a": number}]
        after = (me.num_fds(), sum(thread.name != "aiser-idle" for thread in threading.enumerate()))
        assert after[0] <= before[0]
        assert after[1] <= before[1]


def _table(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all()
    finally:
        cursor.close()


@contextlib.contextmanager
def _through(server):
    proxy = Proxy(server.port)
    source = open_source(_url(proxy.port), "shop")
    try:
        yield proxy, source
    finally:
        proxy.flow()
        source.close()
        proxy.close()


def _until(true, seconds=3.0):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()
