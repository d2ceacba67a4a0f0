"""Run one statement on a thread of its own, with a deadline, so that it can always be stopped."""

from __future__ import annotations

import os
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from aiser_jupyter.errors import AiserError, CancelledError, DeadlineError
from aiser_jupyter.sources.source import Metered, Progress, Reusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from aiser_jupyter.sources.source import Cursor

T = TypeVar("T")

# An engine that was told to stop gets this long to do so before its thread is left behind.
GRACE_S = 0.8
# Progress is asked for once a query has been running for this long, and then this often.
PROGRESS_AFTER_S = 0.5
_SLICE_S = 0.2


@dataclass(frozen=True)
class Ending:
    """How a run ended: ``done``, ``failed``, ``cancelled`` or ``deadline``, with what it took as far as that is known.

    ``rows`` is None where not all were read, ``bytes`` are those of the Arrow rows that were, ``elapsed_s`` the seconds the engine worked. ``cpu_s``
    is its CPU time: of the worker process, or of this one where no other statement ran meanwhile, else None. ``memory_bytes`` is the
    peak memory of the worker process, else None.
    """

    status: str
    rows: int | None
    elapsed_s: float
    error: str = ""
    bytes: int = 0
    cpu_s: float | None = None
    memory_bytes: int | None = None


class Execution:
    """One statement on one cursor: started once, read forward, stopped at its deadline.

    ``timeout`` counts the seconds the engine works, not those a reader takes between two pages. ``KeyboardInterrupt`` in the waiting thread
    stops the engine and is raised again; other threads stop it by ``cancel``, and the waiting one gets `CancelledError`. ``explain`` turns
    what the engine raises into a typed error; ``ended`` is told once, however it ends. ``progress`` is told the share that is done, 0 to 1,
    by the waiting thread, at most five times a second, where the engine knows it.
    """

    def __init__(
        self,
        cursor: Cursor,
        timeout: float | None,
        explain: Callable[[BaseException], BaseException],
        ended: Callable[[Ending], None],
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self._cursor = cursor
        self._timeout = timeout
        self._explain = explain
        self._ended: Callable[[Ending], None] | None = ended
        self._progress = progress if isinstance(cursor, Progress) else None
        self._share = 0.0
        self._reader: pa.RecordBatchReader | None = None
        self._failure: AiserError | None = None
        self._rows = 0
        self._bytes = 0
        self._meter = _Meter()
        self.elapsed = 0.0

    def start(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object]) -> pa.Schema:
        """Start the statement; the columns it has."""
        reader = self._call(lambda: self._cursor.run(sql, params, frames or None))
        self._reader = reader
        return reader.schema

    def next(self) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        reader = self._readable()
        batch = None if reader is None else self._call(lambda: next(reader, None))
        if batch is None:
            self._end("done", self._rows)
        else:
            self._rows += batch.num_rows
            self._bytes += batch.nbytes
        return batch

    def rest(self) -> list[pa.RecordBatch]:
        """All rows not read yet."""
        reader = self._readable()
        batches = [] if reader is None else self._call(lambda: list(reader))
        self._rows += sum(batch.num_rows for batch in batches)
        self._bytes += sum(batch.nbytes for batch in batches)
        self._end("done", self._rows)
        return batches

    def cancel(self) -> None:
        """Stop the engine, from any thread."""
        self._cursor.cancel()

    def close(self) -> None:
        """Give the cursor back; what was not read is dropped."""
        self._end("done", None)

    def _readable(self) -> pa.RecordBatchReader | None:
        """The rows to come, None at the end; what stopped them once is raised again, so that a part never passes for the whole."""
        if self._failure is not None:
            raise self._failure
        return self._reader

    def _end(self, status: str, rows: int | None, error: str = "") -> None:
        told, self._ended = self._ended, None
        self._reader = None
        if told is not None:
            cpu, memory = self._cursor.usage() if isinstance(self._cursor, Metered) else (self._meter.seconds, None)
            # Rows are counted only where the last one was read.
            if rows is not None and isinstance(self._cursor, Reusable):
                self._cursor.release()
            else:
                self._cursor.close()
            told(Ending(status, rows, self.elapsed, error, self._bytes, cpu, memory))

    def _call(self, work: Callable[[], T]) -> T:
        try:
            return self._wait(work)
        except BaseException as error:
            explained = self._explain(error)
            stopped = CancelledError("The query was stopped before all its rows were read.", hint="Run it again.")
            self._failure = explained if isinstance(explained, AiserError) else stopped
            self._end(_status(explained), None, explained.message if isinstance(explained, AiserError) else type(explained).__name__)
            if explained is error:
                raise
            # The engine's own words are in the typed error; its traceback would only hide them.
            raise explained from None

    def _wait(self, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        left = None if self._timeout is None else max(self._timeout - self.elapsed, 0.0)
        with self._meter:
            task: _Task[T] = _Task(work)
            try:
                if task.wait(left, lambda: self._tell(self.elapsed + time.perf_counter() - began)):
                    return task.result()
            except BaseException:
                # An interrupt, or a listener of the progress that failed: the engine must not go on unwatched.
                if not task.done:
                    self._stop(task)
                raise
            finally:
                self.elapsed += time.perf_counter() - began
            self._stop(task)
        raise DeadlineError(
            f"The query was stopped after {self._timeout:g} s.",
            hint="Give it more time with timeout=… (or --timeout), or ask for less: filter or aggregate first.",
        )

    def _tell(self, elapsed: float) -> None:
        """Tell the share that is done where it grew."""
        if self._progress is None or elapsed < PROGRESS_AFTER_S or not isinstance(self._cursor, Progress):
            return
        share = self._cursor.progress()
        if share is not None and share > self._share:
            self._share = share
            self._progress(share)

    def _stop(self, task: _Task[T]) -> None:
        """Cancel until the engine lets go or its grace is over: a first interrupt can come before it began."""
        for _ in range(8):
            self._cursor.cancel()
            if task.wait(GRACE_S / 8):
                break


class _Task(Generic[T]):
    """Work on a daemon thread, so that an engine which cannot be stopped does not keep the process alive."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._done = threading.Event()
        _Hand.take(self._run, self._done.set)

    def _run(self) -> None:
        try:
            self._value.append(self._work())
        except BaseException as error:  # noqa: BLE001  # whatever the engine raises is raised again where it is waited for
            self._error = error

    @property
    def done(self) -> bool:
        """Whether the work ended."""
        return self._done.is_set()

    def wait(self, seconds: float | None, meanwhile: Callable[[], None] | None = None) -> bool:
        """Whether the work ended within ``seconds``; waits in slices, for an interrupt that is no signal does not wake a sleeping lock."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self._done.is_set():
            left = _SLICE_S if until is None else min(until - time.monotonic(), _SLICE_S)
            if left <= 0:
                return False
            if not self._done.wait(left) and meanwhile is not None:
                meanwhile()
        return True

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]


