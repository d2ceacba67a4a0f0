"""Run one statement on a thread of its own, with a deadline, so that it can always be stopped."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from aiser_jupyter.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from aiser_jupyter.sources.source import Cursor

T = TypeVar("T")

# An engine that was told to stop gets this long to do so before its thread is left behind.
GRACE_S = 0.8


class Execution:
    """One statement on one cursor: started once, read forward, stopped at its deadline.

    ``timeout`` counts the seconds the engine works, not those a reader takes between two pages. ``KeyboardInterrupt`` in the waiting thread
    stops the engine and is raised again; other threads stop it by ``cancel``, and the waiting one gets `CancelledError`.
    """

    def __init__(self, cursor: Cursor, timeout: float | None) -> None:
        self._cursor = cursor
        self._timeout = timeout
        self._reader: pa.RecordBatchReader | None = None
        self.elapsed = 0.0

    def start(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object]) -> pa.Schema:
        """Start the statement; the columns it has."""
        try:
            self._reader = self._call(lambda: self._cursor.run(sql, params, frames or None))
        except BaseException:
            self.close()
            raise
        return self._reader.schema

    def next(self) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        reader = self._reader
        if reader is None:
            return None
        batch = self._call(lambda: next(reader, None))
        if batch is None:
            self.close()
        return batch

    def rest(self) -> list[pa.RecordBatch]:
        """All rows not read yet."""
        reader = self._reader
        batches = [] if reader is None else self._call(lambda: list(reader))
        self.close()
        return batches

    def cancel(self) -> None:
        """Stop the engine, from any thread."""
        self._cursor.cancel()

    def close(self) -> None:
        """Give the cursor back; what was not read is dropped."""
        self._reader = None
        self._cursor.close()

    def _call(self, work: Callable[[], T]) -> T:
        task: _Task[T] = _Task(work)
        began = time.perf_counter()
        left = None if self._timeout is None else max(self._timeout - self.elapsed, 0.0)
        try:
            finished = task.wait(left)
        except BaseException:  # KeyboardInterrupt above all: the engine stops, the interrupt goes on
            self._cursor.cancel()
            task.wait(GRACE_S)
            raise
        finally:
            self.elapsed += time.perf_counter() - began
        if not finished:
            self._cursor.cancel()
            task.wait(GRACE_S)
            raise DeadlineError(
                f"The query was stopped after {self._timeout:g} s.",
                hint="Give it more time with timeout=… (or --timeout), or ask for less: filter or aggregate first.",
            )
        return task.result()


class _Task(Generic[T]):
    """Work on a daemon thread, so that an engine which cannot be stopped does not keep the process alive."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, name="aiser-query", daemon=True).start()

    def _run(self) -> None:
        try:
            self._value.append(self._work())
        except BaseException as error:  # noqa: BLE001  # whatever the engine raises is raised again where it is waited for
            self._error = error
        finally:
            self._done.set()

    def wait(self, seconds: float | None) -> bool:
        return self._done.wait(seconds)

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]
