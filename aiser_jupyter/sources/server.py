"""What sources on a server have in common: a pool, one query per connection, cancel, one retry, and metadata that is read now and then."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

from aiser_jupyter.errors import AiserError, CancelledError, SourceError, UsageError
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.breaker import Breaker
from aiser_jupyter.sources.dbapi import EngineError
from aiser_jupyter.sources.pool import Pool
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import without_secret
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.pool import Lease

C = TypeVar("C")

KEPT_S = 30.0  # how long tables and keys are believed; an unknown name makes them be read anew at once

BOOKS_S = 15.0  # how long a question to the engine's catalogue may take

Ended = Callable[[], None]


class ServerSource(ABC, Generic[C]):
    """A database server behind a pool of connections of the driver's type ``C``.

    A driver's module says how to open, try and close a connection, how to start a statement on one and stop it, and what its errors mean.
    """

    dialect: str
    capabilities = Capabilities(local=False)

    def __init__(self, address: str, name: str, options: Options) -> None:
        self.name = name
        self.place = without_secret(address)
        self.read_only = not options.write
        self.options = options
        self.recipe: Recipe | None = Recipe(address, name, options)
        self.breaker = Breaker(f"{name} ({self.place})")
        self.pool: Pool[C] = Pool(
            lambda: self.breaker.call(self.open),
            check=self.answers,
            close=self.shut,
            size=options.pool_size,
            name=name,
            abandon=self.abandon,
        )
        self._cursors: WeakSet[ServerCursor[C]] = WeakSet()
        self._books: dict[str, tuple[float, Any]] = {}

    @abstractmethod
    def open(self) -> C:
        """A new connection, read-only where asked; raises `SourceError` within the options' time."""

    @abstractmethod
    def answers(self, connection: C) -> bool:
        """Whether an idle connection still works; never raises, never waits long."""

    @abstractmethod
    def shut(self, connection: C) -> None:
        """Close a connection, also one that another thread waits on."""

    @abstractmethod
    def start(self, connection: C, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows; ``ended`` is called once the last one has come."""

    @abstractmethod
    def stop(self, connection: C, running: Callable[[], bool]) -> None:
        """Stop what runs on ``connection``, from another thread, and cut the connection where it does not let go while ``running()``; returns at once."""

    @abstractmethod
    def explained(self, error: Exception) -> Exception:
        """What the driver raised, as `EngineError` or a typed error."""

    @abstractmethod
    def lost(self, error: Exception) -> bool:
        """Whether the error means that the connection is gone."""

    @abstractmethod
    def complained(self, error: Exception) -> bool:
        """Whether the error is the engine's own answer, so that the connection is in order."""

    @abstractmethod
    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views, from the engine's catalogue."""

    @abstractmethod
    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys, from the engine's catalogue."""

    @abstractmethod
    def read_sizes(self) -> dict[str, int]:
        """Rows by table, from the engine's books."""

    def abandon(self, connection: C) -> None:
        """In a forked child: leave the parent's connection alone."""

    def tables(self) -> tuple[Table, ...]:
        """Tables and views with their columns and primary keys."""
        return self._book("tables", self.read_tables)

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        return self._book("keys", self.read_keys)

    def sizes(self) -> dict[str, int]:
        """About how many rows each table has, by the engine's own statistics."""
        return self._book("sizes", self.read_sizes)

    def forget_tables(self) -> None:
        """Read tables and keys anew when they are next asked for."""
        self._books.clear()

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a statement of our own about the catalogue; no statement's deadline holds for it, so it has one of its own."""
        cursor = self.cursor()
        fired: list[bool] = []
        late = Timer(BOOKS_S, lambda: (fired.append(True), cursor.cancel()))
        late.daemon = True
        late.start()
        try:
            return cursor.run(sql, params or {}).read_all().to_pylist()
        except EngineError as error:
            raise SourceError(
                f"The catalogue of {self.name} cannot be read: {error}.", where=self.place, hint="Check the account's rights."
            ) from None
        except CancelledError:
            if not fired:  # the user stopped everything
                raise
            raise SourceError(
                f"The catalogue of {self.name} could not be read within {BOOKS_S:g} s.",
                where=self.place,
                hint="Check that the server can be reached, and run it again.",
            ) from None
        finally:
            late.cancel()
            cursor.close()

    def cursor(self) -> ServerCursor[C]:
        """A place to run one query; it takes a connection when it runs."""
        cursor = ServerCursor(self)
        self._cursors.add(cursor)
        return cursor

    def ping(self) -> None:
        """Try a connection, and a new one where that broke; raises `SourceError` where there is none to be had."""
        for _ in range(self.options.pool_size + 1):
            lease = self.pool.acquire()
            if self.answers(lease.connection):
                lease.release()
                return
            lease.discard()
        raise SourceError(f"The connection {self.name} does not answer.", where=self.place, hint="Check that the server runs.")

    def forget(self, cursor: ServerCursor[C]) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        self._cursors.discard(cursor)

    def cancel(self) -> None:
        """Stop every query of this connection, on the server too."""
        for cursor in tuple(self._cursors):
            cursor.cancel()

    def close(self) -> None:
        """Stop what runs and close every connection."""
        for cursor in tuple(self._cursors):
            cursor.close()
        self.pool.dispose()

    def _book(self, what: str, read: Callable[[], Any]) -> Any:
        kept = self._books.get(what)
        if kept is None or time.monotonic() - kept[0] > KEPT_S:
            kept = self._books[what] = (time.monotonic(), read())
        return kept[1]


class ServerCursor(Generic[C]):
    """One query on a connection of its own, which goes back to the pool when the last row was read."""

    def __init__(self, source: ServerSource[C]) -> None:
        self._source = source
        self._lock = Lock()
        self._lease: Lease[C] | None = None
        self._stopped = False
        self._closed = False

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows; where the connection broke before the first one, a reading statement is tried once more."""
        if frames:
            raise UsageError(
                f"{', '.join(frames)} is a data frame, and {self._source.name} is a server: they cannot be joined in one statement there.",
                hint="Read the table first (r = ws.sql(…)), then join r with the frame: a result is a table too.",
            )
        for again in (self._source.read_only, False):
            connection = self._take()
            try:
                return self._watched(self._source.start(connection, sql, params, self._ended))
            except Exception as error:  # noqa: BLE001  # any driver's, told apart below
                lost = self._source.lost(error)
                # Only what the engine itself refused leaves a connection on which nothing runs.
                self._give_back(broken=lost or not self._source.complained(error))
                if not (lost and again and not self._stopped):
                    raise self._told(error) from None
        raise AssertionError  # the second try ends above

    def cancel(self) -> None:
        """Stop it on the server; where the network is dead too, the connection is cut."""
        with self._lock:
            self._stopped = True
            lease = self._lease
            # Under the lock, so that the connection is not yet another query's.
            if lease is not None:
                self._source.stop(lease.connection, lambda: self._lease is lease)

    def close(self) -> None:
        """Give the connection back; one that still sends rows is stopped and closed."""
        with self._lock:
            self._closed = True
            lease, self._lease = self._lease, None
        if lease is not None:
            self._source.stop(lease.connection, lambda: False)
            lease.discard()
        self._source.forget(self)

    def _take(self) -> C:
        lease = self._source.pool.acquire(lambda: self._stopped or self._closed)
        with self._lock:
            gone = self._stopped or self._closed
            if not gone:
                self._lease = lease
        if gone:
            lease.release()
            raise CancelledError("The query was cancelled.")
        return lease.connection

    def _give_back(self, *, broken: bool) -> None:
        with self._lock:
            lease, self._lease = self._lease, None
        if lease is not None:
            # A cancel that came late must not meet the next query on this connection.
            (lease.discard if broken or self._stopped else lease.release)()

    def _ended(self) -> None:
        """The last row has come; raises where it came because the query was stopped: some functions end early instead of failing."""
        self._give_back(broken=self._stopped)
        if self._stopped:
            raise CancelledError("The query was cancelled.")
        if self._closed:
            raise closing.unread(self._source.name)

    def _watched(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        import pyarrow as pa

        def read() -> Iterator[pa.RecordBatch]:
            try:
                yield from reader
            except Exception as error:  # noqa: BLE001  # any driver's, told apart below
                self._give_back(broken=True)
                raise self._told(error) from None
            finally:
                reader.close()

        return pa.RecordBatchReader.from_batches(reader.schema, read())

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, AiserError):
            return error
        if self._stopped:
            return CancelledError("The query was cancelled.")
        if self._closed:
            return closing.unread(self._source.name)
        if self._source.lost(error):
            return SourceError(
                f"The connection {self._source.name} broke while the query ran.",
                where=self._source.place,
                hint="Run it again: a new connection is made; check that the server runs.",
            )
        return self._source.explained(error)
