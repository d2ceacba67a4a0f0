"""What every source must do, as one suite: a source's tests subclass `SourceContract` and give it a connection to the sample."""

# ruff: noqa: DTZ001 -- the sample's moments have no zone, as in a column of that type

from __future__ import annotations

import pickle
import threading
import time
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import pyarrow as pa
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError, CancelledError, DeadlineError, QueryError, RefusedError, SourceError, UnknownNameError
from aiser_jupyter.sources import Source
from aiser_jupyter.sources.open import open_source, reopen

CUSTOMERS = [(1, "Ada", "DE"), (2, "Zoë O'Neil", "FR"), (3, "李雷", None)]
ORDERS = [
    (1, 1, date(2024, 1, 2), datetime(2024, 1, 2, 10, 30), Decimal("10.00"), 0.5, True, "first"),
    (2, 1, date(2024, 2, 3), datetime(2024, 2, 3, 11, 0), Decimal("20.50"), 0.25, False, None),
    (3, 2, date(2024, 2, 10), datetime(2024, 2, 10, 12, 15, 30), Decimal("30.25"), None, True, "it's; -- :x"),
    (4, None, None, None, Decimal("99999999.99"), -1.5, None, ""),
    (9007199254740993, 3, date(1999, 12, 31), datetime(1999, 12, 31, 23, 59, 59), None, 1e-300, True, "big"),
]

# The sample in plain SQL; a dialect that spells a type or a literal otherwise replaces it.
SAMPLE = """
CREATE TABLE customers (id BIGINT PRIMARY KEY, name VARCHAR(50) NOT NULL, country VARCHAR(2));
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer_id BIGINT REFERENCES customers (id), day DATE, placed TIMESTAMP NULL,
                     amount DECIMAL(10, 2), share DOUBLE PRECISION, paid BOOLEAN, note VARCHAR(100));
INSERT INTO customers VALUES (1, 'Ada', 'DE'), (2, 'Zoë O''Neil', 'FR'), (3, '李雷', NULL);
INSERT INTO orders VALUES
  (1, 1, '2024-01-02', '2024-01-02 10:30:00', 10.00, 0.5, TRUE, 'first'),
  (2, 1, '2024-02-03', '2024-02-03 11:00:00', 20.50, 0.25, FALSE, NULL),
  (3, 2, '2024-02-10', '2024-02-10 12:15:30', 30.25, NULL, TRUE, 'it''s; -- :x'),
  (4, NULL, NULL, NULL, 99999999.99, -1.5, NULL, ''),
  (9007199254740993, 3, '1999-12-31', '1999-12-31 23:59:59', NULL, 1e-300, TRUE, 'big');
"""

MANY = "SELECT a.id AS a, b.note AS b FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i"


