"""One connection to a PostgreSQL server: its statements, and how what runs on it is stopped."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import CancelledError
from aiser_jupyter.sources import postgres_errors as errors
from aiser_jupyter.sources import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement

    from aiser_jupyter.sources.postgres_address import Address

HINT = "adbc.postgresql.batch_size_hint_bytes"
COPY = "adbc.postgresql.use_copy"
# How long each way of stopping a query gets before the next one is tried; together less than the road's own grace.
_ASK_S, _ASK_AGAIN_S = 0.3, 0.3

# A server that the client left without a word looks for it this often while a query runs; older ones do not know the knob.
_SETTINGS = {"client_connection_check_interval": "2s"}
_OPEN = """
SELECT pg_backend_pid() AS pid, count(set_config(name, value, false)) AS known
FROM (VALUES {settings}) AS wanted(name, value) WHERE name IN (SELECT s.name FROM pg_catalog.pg_settings s)
"""


class Session:
    """A connection of one borrower at a time. Every statement runs in a transaction of its own that says whether it may write."""

    def __init__(self, address: Address, connection: AdbcConnection, link: wire.Wire | None, *, read_only: bool) -> None:
        self._address = address
        self._connection = connection
        self._wire = link
        self._inside = threading.Event()  # set while the driver is not at work
        self._inside.set()
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._stopping = False
        self._closed = False
        settings = {**_SETTINGS, "default_transaction_read_only": "on" if read_only else "off"}
        listed = ", ".join(f"('{name}', '{value}')" for name, value in settings.items())
        self.pid = int(self.rows(_OPEN.format(settings=listed))[0]["pid"])

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop: a late cancel could hit the next statement, so it is not used again."""
        return self._stopping

    def begin(self, *, write: bool, limit_s: float) -> None:
        """Open the transaction of one statement, which the server ends by itself after ``limit_s``."""
        # After a first query the server lets nobody make the transaction one that writes.
        self.execute(f"BEGIN READ {'WRITE' if write else 'ONLY'}; SET LOCAL statement_timeout = {int(limit_s * 1000)}; SELECT 1")

    def execute(self, sql: str) -> None:
        """Run SQL of our own without rows."""
        statement = self._statement()
        try:
            with self._at_work():
                statement.set_sql_query(sql)
                statement.execute_update()
        finally:
            _close(statement)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """All rows of SQL of our own."""
        statement, reader = self.reader(sql)
        try:
            with self._at_work():
                return reader.read_all().to_pylist()
        finally:
            _close(statement)

    def reader(
        self, sql: str, values: pa.RecordBatch | None = None, *, copy: bool = False, hint: int | None = None
    ) -> tuple[AdbcStatement, pa.RecordBatchReader]:
        """A statement that runs, and its rows; ``copy`` streams them, else they are fetched whole."""
        from adbc_driver_manager import _reader  # its reader keeps the server's codes, which Arrow's own drops

        statement = self._statement()
        try:
            with self._at_work():
                options = {COPY: "true" if copy else "false"} | ({HINT: str(hint)} if hint else {})
                statement.set_options(**options)
                statement.set_sql_query(sql)
                if values is not None:
                    statement.bind(values)
                handle, _ = statement.execute_query()
                return statement, _reader.AdbcRecordBatchReader._import_from_c(handle.address)  # noqa: SLF001  # Arrow's own name for it
        except BaseException:
            _close(statement)
            raise

    def next(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        with self._at_work():
            try:
                return reader.read_next_batch()
            except StopIteration:
                return None

    def schema(self, sql: str, values: pa.RecordBatch | None = None) -> pa.Schema:
        """The columns that ``sql`` would give."""
        import pyarrow as pa

        statement = self._statement()
        try:
            with self._at_work():
                statement.set_sql_query(sql)
                if values is not None:
                    statement.bind(values)
                return pa.schema(statement.execute_schema())
        finally:
            _close(statement)

    def parameters(self, sql: str) -> pa.Schema:
        """The types that the server takes the parameters of ``sql`` for."""
        import pyarrow as pa

        statement = self._statement()
        try:
            with self._at_work():
                statement.set_sql_query(sql)
                statement.prepare()
                return pa.schema(statement.get_parameter_schema())
        finally:
            _close(statement)

    def declare(self, sql: str, values: pa.RecordBatch) -> None:
        """Open a server-side cursor over a query with bound parameters, for `fetch`."""
        statement, _ = self.reader(f"DECLARE aiser_rows NO SCROLL CURSOR FOR {sql}", values)
        _close(statement)

    def fetch(self, count: int) -> list[pa.RecordBatch]:
        """The next ``count`` rows of the cursor."""
        statement, reader = self.reader(f"FETCH {count} FROM aiser_rows")
        try:
            with self._at_work():
                return list(reader)
        finally:
            _close(statement)

    @property
    def idle(self) -> bool:
        """Whether the driver is not at work."""
        return self._inside.is_set()

    def drop(self, statement: AdbcStatement) -> None:
        """Close a statement, whether or not its rows were read."""
        _close(statement)

    def alive(self, seconds: float) -> bool:
        """Whether the server answers within ``seconds``."""
        try:
            with self.watched(seconds):
                self.execute("SELECT 1")
        except Exception:  # noqa: BLE001  # whatever it is, the connection does not work
            return False
        return True

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """Cut the connection where the block takes longer: a stalled network gives no other way out."""
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def stop(self, again: Callable[[], Session]) -> None:
        """Stop what runs, and return at once: ask the server, ask it by a second connection that ``again`` opens, then cut the wire."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
        threading.Thread(target=self._escalate, args=(again,), name="aiser-cancel", daemon=True).start()

    def cut(self) -> None:
        """End the connection under whoever waits on it."""
        if self._wire is not None:
            self._wire.cut()

    def abandon(self) -> None:
        """In a forked child: hands off the parent's connection; a cancel from here would stop the parent's query."""
        self._lock, self._asking, self._inside = threading.Lock(), threading.Lock(), threading.Event()
        self._inside.set()
        self._stopping = self._closed = True
        if self._wire is not None:
            self._wire.abandon()

    def close(self) -> None:
        """Close the connection; one that the driver is still at work on is cut, and closed by who comes out of it."""
        if not self._inside.is_set():
            self.cut()
            if not self._inside.wait(1.0):
                return
        if not self._asking.acquire(timeout=1.0):  # a cancel that does not get through uses the connection still
            self.cut()
            return
        try:
            with suppress(Exception):
                self._connection.close()
        finally:
            self._closed = True
            self._asking.release()
        if self._wire is not None:
            self._wire.close()

    def _escalate(self, again: Callable[[], Session]) -> None:
        threading.Thread(target=self._ask, name="aiser-cancel-ask", daemon=True).start()
        if self._inside.wait(_ASK_S):
            return
        threading.Thread(target=self._ask_again, args=(again,), name="aiser-cancel-again", daemon=True).start()
        if not self._inside.wait(_ASK_AGAIN_S):
            self.cut()

    def _ask(self) -> None:
        with self._asking, suppress(Exception):  # the next step does not depend on it
            if not self._closed:
                self._connection.cancel()

    def _ask_again(self, again: Callable[[], Session]) -> None:
        with suppress(Exception):
            other = again()
            try:
                with other.watched(2.0):
                    other.execute(f"SELECT pg_cancel_backend({self.pid})")
            finally:
                other.close()

    def _statement(self) -> AdbcStatement:
        from adbc_driver_manager import AdbcStatement

        return AdbcStatement(self._connection)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """The driver is at work in the block; what it raises becomes ours."""
        if self._stopping:
            raise CancelledError("The query was cancelled.")
        self._inside.clear()
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever the driver raises becomes ours
            raise errors.of_query(error, self._address, cancelled=self._stopping) from None
        finally:
            self._inside.set()


def opened(address: Address, database: Callable[[], AdbcDatabase], seconds: float, *, read_only: bool) -> Session:
    """A new connection within ``seconds``; raises `SourceError`."""
    from adbc_driver_manager import AdbcConnection

    try:
        connection, link = wire.wired(lambda: AdbcConnection(database()), lambda late: late.close(), seconds, address.ports)
    except Exception as error:  # noqa: BLE001  # whatever the driver raises becomes ours
        raise errors.of_connect(error, address, seconds) from None
    timer = threading.Timer(seconds, link.cut) if link is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        return Session(address, connection, link, read_only=read_only)
    except Exception as error:  # noqa: BLE001
        with suppress(Exception):
            connection.close()
        if link is not None:
            link.close()
        raise errors.of_connect(error, address, seconds) from None
    finally:
        if timer is not None:
            timer.cancel()


def _close(statement: AdbcStatement) -> None:
    with suppress(Exception):  # a broken connection has nothing left to close
        statement.close()
