"""Oracle's source on the real driver where no server answers, and on a double of the driver where one would."""

from __future__ import annotations

import os
import socket
import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import Self

import oracledb
import pyarrow as pa
import pytest
import sqlglot
from contract import refuses
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.errors import CancelledError, RefusedError, SourceError, UnknownNameError
from aiser_jupyter.sources import oracle
from aiser_jupyter.sources.options import Options

pytestmark = pytest.mark.support("Oracle", "driver only")


def _book(tab, col, kind, digits=None, places=None, *, main=0, sort="T", told=None):
    row = {
        "tab": tab,
        "sort": sort,
        "col": col,
        "kind": kind,
        "digits": digits,
        "places": places,
        "nullable": "Y",
        "main": main,
        "sole": main,
        "told": told,
        "about": None,
    }
    return {name.upper(): value for name, value in row.items()}


BOOKS = [
    _book("ORDERS", "ID", "NUMBER", 19, 0, main=1), _book("ORDERS", "AMOUNT", "NUMBER", 10, 2, told="in euros"), _book("ORDERS", "DAY", "DATE"),
    _book("ORDERS", "NOTE", "VARCHAR2"), _book("RECENT", "SHARE", "BINARY_DOUBLE", sort="V"),
]  # fmt: skip
LINKS = [{"NAME": "FK", "TAB": "ORDERS", "COL": "CUSTOMER_ID", "REF_TAB": "CUSTOMERS", "REF_COL": "ID"}]
ROWS = pa.table({"ID": [1, 2], "AMOUNT": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2))})


def _error(code: str, message: str) -> oracledb.DatabaseError:
    return oracledb.DatabaseError(SimpleNamespace(full_code=code, message=f"{code}: {message}"))


