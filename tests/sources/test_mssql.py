"""SQL Server's source on the real driver where no server answers, and on a double of the driver where one would."""

from __future__ import annotations

import os
import socket
import threading
from datetime import date
from decimal import Decimal

import mssql_python
import pyarrow as pa
import pytest
import sqlglot
from contract import refuses
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.errors import CancelledError, RefusedError, SourceError, UnknownNameError
from aiser_jupyter.sources import mssql
from aiser_jupyter.sources.options import Options

pytestmark = pytest.mark.support("SQL Server, Azure SQL", "driver only")

BOOKS = [
    {"place": "dbo", "here": 1, "tab": "orders", "sort": "U", "col": "id", "kind": "bigint", "digits": 19, "places": 0, "nullable": False, "main": 1, "sole": 1, "told": None},
    {"place": "dbo", "here": 1, "tab": "orders", "sort": "U", "col": "amount", "kind": "decimal", "digits": 10, "places": 2, "nullable": True, "main": 0, "sole": 0, "told": "in euros"},
    {"place": "dbo", "here": 1, "tab": "orders", "sort": "U", "col": "paid", "kind": "bit", "digits": 1, "places": 0, "nullable": True, "main": 0, "sole": 0, "told": None},
    {"place": "sales", "here": 0, "tab": "recent", "sort": "V", "col": "day", "kind": "date", "digits": 10, "places": 0, "nullable": True, "main": 0, "sole": 0, "told": None},
]  # fmt: skip
LINKS = [{"name": "fk", "tab": "orders", "col": "customer_id", "ref_tab": "customers", "ref_col": "id"}]
NO_RIGHTS = [dict.fromkeys(("sysadmin", "db_owner", "db_datawriter", "may_insert", "may_delete", "may_create"), 0)]
ROWS = pa.table({"id": [1, 2], "amount": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2))})