class SourceContract:
    """Subclasses give a fixture ``source`` (read-only, to the sample, torn down by them) and what differs below."""

    many: ClassVar[str] = ""  # a statement of some hundred thousand rows that come as they are read; empty where none can be had
    slow: ClassVar[str] = ""  # a statement that takes minutes; empty where the engine has none
    writes: ClassVar[tuple[str, ...]] = ("DELETE FROM orders", "CREATE TABLE extra (a INT)")  # the connection itself must refuse these
    has_keys: ClassVar[bool] = True
    has_types: ClassVar[bool] = True  # False where the engine keeps days or truth values as something else
    orders: ClassVar[str] = "orders"
    customers: ClassVar[str] = "customers"
    password: ClassVar[str] = "hunter2"
    folds_up: ClassVar[bool] = False  # True where a name without quotes is kept in capitals

    def named(self, rows):
        """Rows under the names the sample gave its columns."""
        return [{name.lower(): value for name, value in row.items()} for row in rows] if self.folds_up else rows

    def name(self, name):
        return name.lower() if self.folds_up else name

    @pytest.fixture
    def ws(self, source, tmp_path):
        ws = Workspace(tmp_path)
        ws.context.sources.add(source)
        return ws

    def running(self, source) -> int:
        """How many queries run on the server now, for this source's user; 0 where there is no server to ask."""
        return 0

    def rows(self, source, sql, **params):
        cursor = source.cursor()
        try:
            return cursor.run(sql, params).read_all().to_pylist()
        finally:
            cursor.close()

    def test_is_a_source_that_shows_no_secret(self, source):
        assert isinstance(source, Source)
        assert source.read_only
        assert self.password not in source.place
        assert self.password not in repr(source.recipe)

    def test_lists_tables_columns_and_types(self, source):
        tables = {self.name(table.name): table for table in source.tables()}
        assert {"customers", "orders"} <= set(tables)
        orders = tables["orders"]
        assert [self.name(column.name) for column in orders.columns] == [
            "id",
            "customer_id",
            "day",
            "placed",
            "amount",
            "share",
            "paid",
            "note",
        ]
        types = [column.type for column in orders.columns]
        if self.has_types:
            assert types == ["integer", "integer", "date", "timestamp", "number", "number", "boolean", "text"]
        else:
            assert (types[0], types[4], types[7]) == ("integer", "number", "text")

    def test_lists_keys(self, source):
        if not self.has_keys:
            pytest.skip("the engine declares no keys")
        keys = {self.name(table.name): tuple(map(self.name, table.primary_key)) for table in source.tables()}
        assert keys["orders"] == ("id",)
        declared = source.keys()
        found = [(key.table, key.columns, key.ref_table, key.ref_columns) for key in declared]
        if self.folds_up:
            found = [(a.lower(), tuple(map(str.lower, b)), c.lower(), tuple(map(str.lower, d))) for a, b, c, d in found]
        assert found == [("orders", ("customer_id",), "customers", ("id",))]

    def test_every_value_comes_whole(self, ws):
        rows = self.named(ws.sql(f"SELECT * FROM {self.orders} ORDER BY id").rows())
        seen = [(r["id"], r["customer_id"], _number(r["amount"]), _number(r["share"]), r["note"]) for r in rows]
        assert seen == [(o[0], o[1], _number(o[4]), _number(o[5]), o[7]) for o in ORDERS]
        if self.has_types:
            assert [(r["day"], _naive(r["placed"]), r["paid"]) for r in rows] == [(o[2], o[3], o[6]) for o in ORDERS]
        names = self.named(ws.sql(f"SELECT name, country FROM {self.customers} ORDER BY id").rows())
        assert [(row["name"], row["country"]) for row in names] == [row[1:] for row in CUSTOMERS]

    def test_joins_groups_and_orders(self, ws):
        result = ws.sql(
            f"SELECT c.country, count(*) AS n, sum(o.amount) AS total FROM {self.orders} o JOIN {self.customers} c ON c.id = o.customer_id "
            "GROUP BY c.country HAVING count(*) > 1 ORDER BY n DESC"
        )
        assert [(row["country"], row["n"], _number(row["total"])) for row in self.named(result.rows())] == [("DE", 2, 30.5)]
        assert [self.name(name) for name in result.columns] == ["country", "n", "total"]

    @pytest.mark.parametrize("value", ["first", "it's; -- :x", "", "nothing like it", "'; DROP TABLE orders; --", "\\", "%", "李雷"])
    def test_text_is_bound_never_pasted(self, ws, value):
        rows = ws.sql(f"SELECT id FROM {self.orders} WHERE note = :note", params={"note": value}).rows()
        assert [row["id"] for row in self.named(rows)] == [o[0] for o in ORDERS if o[7] == value]

    def test_numbers_days_and_nothing_are_bound(self, ws):
        sql = f"SELECT count(*) AS n FROM {self.orders} WHERE "
        assert self.named(ws.sql(sql + "id = :id", params={"id": 9007199254740993}).rows()) == [{"n": 1}]
        assert self.named(ws.sql(sql + "amount > :least", params={"least": 15.5}).rows()) == [{"n": 3}]
        assert self.named(ws.sql(sql + "day >= :since", params={"since": date(2024, 2, 1)}).rows()) == [{"n": 2}]
        assert self.named(ws.sql(sql + "id = :id AND id = :id", params={"id": 2}).rows()) == [{"n": 1}]
        assert self.named(ws.sql(sql + "note = :note", params={"note": None}).rows()) == [{"n": 0}]

    def test_no_rows_still_have_columns(self, ws):
        result = ws.sql(f"SELECT id, name FROM {self.customers} WHERE id < 0")
        assert ([self.name(name) for name in result.columns], result.row_count) == (["id", "name"], 0)

    def test_two_cursors_do_not_disturb_each_other(self, source):
        one, two = source.cursor(), source.cursor()
        first = one.run(f"SELECT id FROM {self.orders} ORDER BY id", {})
        second = two.run(f"SELECT id FROM {self.customers} ORDER BY id", {})
        assert isinstance(first, pa.RecordBatchReader)
        assert second.read_all().column(0).to_pylist() == [1, 2, 3]
        two.close()
        assert first.read_all().column(0).to_pylist() == [o[0] for o in ORDERS]
        one.close()

    def test_a_stream_left_half_read_leaves_the_connection_usable(self, source):
        cursor = source.cursor()
        cursor.run(f"SELECT id FROM {self.orders}", {})
        cursor.close()
        assert len(self.rows(source, f"SELECT id FROM {self.customers}")) == 3

    def test_a_part_is_not_the_whole_when_the_connection_is_closed(self, source, ws):
        if not self.many:
            pytest.skip("no statement of many rows")
        result = ws.sql(self.many)
        assert result.head(2).num_rows == 2
        source.close()
        for _ in range(2):
            with pytest.raises(CancelledError):
                result.arrow()
        assert len(result.rows(2)) == 2

    def test_a_wrong_name_is_explained(self, ws):
        with pytest.raises(UnknownNameError) as caught:
            ws.sql(f"SELECT naem FROM {self.customers}").rows()
        assert "naem" in self.name(str(caught.value))
        assert "name" in map(self.name, caught.value.candidates)
        with pytest.raises((UnknownNameError, QueryError)):
            ws.sql("SELECT * FROM customer_list").rows()
        assert self.named(ws.sql(f"SELECT count(*) AS n FROM {self.customers}").rows()) == [{"n": 3}]

    def test_the_guard_stands_before_it(self, ws):
        for sql in ("DELETE FROM orders", "SELECT 1; DROP TABLE orders", "DROP TABLE orders"):
            with pytest.raises(RefusedError):
                ws.sql(sql, write=False)

    def test_the_connection_itself_refuses_to_write(self, source):
        for statement in self.writes:
            cursor = source.cursor()
            with pytest.raises(Exception, match=r"(?i)read.?only|denied|permission|not allowed|cannot|not authorized|refused"):
                cursor.run(statement, {}).read_all()
            cursor.close()
        assert len(self.rows(source, f"SELECT id FROM {self.orders}")) == 5
        # A refusal that came after the fact would be none.
        with pytest.raises(Exception, match=r"(?i)extra"):
            self.rows(source, "SELECT * FROM extra")

    def test_cancel_stops_it_on_the_server_too(self, source, ws):
        if not self.slow:
            pytest.skip("the engine has no slow statement")
        failed: list[BaseException] = []

        def wait() -> None:
            try:
                ws.sql(self.slow).rows()
            except BaseException as error:  # noqa: BLE001 - looked at below
                failed.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.7)
        began = time.monotonic()
        source.cancel()
        thread.join(5)
        assert time.monotonic() - began < 2
        assert isinstance(failed[0], CancelledError | QueryError), repr(failed[0])
        assert _settles(lambda: self.running(source) == 0)
        assert len(self.rows(source, f"SELECT id FROM {self.customers}")) == 3

    def test_a_deadline_stops_it_on_the_server_too(self, source, ws):
        if not self.slow:
            pytest.skip("the engine has no slow statement")
        began = time.monotonic()
        with pytest.raises(DeadlineError, match=r"after 0\.5 s"):
            ws.sql(self.slow, timeout=0.5).rows()
        assert time.monotonic() - began < 2.5
        assert _settles(lambda: self.running(source) == 0)
        assert self.named(ws.sql(f"SELECT count(*) AS n FROM {self.customers}").rows()) == [{"n": 3}]

    def test_pings_until_it_is_closed(self, source):
        source.ping()
        source.close()
        with pytest.raises(AiserError):
            source.ping()

    def test_another_process_could_open_it(self, source):
        if source.recipe is None:
            pytest.skip("this source lives in this process alone")
        recipe = pickle.loads(pickle.dumps(source.recipe))
        again = reopen(recipe)
        assert {self.name(table.name) for table in again.tables()} >= {"customers", "orders"}
        again.close()

    def test_sizes_name_tables_only(self, source):
        assert set(source.sizes()) <= {table.name for table in source.tables()}
        assert all(isinstance(size, int) and size >= 0 for size in source.sizes().values())


def refuses(address: str, *, within: float, **options: object) -> SourceError:
    """The error of an address that leads nowhere, which must come in time and hold no password."""
    from aiser_jupyter.sources.options import Options

    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        open_source(address, "shop", options=Options(**options)).ping()
    assert time.monotonic() - began < within
    assert "hunter2" not in str(caught.value)
    return caught.value


def _number(value):
    return None if value is None else float(value)


def _naive(value):
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _settles(true, seconds: float = 2.0) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