class _Hand:
    """A thread that does one piece of work after another; starting one for each would take longer than a small query.

    One that an engine holds for ever is left to it: another is started for the next work.
    """

    _idle: ClassVar[list[_Hand]] = []
    _most_idle: ClassVar[int] = 4

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], None], Callable[[], None]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="aiser-query", daemon=True).start()

    @classmethod
    def take(cls, work: Callable[[], None], done: Callable[[], None]) -> None:
        """Do ``work``, which raises nothing, on an idle thread or on a new one, then ``done``."""
        try:
            hand = cls._idle.pop()
        except IndexError:
            hand = cls()
        hand._work.put((work, done))  # its own

    @classmethod
    def forget(cls) -> None:
        """In a forked child: the threads stayed with the parent."""
        cls._idle.clear()

    def _run(self) -> None:
        here = threading.current_thread()
        stays = True
        while stays:
            work, done = self._work.get()
            here.name = "aiser-query"
            work()
            here.name = "aiser-idle"
            stays = len(self._idle) < self._most_idle
            if stays:
                self._idle.append(self)  # before anybody learns of the end, so that the next work finds it
            done()
            del work, done  # nothing of a query stays with an idle thread


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Hand.forget)


class _Meter:
    """The CPU seconds of this process while one statement runs in it: engines have threads of their own, which cannot be told apart."""

    _running: ClassVar[set[_Meter]] = set()
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._total = 0.0
        self._began = 0.0
        self.shared = False

    @property
    def seconds(self) -> float | None:
        """What was measured; None where another statement ran meanwhile."""
        return None if self.shared else self._total

    def __enter__(self) -> None:
        with self._lock:
            self._running.add(self)
            if len(self._running) > 1:
                for meter in self._running:
                    meter.shared = True
        self._began = time.process_time()

    def __exit__(self, *_: object) -> None:
        self._total += time.process_time() - self._began
        with self._lock:
            self._running.discard(self)


def _status(error: BaseException) -> str:
    if isinstance(error, DeadlineError):
        return "deadline"
    return "cancelled" if isinstance(error, CancelledError | KeyboardInterrupt) else "failed"
