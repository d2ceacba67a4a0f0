"""A word to stop, for work that goes on in another thread."""

from __future__ import annotations

from threading import Event, Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiser_jupyter.errors import CancelledError

if TYPE_CHECKING:
    import duckdb


class Stop:
    """Ends the reading of files: engines at work are interrupted, and whoever calls ``check`` gets a `CancelledError`."""

    def __init__(self) -> None:
        self._said = Event()
        self._lock = Lock()
        self._engines: WeakSet[duckdb.DuckDBPyConnection] = WeakSet()

    @property
    def said(self) -> bool:
        """Whether it was said."""
        return self._said.is_set()

    def watch(self, engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Interrupt ``engine`` too when it is said."""
        with self._lock:
            self._engines.add(engine)
        return engine

    def cancel(self) -> None:
        """Say it, from any thread."""
        self._said.set()
        with self._lock:
            engines = tuple(self._engines)
        for engine in engines:
            engine.interrupt()

    def check(self) -> None:
        """Raise `CancelledError` where it was said."""
        if self.said:
            raise CancelledError("Adding was stopped.", hint="No table was made of the file that was being read.")
