"""Spark, as a server reached by Spark Connect (``sc://host:15002``) or embedded to try it (``spark://local``)."""

from __future__ import annotations

import atexit
import logging
import re
import socket
import time
import uuid
import warnings
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from weakref import WeakSet

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import QueryError, SourceError, UsageError
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import without_secret
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from aiser_jupyter.catalog import Key
    from aiser_jupyter.sources.options import Options

PORT = 15002
# How long a listing of tables is believed: each table costs a round trip.
LISTED_S = 60.0
_UTILITY = re.compile(r"\s*(?:SHOW|DESCRIBE|DESC|EXPLAIN)\b", re.IGNORECASE)
# A server that restarted knows neither the session nor its handle.
_LOST = ("INVALID_HANDLE", "SESSION_CLOSED", "SESSION_NOT_FOUND", "SESSION_CHANGED", "UNAVAILABLE", "Connection refused", "Socket closed")


def connect(address: str, name: str, options: Options) -> SparkSource:
    """The Spark behind ``sc://host:port/;token=…`` or ``spark://local?cores=2``."""
    return SparkSource(address, name, options)


class SparkCursor:
    """One query, known to the server by a tag of its own."""

    def __init__(self, owner: SparkSource) -> None:
        self._owner = owner
        self._tag = f"aiser-{uuid.uuid4().hex}"

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows, a batch as the server sends it."""
        import pyarrow as pa

        if frames:
            raise UsageError("A data frame cannot be joined with tables of a Spark connection in one statement of Spark's own.")
        tables = self._owner.start(sql, params, self._tag)
        first = next(tables)

        def batches() -> Iterator[pa.RecordBatch]:
            yield from first.to_batches()
            for table in tables:
                yield from table.cast(first.schema).to_batches()

        return pa.RecordBatchReader.from_batches(first.schema, batches())

    def cancel(self) -> None:
        """Interrupt the query on the server."""
        self._owner.interrupt(self._tag)

    def close(self) -> None:
        """Stop what still runs of it."""
        self._owner.release(self, self._tag)


class SparkSource:
    """A session on a Spark Connect server.

    Spark knows no read-only session: here the server itself is asked to read each statement as a subquery first, which nothing that writes can be.
    """

    dialect = "spark"

    def __init__(self, address: str, name: str, options: Options) -> None:
        self.name = name
        self.place = without_secret(re.sub(r"(?i)(token=)[^;&]+", r"\1***", address))
        self.read_only = not options.write
        self.capabilities = Capabilities(local=False)
        self._options = options
        self._address = address
        # An embedded Spark lives in this process: another would start one of its own.
        self._embedded = urlsplit(address.replace("[", "(").replace("]", ")")).scheme == "spark"
        self._lock = RLock()
        self._running: WeakSet[SparkCursor] = WeakSet()
        self._tables: tuple[float, tuple[Table, ...]] | None = None
        self._closed = False
        self._session: SparkSession | None = self._open()

    @property
    def recipe(self) -> Recipe | None:
        """The address of a server; none for an embedded Spark."""
        return None if self._embedded else Recipe(self._address, self.name, self._options)

    def start(self, sql: str, params: Mapping[str, object], tag: str) -> Iterator[pa.Table]:
        """Begin ``sql`` under ``tag``: tables of rows as they come, at least one; a session that was lost is made anew, once."""
        try:
            return self._start(sql, params, tag)
        except Exception as error:
            if not _lost(error):
                raise
            self._session = self._open()
            return self._start(sql, params, tag)

    def _start(self, sql: str, params: Mapping[str, object], tag: str) -> Iterator[pa.Table]:
        from itertools import chain

        import pyarrow as pa
        from pyspark.sql.pandas.types import to_arrow_schema

        session = self._live()
        frame = _frame(session, sql, params)
        schema = None
        if self.read_only and not _UTILITY.match(sql):
            try:
                schema = _frame(session, f"SELECT * FROM (\n{sql}\n)", params).schema  # noqa: S608  # read by the server, never run
            except Exception as error:
                if type(error).__name__ == "ParseException":
                    raise QueryError(
                        "This connection is read-only, and Spark cannot read the statement as a query.",
                        where=str(error).strip().partition("\n")[0][:200],
                    ) from None
                raise
        client = session.client
        client.add_tag(tag)
        try:
            plan = frame._plan  # noqa: SLF001  # the public ways to run a plan collect all of it
            stream = (part for part in client.to_table_as_iterator(plan.to_proto(client), plan.observations) if isinstance(part, pa.Table))
            first = next(stream, None)  # the request, and with it the tag, goes out here
        finally:
            client.remove_tag(tag)
        if first is None:
            first = to_arrow_schema(schema or frame.schema, timezone="UTC").empty_table()
        return chain([first], stream)

    def interrupt(self, tag: str) -> None:
        """Stop the query of that tag on the server."""
        session = self._session
        if session is not None:
            with suppress(Exception):  # a server that cannot be reached runs nothing of ours that could still be stopped
                session.client.interrupt_tag(tag)

    def release(self, cursor: SparkCursor, tag: str) -> None:
        """Forget a cursor, and stop what it left running."""
        if cursor in self._running:
            self._running.discard(cursor)
            self.interrupt(tag)

    def tables(self) -> tuple[Table, ...]:
        """Tables and views of the current database; believed for a minute, as each costs a round trip."""
        if self._tables is None or time.monotonic() - self._tables[0] > LISTED_S:
            session = self._live()
            listed = session.sql("SHOW TABLES").collect()
            views = {row["viewName"] for row in session.sql("SHOW VIEWS").collect()}
            found = tuple(_table(session, row["tableName"], row["tableName"] in views) for row in listed)
            self._tables = (time.monotonic(), found)
        return self._tables[1]

    def keys(self) -> tuple[Key, ...]:
        """None: Spark declares no keys."""
        return ()

    def sizes(self) -> dict[str, int]:
        """Nothing: Spark counts rows only where somebody analyzed a table."""
        return {}

    def cursor(self) -> SparkCursor:
        """A place to run one query."""
        self._live()
        cursor = SparkCursor(self)
        self._running.add(cursor)
        return cursor

    def ping(self) -> None:
        """Ask the server for its version, with a new session where the old one is lost."""
        session = self._live()
        try:
            _ = session.version
        except Exception:  # noqa: BLE001  # whatever the driver raises, a fresh session decides
            self._session = self._open()

    def cancel(self) -> None:
        """Interrupt every query of this connection."""
        for cursor in tuple(self._running):
            cursor.cancel()

    def close(self) -> None:
        """End the session; an embedded Spark ends with it."""
        with self._lock:
            session, self._session, self._closed = self._session, None, True
        if session is not None:
            self.cancel()
            _end(session, self._options.connect_timeout_s)

    def _live(self) -> SparkSession:
        session = self._session
        if self._closed or session is None:
            raise SourceError(f"The connection {self.name} is closed.", hint="Connect again: ws.connect(…).")
        return session

    def _open(self) -> SparkSession:
        with self._lock, _quiet():
            if self._embedded:
                return _local(self._address)
            _reach(self._address, self.place, self._options.connect_timeout_s)
            from pyspark.sql.connect.session import SparkSession

            try:
                session = SparkSession(self._address)
                _bound(session, self._options.connect_timeout_s)
                _ = session.version
            except Exception as error:  # noqa: BLE001  # the driver's errors have no common type
                raise SourceError(
                    f"Spark Connect does not answer as it should: {_first(error)}.", where=self.place, hint="Check the port and the token."
                ) from None
            return session


def _frame(session: SparkSession, sql: str, params: Mapping[str, object]) -> DataFrame:
    """The statement as a plan that is not run yet; `session.sql` would run a command at once."""
    from pyspark.sql.connect import functions
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import SQL

    return DataFrame(SQL(sql, [], {name: functions.lit(value) for name, value in params.items()}, []), session)


def _table(session: SparkSession, name: str, is_view: bool) -> Table:
    rows = session.sql(f"DESCRIBE TABLE `{name.replace('`', '``')}`").collect()
    columns = []
    for row in rows:
        if not row["col_name"] or row["col_name"].startswith("#"):
            break  # what follows tells of partitions and repeats their columns
        kind = row["data_type"].upper()
        columns.append(Column(row["col_name"], logical(kind), kind, comment=row["comment"] or ""))
    return Table(name, tuple(columns), kind="view" if is_view else "table")


def _reach(address: str, place: str, seconds: float) -> None:
    """Try the port first: the driver itself goes on trying for ten minutes."""
    parts = urlsplit(address)
    host, port = parts.hostname or "localhost", parts.port or PORT
    try:
        socket.create_connection((host, port), seconds).close()
    except OSError as error:
        raise SourceError(
            f"No Spark Connect server answers at {host}:{port}.",
            where=f"{place}: {error.strerror or error}",
            hint="Start one (start-connect-server.sh), or try Spark within this process: spark://local.",
        ) from None


def _bound(session: SparkSession, seconds: float) -> None:
    """Let no call to the server take longer than a cell may wait; a query itself is bounded by its deadline."""
    from pyspark.sql.connect.client.core import RpcDeadlines
    from pyspark.sql.connect.client.retries import DefaultPolicy

    client = session.client
    client.set_retry_policies([DefaultPolicy(max_retries=3, initial_backoff=50, max_backoff=500)])
    # Its own clean-up asks the server again and again at exit, for ten minutes where that is gone.
    atexit.unregister(client._on_exit)  # noqa: SLF001
    client._rpc_deadlines = RpcDeadlines(config=seconds * 2, interrupt=1.0, release_session=1.0, get_status=seconds)  # noqa: SLF001


def _local(address: str) -> SparkSession:
    from pyspark.sql import SparkSession as Builder

    given = dict(parse_qsl(urlsplit(address.replace("[", "(").replace("]", ")")).query))
    builder = Builder.builder.remote(f"local[{given.get('cores', '*')}]")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.memory": given.get("memory", "1g"),
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session: Any = builder.getOrCreate()
    except Exception as error:  # noqa: BLE001  # the driver's errors have no common type
        raise SourceError(
            f"Spark does not start here: {_first(error)}.", hint="It needs a Java of version 17 or 21 on PATH (or JAVA_HOME)."
        ) from None
    return session


def _end(session: SparkSession, seconds: float) -> None:
    """Release the session in a thread of its own, so that a server which is gone keeps nobody waiting."""
    import threading

    def stop() -> None:
        with suppress(Exception), _quiet():
            session.stop()

    thread = threading.Thread(target=stop, name="aiser-spark-end", daemon=True)
    thread.start()
    thread.join(seconds)


def _lost(error: BaseException) -> bool:
    return any(sign in str(error) for sign in _LOST)


def _first(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the driver's own log lines and its doubts about pandas, which say nothing of our queries."""
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
