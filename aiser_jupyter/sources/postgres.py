"""PostgreSQL and what speaks like it: rows by COPY, every statement in a transaction of its own that cannot write."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiser_jupyter.errors import CancelledError, QueryError, SourceError, UsageError
from aiser_jupyter.sources import closing, postgres_address, postgres_catalog, postgres_errors, postgres_session, postgres_types
from aiser_jupyter.sources.breaker import Breaker
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.pool import BusyError, Pool
from aiser_jupyter.sources.postgres_parameters import bound
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from adbc_driver_manager import AdbcDatabase

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.pool import Lease
    from aiser_jupyter.sources.postgres_parameters import Bound
    from aiser_jupyter.sources.postgres_session import Session

# Bytes of the first batch and of the largest: a first page costs little, a whole result few calls.
FIRST, LARGEST = 1 << 18, 1 << 20
_PAGES = (1_000, 4_000, 16_000)  # rows that a cursor is asked for, call by call
# The server ends a statement by itself this long after it began, whatever became of the client and of our own deadline.
LIMIT_S = 24 * 3600.0
# A result that nobody reads on makes way for another query: up to so many bytes of it are read into memory, within so many seconds.
_IDLE_S, _SPOOL_BYTES, _SPOOL_S = 1.0, 64 << 20, 3.0
_METADATA_S = 15.0  # what reading the catalogue may take
_FRESH_S = 30.0  # how long what was read of it is not read again
_QUERY = re.compile(r"\s*\(*\s*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(?:SELECT|VALUES|TABLE|SHOW|EXPLAIN)\b", re.IGNORECASE)


def connect(address: str, name: str, options: Options) -> PostgresSource:
    """A source for ``postgresql://…``; nothing is sent before the first use, which raises `SourceError` where it cannot connect."""
    import adbc_driver_postgresql  # noqa: F401  # a missing driver is told now

    return PostgresSource(address, name, options)