class Double:
    """The part of python-oracledb's connection that the source uses: records what is sent, plays back Arrow."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object]] = []
        self.replies = {
            oracle.COLUMNS: BOOKS,
            oracle.KEYS: LINKS,
            oracle.SIZES: [{"NAME": "ORDERS", "N": 5}],
            oracle.RIGHTS: pa.table({"HELD": pa.array([], pa.string())}),
        }
        self.fails: Exception | None = None
        self.blocks = threading.Event()
        self.blocks.set()
        self.cancelled = 0
        self.made = 0
        self.call_timeout = 0

    def connect(self, **given: object) -> Double:
        self.made += 1
        self.given = given
        return self

    def cursor(self) -> Double:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str, values: object = None) -> None:
        self.sent.append((sql, values))

    def fetch_df_batches(self, sql: str, values: object, size: int, *, fetch_decimals: bool):
        assert fetch_decimals
        self.sent.append((sql, values))
        if sql not in self.replies:
            self.blocks.wait(10)
        if self.cancelled:
            raise _error("ORA-01013", "User requested cancel of current operation.")
        if self.fails is not None and sql not in self.replies:
            fails, self.fails = self.fails, None
            raise fails
        reply = self.replies.get(sql, ROWS)
        table = pa.Table.from_pylist(reply) if isinstance(reply, list) else reply
        for start in range(0, max(table.num_rows, 1), size):
            yield table.slice(start, size)

    def ping(self) -> None:
        pass

    def rollback(self) -> None:
        self.sent.append(("rollback", None))

    def commit(self) -> None:
        self.sent.append(("commit", None))

    def cancel(self) -> None:
        self.cancelled += 1
        self.blocks.set()

    def close(self) -> None:
        pass


@pytest.fixture
def double(monkeypatch):
    double = Double()
    monkeypatch.setattr(oracledb, "connect", double.connect)
    return double


@pytest.fixture
def ws(double, tmp_path):
    ws = Workspace(tmp_path)
    ws.context.sources.add(oracle.connect("oracle://me:hunter2@db:1521/shop", "shop", Options()))
    return ws


def test_the_parts_of_the_address_reach_the_driver(ws, double):
    assert {key: double.given[key] for key in ("user", "password", "host", "port", "service_name", "tcp_connect_timeout")} == {
        "user": "me", "password": "hunter2", "host": "db", "port": 1521, "service_name": "shop", "tcp_connect_timeout": 5.0,
    }  # fmt: skip
    assert oracle.arguments("oracle://me@db?sid=XE", Options())["sid"] == "XE"
    with pytest.raises(SourceError, match="no knob 'thick'"):
        oracle.arguments("oracle://me@db/x?thick=1", Options())


def test_a_statement_runs_in_a_read_only_transaction_with_its_values_bound(ws, double):
    double.sent.clear()
    result = ws.sql("SELECT id, amount FROM orders WHERE amount > :size AND note = ':size HH24:MI'", params={"size": Decimal("1.5")})
    assert result.rows() == [{"ID": 1, "AMOUNT": Decimal("1.50")}, {"ID": 2, "AMOUNT": None}]
    assert double.sent[-4:] == [
        ("rollback", None),
        ("SET TRANSACTION READ ONLY", None),
        ('SELECT "ID", "AMOUNT" FROM "ORDERS" WHERE "AMOUNT" > :v_size AND "NOTE" = \':size HH24:MI\'', {"v_size": Decimal("1.5")}),
        ("rollback", None),
    ]


def test_big_results_come_in_batches(ws, double):
    double.replies['SELECT "ID" FROM "ORDERS"'] = pa.table({"ID": range(25_000)})
    assert ws.sql("SELECT id FROM orders").arrow().column("ID").to_pylist() == list(range(25_000))
    double.replies['SELECT "ID" FROM "ORDERS"'] = pa.table({"ID": range(20_000)})
    assert ws.sql("SELECT id FROM orders").arrow().num_rows == 20_000
    assert ws.context.sources.get("shop").pool.use.busy == 0


def test_writing_is_committed_where_it_was_asked_for(double):
    source = oracle.connect("oracle://me@db/shop", "shop", Options(write=True))
    double.sent.clear()
    source.cursor().run("INSERT INTO orders VALUES (:a)", {"a": 1}).read_all()
    assert double.sent == [("INSERT INTO orders VALUES (:v_a)", {"v_a": 1}), ("commit", None)]


def test_tables_keys_and_sizes(ws):
    source = ws.context.sources.get("shop")
    orders, recent = source.tables()
    assert [(c.name, c.type, c.db_type) for c in orders.columns] == [
        ("ID", "integer", "NUMBER(19,0)"), ("AMOUNT", "number", "NUMBER(10,2)"), ("DAY", "timestamp", "DATE"), ("NOTE", "text", "VARCHAR2")
    ]  # fmt: skip
    assert (orders.primary_key, orders.columns[1].comment, recent.kind, recent.columns[0].type) == (("ID",), "in euros", "view", "number")
    assert source.keys()[0].columns == ("CUSTOMER_ID",)
    assert source.sizes() == {"ORDERS": 5}


@pytest.mark.parametrize("sql", [oracle.COLUMNS, oracle.KEYS, oracle.SIZES, oracle.RIGHTS])
def test_the_books_are_asked_in_sql_that_reads(sql):
    assert len(sqlglot.parse(sql, read="oracle")) == 1


def test_an_account_that_may_change_the_schema_is_told_of(double):
    double.replies[oracle.RIGHTS] = [{"HELD": right} for right in ("ALTER SESSION", "CREATE TABLE", "CREATE VIEW", "DROP ANY TABLE")]
    note = oracle.connect("oracle://me@db/shop", "shop", Options()).note
    assert note == "the account may change the schema (ALTER SESSION, CREATE TABLE, CREATE VIEW and 1 more): use one that may only read"


@pytest.mark.parametrize(
    ("code", "said", "kind", "near"),
    [
        ("ORA-00904", '"AMUONT": invalid identifier', "column 'AMUONT'", ("AMOUNT",)),
        ("ORA-00942", 'table or view "ME"."ORDRES" does not exist', "table 'ORDRES'", ("ORDERS",)),
    ],
)
def test_unknown_names_are_explained(ws, double, code, said, kind, near):
    double.fails = _error(code, said)
    with pytest.raises(UnknownNameError, match=f"no {kind}") as caught:
        ws.sql("SELECT amuont FROM ordres").rows()
    assert caught.value.candidates == near


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
        if double.sent and double.sent[-1][0].startswith('SELECT "ID"'):
            break
        thread.join(0.05)
    ws.context.sources.get("shop").cancel()
    thread.join(3)
    assert (len(failed), double.cancelled) == (1, 1)


def test_a_broken_session_is_made_anew_once(ws, double):
    double.fails = _error("DPY-4011", "the database or network closed the connection")
    assert len(ws.sql("SELECT id FROM orders").rows()) == 2
    assert double.made == 2


def test_the_guard_stands_before_it(ws):
    for sql in (
        "BEGIN DELETE FROM orders; END;",
        "SELECT dbms_lock.sleep(5) FROM dual",
        "SELECT utl_http.request('x') FROM dual",
        "SELECT id FROM orders FOR UPDATE",
    ):
        with pytest.raises(RefusedError):
            ws.sql(sql)


class TestNoServer:
    """The real driver."""

    def test_a_closed_port(self):
        os.environ["ORA_TEST_URL"] = f"oracle://me:hunter2@127.0.0.1:{free_port()}/shop"
        assert "cannot be reached" in str(refuses("env:ORA_TEST_URL", within=3, connect_timeout_s=1))

    def test_a_server_that_never_speaks(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            os.environ["ORA_TEST_URL"] = f"oracle://me:hunter2@127.0.0.1:{mute.getsockname()[1]}/shop"
            assert "did not answer within 1 s" in str(refuses("env:ORA_TEST_URL", within=3, connect_timeout_s=1))


def test_literals_and_pseudo_columns_stay_what_they_are(ws, double):
    ws.sql("SELECT id FROM orders WHERE day >= DATE '2024-01-01' AND ROWNUM <= 10").rows()
    assert double.sent[-2][0] == 'SELECT "ID" FROM "ORDERS" WHERE "DAY" >= TO_DATE(\'2024-01-01\', \'YYYY-MM-DD\') AND ROWNUM <= 10'
