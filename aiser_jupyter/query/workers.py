"""Cursors on worker processes: for SQL that is not trusted, and for engines that cannot be interrupted."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.errors import CancelledError, QueryError
from aiser_jupyter.query.worker import Worker
from aiser_jupyter.query.worker_spawn import Keeper
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.duckdb import DuckDBSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.settings import Settings
    from aiser_jupyter.sources.source import Cursor, Source

KEPT = 2  # processes of one source that wait for the next statement
MOST = 8  # at once: a result that is read slowly holds its process
IDLE_S = 300.0
# A statement that was told to stop and goes on loses its process.
KILL_AFTER_S = 1.0
_DRAIN_S = 0.5
_TIDY_S = 30.0


def wanted(source: Source, settings: Settings, origin: str) -> bool:
    """Whether a statement of ``origin`` belongs into a worker process: what the user did not write, and what cannot be interrupted."""
    if settings.worker != "auto":
        return settings.worker == "always"
    return origin != "user" or not source.capabilities.interrupts


def cursor(source: Source, settings: Settings, *, write: bool = False) -> Cursor | None:
    """A cursor on ``source`` in a process of its own; None where the source can be had in this process alone.

    The process opens it read-only unless ``write`` and the source is open for writing. It starts when the cursor runs.
    """
    pool = _pool(source, settings, write=write)
    return None if pool is None else WorkerCursor(pool)


def here(source: Source, *, write: bool = False) -> str:
    """Why a statement on ``source`` runs in this process, whatever is wanted; empty where another process can open it."""
    write = write and not source.read_only
    if not sys.executable:
        return "there is no Python to start another process with"
    if _possible(source, write=write):
        return ""
    if source.dialect == "duckdb" and source.recipe is not None:
        return f"the file of {source.name} is open for writing here, so that no other process can open it"
    return f"{source.name} lives in this process alone"


def warm(source: Source, settings: Settings) -> None:
    """Start the first process of ``source`` now, in the background, so that the first statement need not wait for it."""
    pool = _pool(source, settings, write=False)
    if pool is not None:
        pool.warm()


def keep(count: int) -> None:
    """Let so many processes of one source wait for the next statement, where many users take turns on it."""
    global KEPT  # noqa: PLW0603  # of this process as a whole
    KEPT = min(count, MOST)


def close(source: Source) -> None:
    """End the processes of ``source``."""
    with _lock:
        gone = [_pools.pop(key) for key in tuple(_pools) if key[0] == id(source)]
    for pool in gone:
        pool.close()


class WorkerCursor:
    """One statement in a worker process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.RLock()
        self._worker: Worker | None = None
        self._timer: threading.Timer | None = None
        self._state: Literal["new", "busy", "read", "closed"] = "new"
        self._cancelled = False

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` there and stream its rows as they come through the pipe."""
        import pyarrow as pa

        with self._lock:
            if self._cancelled or self._state == "closed":
                raise CancelledError("The query was cancelled.")
            self._state = "busy"
        worker = self._pool.take()
        with self._lock:
            self._worker = worker
            stopped = self._cancelled or self._state == "closed"
        if stopped:
            self._give_back(worker)
            raise CancelledError("The query was cancelled.")
        try:
            reader = worker.query(self._pool.source(), sql, params, frames)
        finally:
            self._rest()
        return pa.RecordBatchReader.from_batches(reader.schema, self._watched(reader))

    def _watched(self, reader: pa.RecordBatchReader) -> object:
        """The batches; while one is waited for, the cursor is busy."""
        while True:
            with self._lock:
                if self._state == "closed":
                    return
                self._state = "busy"
            try:
                batch = next(reader, None)
            finally:
                self._rest()
            if batch is None:
                return
            yield batch

    def cancel(self) -> None:
        """Ask the process to stop the statement; a second later it is killed where it did not."""
        with self._lock:
            self._cancelled = True
            worker = self._worker
            if worker is None or self._state == "closed":
                return
            if self._timer is None and self._state == "busy":
                self._timer = threading.Timer(KILL_AFTER_S, worker.kill)
                self._timer.daemon = True
                self._timer.start()
        worker.cancel()

    def close(self) -> None:
        """Give the process back; one that did not heed a cancel is killed."""
        with self._lock:
            state, self._state = self._state, "closed"
            worker, self._worker = self._worker, None
            if self._timer is not None:
                self._timer.cancel()
        if worker is None:
            return
        if state == "busy":
            worker.kill()
        self._give_back(worker)

    def progress(self) -> float | None:
        """The share of the statement that is done, as the process last said."""
        worker = self._worker
        return None if worker is None else worker.share

    def usage(self) -> tuple[float | None, int | None]:
        """CPU seconds of the statement, and the peak memory of the process while it ran; known when it ended."""
        worker = self._worker
        return (None, None) if worker is None else worker.usage

    def _rest(self) -> None:
        with self._lock:
            if self._state == "busy":
                self._state = "read"
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _give_back(self, worker: Worker) -> None:
        worker.drain(_DRAIN_S)
        self._pool.give(worker)


class Pool:
    """The worker processes of one source."""

    def __init__(self, source: Source, memory_mb: int, *, write: bool) -> None:
        self._source = weakref.ref(source)
        self._memory_mb = memory_mb
        self._write = write
        self._lock = threading.RLock()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._closed = False

    def source(self) -> Source:
        """The source as it is here."""
        source = self._source()
        assert source is not None
        return source

    def take(self) -> Worker:
        """A process that runs nothing: one that waits, or a new one."""
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
                if worker is None and len(self._all) >= MOST:
                    raise QueryError(
                        f"{MOST} results of {self.source().name} are still being read from worker processes.",
                        hint="Read them to the end (.arrow()) or close them (.close()).",
                    )
            if worker is None:
                return self._new()
            if worker.fit:
                return worker
            self._drop(worker)

    def warm(self) -> None:
        """Start a process where there is none."""
        with self._lock:
            there = bool(self._all) or self._closed
        if not there:
            self.give(self._new())

    def give(self, worker: Worker) -> None:
        """Take a process back; it is ended where it is used up, or enough wait."""
        with self._lock:
            keep = not self._closed and worker.fit and len(self._idle) < KEPT
            if keep:
                worker.idle_since = time.monotonic()
                self._idle.append(worker)
        if not keep:
            self._drop(worker)

    def tidy(self, idle_s: float = IDLE_S) -> None:
        """End processes that have waited for ``idle_s`` seconds."""
        with self._lock:
            old = [worker for worker in self._idle if time.monotonic() - worker.idle_since > idle_s or not worker.alive]
            self._idle = [worker for worker in self._idle if worker not in old]
        for worker in old:
            self._drop(worker)

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            workers, self._all = tuple(self._all), set()
            self._idle.clear()
        for worker in workers:
            worker.close()

    def abandon(self) -> None:
        """In a process that was forked: forget the processes, which are not its own."""
        for worker in self._all:
            worker.abandon()

    def pids(self) -> set[int]:
        """The processes there are."""
        with self._lock:
            return {worker.pid for worker in self._all}

    def _new(self) -> Worker:
        worker = Worker(_keeper(), self.source(), self._memory_mb, write=self._write)
        with self._lock:
            if not self._closed:
                self._all.add(worker)
                return worker
        worker.close()
        raise CancelledError("The connection was closed.")

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.close()


# The locks here may be taken twice by one thread: a forgotten result is closed wherever the garbage collector runs.
_pools: dict[tuple[int, int, bool], Pool] = {}
_lock = threading.RLock()
_kept: list[Keeper] = []


def _pool(source: Source, settings: Settings, *, write: bool) -> Pool | None:
    """The processes of ``source``; None where no other process can open it."""
    write = write and not source.read_only
    if here(source, write=write):
        return None
    key = (id(source), settings.worker_memory_mb, write)
    with _lock:
        pool = _pools.get(key)
        if pool is None:
            pool = _pools[key] = Pool(source, settings.worker_memory_mb, write=write)
            closing.follow(source, close)
            weakref.finalize(source, _forget, key).atexit = False
        return pool


def _possible(source: Source, *, write: bool) -> bool:
    if source.recipe is not None:
        # DuckDB lets a file that one process writes be opened by no other.
        return source.dialect != "duckdb" or (source.read_only and not write)
    return isinstance(source, DuckDBSource) and source.read_only


def _keeper() -> Keeper:
    with _lock:
        if not _kept:
            _kept.append(Keeper(_tidy, _TIDY_S))
        return _kept[0]


def _tidy() -> None:
    with _lock:
        pools = tuple(_pools.values())
    for pool in pools:
        pool.tidy()


def _forget(key: tuple[int, int, bool]) -> None:
    with _lock:
        pool = _pools.pop(key, None)
    if pool is not None:
        pool.close()


def _close_all() -> None:
    with _lock:
        pools = tuple(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()


def _after_fork() -> None:
    """A forked process has neither the threads nor the workers of the one before."""
    global _lock  # noqa: PLW0603  # it may have been held by a thread that is not here
    _lock = threading.RLock()
    for pool in _pools.values():
        pool.abandon()
    _pools.clear()
    _kept.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