class PostgresCursor:
    """One query on a connection from the pool, which goes back when the rows are read or dropped."""

    def __init__(self, owner: PostgresSource) -> None:
        self._owner = owner
        self._lock = threading.RLock()  # a forgotten result closes its cursor from wherever Python collects it
        self._lease: Lease[Session] | None = None
        self._statement: Any = None
        self._stopped = False
        self._closed = False
        self._done = False
        self._reading = threading.Lock()
        self._rest: Iterator[pa.RecordBatch] = iter(())
        self._spooled: deque[pa.RecordBatch] = deque()
        self._failure: BaseException | None = None
        self._streams = False  # whether the query has begun and its rows wait to be read
        self._used = time.monotonic()

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows; where the connection breaks before the first of them, a reading statement is begun once more."""
        if frames:
            raise UsageError("A data frame is no table of a PostgreSQL server.", hint="Read the table first, then join the result.")
        statement = bound(sql, params)
        try:
            return self._run(statement)
        except postgres_errors.LostError:
            self._give_back(broken=True)
            if not self._owner.read_only or self._stopped:
                raise
            self._owner.renew()
            return self._run(statement)

    @property
    def used(self) -> float:
        """When rows were last read, by the monotonic clock."""
        return self._used

    def cancel(self) -> None:
        """Stop the query, on the server too; returns at once."""
        self._stopped = True
        with self._lock:
            lease = self._lease
        if lease is not None:
            lease.connection.stop(self._owner.another)

    def close(self) -> None:
        """Give the connection back; rows that were not read are dropped, and the server stops sending them."""
        self._closed = True
        self._give_back(broken=False)
        self._owner.forget(self)

    def _run(self, statement: Bound) -> pa.RecordBatchReader:
        import pyarrow as pa

        session = self._borrow()
        try:
            session.begin(write=not self._owner.read_only, limit_s=LIMIT_S)
            names, schema, batches, arrays = self._start(session, statement)
            first = next(batches, None)
            second = next(batches, None) if first is not None and postgres_types.open_numbers(schema) else None
            shape = postgres_types.shape(names, schema, first, arrays, more=second is not None)
            head = [shape.batch(batch) for batch in (first, second) if batch is not None]
            if not self._owner.read_only and not _WRITES.match(statement.sql):
                head += [shape.batch(batch) for batch in batches]  # what it writes is written whether or not the rows are wanted
                self._finish()
        except postgres_errors.LostError:
            raise
        except BaseException as error:
            self._give_back(broken=not isinstance(error, QueryError | UsageError | postgres_errors.PostgresError))
            if isinstance(error, postgres_errors.PostgresError):
                self._owner.reread()
            raise

        self._spooled.extend(head)
        self._rest = map(shape.batch, batches)
        self._used = time.monotonic()
        self._streams = True
        return pa.RecordBatchReader.from_batches(shape.schema, self._rows())

    def _rows(self) -> Iterator[pa.RecordBatch]:
        while True:
            with self._reading:
                batch = self._spooled.popleft() if self._spooled else self._next()
                self._used = time.monotonic()
            if batch is None:
                return
            yield batch

    def _next(self) -> pa.RecordBatch | None:
        """The next rows from the server, or None at the end; the lock of reading is held."""
        if self._failure is not None:  # an iterator that failed once would say that it is at its end
            raise self._failure
        if self._closed and not self._done:
            raise closing.unread(self._owner.name)
        try:
            batch = next(self._rest, None)
            if batch is None and not self._done:
                self._finish()
        except BaseException as error:
            self._failure = error
            raise
        return batch

    def make_way(self) -> bool:
        """Give the connection up where nobody has read on for a while: what is left of the rows goes into memory, or is dropped where it is much."""
        with self._lock:
            lease = self._lease
        if (
            lease is None
            or not self._streams
            or self._done
            or time.monotonic() - self._used < _IDLE_S
            or not self._reading.acquire(blocking=False)
        ):
            return False
        try:
            until, size = time.monotonic() + _SPOOL_S, 0
            with lease.connection.watched(_SPOOL_S + 1), suppress(Exception):
                while size < _SPOOL_BYTES and time.monotonic() < until:
                    batch = self._next()
                    if batch is None:
                        return True
                    self._spooled.append(batch)
                    size += batch.nbytes
            self._spooled.clear()
            self._failure = QueryError(
                "This result was not read to the end, and its connection was needed for another query.",
                hint="Run it again, read results to the end (.arrow(), .df()), or raise pool_size in the profile.",
            )
            self._give_back(broken=True)
            return True
        finally:
            self._reading.release()

    def _start(self, session: Session, statement: Bound) -> tuple[list[str], pa.Schema, Iterator[pa.RecordBatch], tuple[int, ...]]:
        """Names, the driver's columns, its rows to come, and the places of arrays among the columns."""
        sql, values = statement.sql, None
        if statement.values:
            values = statement.batch()
            sql = _typed(session, statement)
        query = bool(_QUERY.match(sql))
        described = session.schema(sql, values) if query and (self._owner.describes or values is not None) else None
        if described is not None and not described.names:
            query = False
        plan = postgres_types.wrapped(sql, described) if query and described is not None else None
        text, arrays = plan if plan is not None else (sql, ())
        if values is not None and query and self._owner.read_only:
            inner = session.schema(text, values) if plan is not None else described
            assert inner is not None
            names = (described or inner).names
            session.declare(text, values)
            return names, inner, self._pages(session), arrays
        self._statement, reader = session.reader(text, values, copy=query and values is None, hint=FIRST)
        if query and described is None and values is None and postgres_types.wrapped(sql, reader.schema) is not None:
            # Seldom: a column that the driver gives raw. From now on statements are described before they start.
            self._owner.describes = True
            self._give_back(broken=True)
            again = self._borrow()
            again.begin(write=not self._owner.read_only, limit_s=LIMIT_S)
            return self._start(again, statement)
        names = list(reader.schema.names) if described is None else list(described.names)
        return names, reader.schema, self._batches(session, reader), arrays

    def _batches(self, session: Session, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The rows of a COPY; the batches grow, so that a first page is cheap and a whole result is too."""
        hint = FIRST
        while (batch := session.next(reader)) is not None:
            yield batch
            if hint < LARGEST:
                hint *= 2
                self._statement.set_options(**{postgres_session.HINT: str(hint)})

    def _pages(self, session: Session) -> Iterator[pa.RecordBatch]:
        """The rows of a server-side cursor, some thousand at a time."""
        turn = 0
        while True:
            count = _PAGES[min(turn, len(_PAGES) - 1)]
            got = 0
            for batch in session.fetch(count):
                got += batch.num_rows
                yield batch
            if got < count:
                return
            turn += 1

    def _borrow(self) -> Session:
        lease = self._owner.lease(lambda: self._stopped or self._closed)
        with self._lock:
            self._lease = lease
        if self._stopped or self._closed:
            self._give_back(broken=False)
            raise CancelledError("The query was cancelled before it began.")
        return lease.connection

    def _finish(self) -> None:
        """All rows are read: end the transaction, and give the connection back."""
        with self._lock:
            lease = self._lease
        if lease is not None and not self._owner.read_only:
            lease.connection.execute("COMMIT")
        self._done = True
        self._give_back(broken=False)

    def _give_back(self, *, broken: bool) -> None:
        with self._lock:
            lease, self._lease = self._lease, None
            statement, self._statement = self._statement, None
        if lease is None:
            return
        session = lease.connection
        if statement is not None and session.idle:
            session.drop(statement)
        # Rows that were not all read are still on their way, and a late cancel could hit the next statement.
        if broken or session.stopped or not session.idle or (statement is not None and not self._done):
            lease.discard()
            return
        with suppress(Exception):
            with session.watched(self._owner.patience_s):
                session.execute("ROLLBACK")
            lease.release()
            return
        lease.discard()


class PostgresSource:
    """A PostgreSQL database; read-only unless ``options.write``."""

    dialect = "postgres"
    capabilities = Capabilities(local=False)

    def __init__(self, address: str, name: str, options: Options | None = None) -> None:
        options = options or Options()
        self.name = name
        self.read_only = not options.write
        self.recipe = Recipe(address, name, options)
        self.describes = False
        self.patience_s = options.connect_timeout_s
        self._address = postgres_address.read(address, options)
        self.place = self._address.place
        self.breaker = Breaker(name)
        self._database: AdbcDatabase | None = None
        self._making = threading.Lock()
        self._cursors: WeakSet[PostgresCursor] = WeakSet()
        self._counting = threading.RLock()  # a set that grows in one thread cannot be walked through in another
        self._tables: tuple[float, tuple[Table, ...]] | None = None
        self.pool: Pool[Session] = Pool(
            self._connect,
            check=lambda session: session.alive(self.patience_s),
            close=lambda session: session.close(),
            abandon=lambda session: session.abandon(),
            size=options.pool_size,
            timeout_s=_seconds(options, "pool_timeout_s", 30.0),
            recycle=_seconds(options, "recycle_s", 1800.0),
            name=name,
        )

    def tables(self) -> tuple[Table, ...]:
        """Tables, views, materialized views and foreign tables that the user may read; a partitioned table once. Read anew after 30 s."""
        kept = self._tables
        if kept is not None and time.monotonic() - kept[0] < _FRESH_S:
            return kept[1]
        found = postgres_catalog.tables(self._read(postgres_catalog.TABLES))
        self._tables = (time.monotonic(), found)
        return found

    def forget_tables(self) -> None:
        """Read the tables anew when they are next asked for."""
        self._tables = None

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        return postgres_catalog.keys(self._read(postgres_catalog.KEYS))

    def sizes(self) -> dict[str, int]:
        """The rows of each table as the last ANALYZE or VACUUM saw them."""
        return postgres_catalog.sizes(self._read(postgres_catalog.SIZES))

    def ping(self) -> None:
        """Try a connection, a new one where it broke; raises `SourceError` where the server cannot be reached."""
        for turn in (1, 2):
            lease = self.pool.acquire()
            if lease.connection.alive(self.patience_s):
                lease.release()
                return
            lease.discard()
            self.renew()
            if turn == 2:
                raise SourceError(f"{self.name} does not answer.", where=self.place, hint="Check the network to the server.")

    def cursor(self) -> PostgresCursor:
        """A place to run one query; it takes a connection when it runs."""
        cursor = PostgresCursor(self)
        with self._counting:
            self._cursors.add(cursor)
        return cursor

    def cancel(self) -> None:
        """Stop every query of this connection, on the server too."""
        for cursor in self._open():
            cursor.cancel()

    def close(self) -> None:
        """Close the cursors and all connections."""
        for cursor in self._open():
            cursor.cancel()
            cursor.close()
        self.pool.dispose()

    def lease(self, given_up: Any = None) -> Lease[Session]:
        """A connection for one query; where all are in use, results that nobody reads on make way, the longest unread first."""
        until = time.monotonic() + self.pool.timeout_s
        while True:
            left = until - time.monotonic()
            try:
                return self.pool.acquire(given_up, timeout_s=min(_IDLE_S, max(left, 0.0)))
            except BusyError:
                unread = sorted(self._open(), key=lambda cursor: cursor.used)
                if not any(cursor.make_way() for cursor in unread) and left <= 0:
                    raise

    def another(self) -> Session:
        """A connection beside the pool, to stop a query on one of it."""
        return postgres_session.opened(self._address, self._made, min(self.patience_s, 2.0), read_only=True)

    def renew(self) -> None:
        """Let go of idle connections: where one broke, the others likely did."""
        self.pool.clear()

    def reread(self) -> None:
        """A name was not there: what is known of the tables may be old."""
        self._tables = None

    def forget(self, cursor: PostgresCursor) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        with self._counting:
            self._cursors.discard(cursor)

    def _open(self) -> tuple[PostgresCursor, ...]:
        with self._counting:
            return tuple(self._cursors)

    def _read(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the catalogue, once more on a new connection where the first was broken."""
        for turn in (1, 2):
            lease = self.lease()
            session = lease.connection
            try:
                with session.watched(_METADATA_S):
                    session.begin(write=False, limit_s=_METADATA_S)
                    rows = session.rows(sql)
                    session.execute("ROLLBACK")
            except postgres_errors.LostError:
                lease.discard()
                self.renew()
                if turn == 2:
                    raise
            except BaseException:
                lease.discard()
                raise
            else:
                lease.release()
                return rows
        raise AssertionError

    def _connect(self) -> Session:
        return self.breaker.call(lambda: postgres_session.opened(self._address, self._made, self.patience_s, read_only=self.read_only))

    def _made(self) -> AdbcDatabase:
        """The driver's own knowledge of the server's types, read once."""
        import adbc_driver_postgresql

        with self._making:
            if self._database is None:
                self._database = adbc_driver_postgresql.connect(self._address.uri)
            return self._database


def _typed(session: Session, statement: Bound) -> str:
    """The statement with each text parameter cast to what the server takes it for."""
    if not statement.untyped:
        return statement.sql
    try:
        expected = session.parameters(statement.bare)
    except (QueryError, postgres_errors.PostgresError):
        # It cannot tell (`$1 IS NULL`), or the statement is wrong, which running it says better.
        session.execute("ROLLBACK")
        session.begin(write=False, limit_s=LIMIT_S)
        return statement.typed({})
    kinds = {number: postgres_types.type_of(expected.field(number - 1)) for number in statement.untyped}
    return statement.typed({number: _written(kind) for number, kind in kinds.items()})


def _written(kind: str) -> str:
    """A type's name as a cast takes it: arrays by their element, texts of any kind as text."""
    if kind in {"", "text", "varchar", "bpchar", "name", "unknown", "char"} or kind.startswith("unnamed"):
        return "text"
    return f'"{kind[1:]}"[]' if kind.startswith("_") else f'"{kind}"'


def _seconds(options: Options, knob: str, default: float) -> float:
    try:
        return float(str(options.extra.get(knob, default)))
    except ValueError:
        raise SourceError(f"The knob {knob} is no number.", hint=f"Write seconds, e.g. {knob} = {default:g}.") from None