class Double:
    """The part of mssql-python's connection and cursor that the source uses: records what is sent, plays back Arrow."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple]] = []
        self.ends: list[str] = []
        self.replies = {mssql.COLUMNS: BOOKS, mssql.KEYS: LINKS, mssql.SIZES: [{"name": "orders", "n": 5}], mssql.RIGHTS: NO_RIGHTS}
        self.fails: Exception | None = None
        self.blocks = threading.Event()
        self.blocks.set()
        self.hstmt = self
        self.cancelled = 0
        self.timeout = 0
        self.strings: list[str] = []

    def connect(self, string: str, **options: object) -> Double:
        self.strings.append(string)
        self.options = options
        return self

    def cursor(self) -> Double:
        return self

    def execute(self, sql: str, *values) -> None:
        self.sent.append((sql, values[0] if values else ()))
        if sql == "SELECT 1":
            return
        if sql not in self.replies:
            self.blocks.wait(10)
        if self.cancelled:
            raise mssql_python.OperationalError("Operation canceled", "[Microsoft][SQL Server]Operation canceled")
        if self.fails is not None and sql not in self.replies:
            fails, self.fails = self.fails, None
            raise fails
        self.description = [("x",)] if not sql.startswith("INSERT") else None
        reply = self.replies.get(sql, ROWS)
        self.table = pa.Table.from_pylist(reply) if isinstance(reply, list) else reply

    def arrow_reader(self, size: int) -> pa.RecordBatchReader:
        return self.table.to_reader(size)

    def fetchall(self) -> list:
        return [(1,)]

    def _cancel(self) -> None:
        self.cancelled += 1
        self.blocks.set()

    def rollback(self) -> None:
        self.ends.append("rollback")

    def commit(self) -> None:
        self.ends.append("commit")

    def close(self) -> None:
        pass


@pytest.fixture
def double(monkeypatch):
    double = Double()
    monkeypatch.setattr(mssql_python, "connect", double.connect)
    return double


@pytest.fixture
def ws(double, tmp_path):
    ws = Workspace(tmp_path)
    ws.context.sources.add(mssql.connect("mssql://me:hunter2@db:1433/shop", "shop", Options()))
    return ws


def test_every_value_of_the_address_is_braced_and_the_replica_asked_for():
    string, password = mssql.connection_string("mssql://me:p%40ss%3B%7D@db:1444/my%20shop?encrypt=strict", Options())
    assert (
        string
        == "Server={db,1444};Database={my shop};UID={me};PWD={p@ss;}}};Encrypt={strict};TrustServerCertificate={no};ApplicationIntent={ReadOnly}"
    )
    assert password == "p@ss;}"
    assert "ApplicationIntent" not in mssql.connection_string("mssql://me@db/shop", Options(write=True))[0]
    with pytest.raises(SourceError, match="no knob 'driver'"):
        mssql.connection_string("mssql://me@db/shop?driver=x", Options())


def test_values_are_bound_and_nothing_is_committed(ws, double):
    result = ws.sql(
        "SELECT id, amount FROM orders WHERE amount > :least AND note = ':least' OR id = :id", params={"least": Decimal("1.5"), "id": 7}
    )
    assert result.rows() == [{"id": 1, "amount": Decimal("1.50")}, {"id": 2, "amount": None}]
    sql, values = double.sent[-1]
    assert sql == "SELECT [id], [amount] FROM [orders] WHERE [amount] > ? AND [note] = ':least' OR [id] = ?"
    assert values == (Decimal("1.5"), 7)
    assert set(double.ends) == {"rollback"}
    assert double.options["autocommit"] is False


def test_writing_is_committed_where_it_was_asked_for(double):
    source = mssql.connect("mssql://me@db/shop", "shop", Options(write=True))
    double.ends.clear()
    cursor = source.cursor()
    cursor.run("INSERT INTO orders VALUES (:a)", {"a": 1}).read_all()
    assert double.ends == ["commit"]


def test_big_results_come_in_batches(ws, double):
    double.replies["SELECT [id] FROM [orders]"] = pa.table({"id": range(20_000)})
    assert ws.sql("SELECT id FROM orders").arrow().column("id").to_pylist() == list(range(20_000))
    assert ws.context.sources.get("shop").pool.use.busy == 0


def test_tables_keys_and_sizes(ws):
    source = ws.context.sources.get("shop")
    orders, recent = source.tables()
    assert [(c.name, c.type, c.db_type, c.primary) for c in orders.columns] == [
        ("id", "integer", "bigint", True), ("amount", "number", "decimal(10,2)", False), ("paid", "boolean", "bit", False)
    ]  # fmt: skip
    assert (orders.columns[1].comment, recent.schema, recent.kind) == ("in euros", "sales", "view")
    assert source.keys()[0].ref_table == "customers"
    assert source.sizes() == {"orders": 5}


@pytest.mark.parametrize("sql", [mssql.COLUMNS, mssql.KEYS, mssql.SIZES, mssql.RIGHTS])
def test_the_books_are_asked_in_sql_that_reads(sql):
    assert len(sqlglot.parse(sql, read="tsql")) == 1


def test_a_login_that_may_write_is_told_of(double):
    double.replies[mssql.RIGHTS] = [{**NO_RIGHTS[0], "db_owner": 1, "may_insert": 1}]
    assert (
        mssql.connect("mssql://me@db/shop", "shop", Options()).note
        == "the login may write (db_owner, may_insert): use one with db_datareader alone"
    )


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        ("Invalid object name 'dbo.ordres'.", "table", "ordres"),
        ("Invalid column name 'amuont'.", "column", "amuont"),
        ("'nosuch' is not a recognized built-in function name.", "function", "nosuch"),
    ],
)
def test_unknown_names_are_explained(ws, double, said, kind, name):
    double.fails = mssql_python.ProgrammingError("Base table or view not found", f"[Microsoft][SQL Server]{said}")
    ws.context.sources.get("shop").tables = lambda: mssql.tables(BOOKS)
    with pytest.raises(UnknownNameError, match=f"no {kind} '{name}'") as caught:
        ws.sql("SELECT amuont FROM ordres").rows()
    assert caught.value.candidates == {"table": ("orders",), "column": ("amount",), "function": ()}[kind]


def test_cancel_reaches_the_driver_from_another_thread(ws, double):
    double.blocks.clear()
    failed = []

    def wait() -> None:
        try:
            ws.sql("SELECT id FROM orders").rows()
        except CancelledError as error:
            failed.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    for _ in range(40):
        if double.sent[-1][0].startswith("SELECT [id]"):
            break
        thread.join(0.05)
    ws.context.sources.get("shop").cancel()
    thread.join(3)
    assert (len(failed), double.cancelled) == (1, 1)


def test_a_broken_session_is_made_anew_once(ws, double):
    double.fails = mssql_python.OperationalError("Communication link failure", "[Microsoft][ODBC Driver]TCP Provider: Error code 0x68")
    made = len(double.strings)
    assert len(ws.sql("SELECT id FROM orders").rows()) == 2
    assert (double.fails, len(double.strings) - made) == (None, 1)


def test_the_guard_stands_before_it(ws):
    for sql in ("SELECT 1 DELETE FROM orders", "EXEC xp_cmdshell 'dir'", "SELECT * FROM OPENROWSET('a', 'b', 'c')"):
        with pytest.raises(RefusedError):
            ws.sql(sql)


class TestNoServer:
    """The real driver."""

    def test_a_closed_port(self):
        os.environ["MS_TEST_URL"] = f"mssql://sa:hunter2@127.0.0.1:{free_port()}/shop"
        assert "cannot be reached" in str(refuses("env:MS_TEST_URL", within=4, connect_timeout_s=2))

    def test_a_server_that_never_speaks(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            os.environ["MS_TEST_URL"] = f"mssql://sa:hunter2@127.0.0.1:{mute.getsockname()[1]}/shop"
            assert "cannot be reached" in str(refuses("env:MS_TEST_URL", within=4, connect_timeout_s=2))


def test_days_are_bound_as_they_are(ws, double):
    ws.sql("SELECT id FROM orders WHERE day >= :since", params={"since": date(2024, 1, 1)}).rows()
    assert double.sent[-1][1] == (date(2024, 1, 1),)
