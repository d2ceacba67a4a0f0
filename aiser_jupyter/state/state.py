"""The workspace's own store: what was asked, in memory until the workspace has its `.aiser/` folder, and while the store cannot be used."""

from __future__ import annotations

import atexit
import logging
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiser_jupyter.errors import AiserError, StateDamagedError, StateError, StateNewerError, UsageError
from aiser_jupyter.state import trouble
from aiser_jupyter.state.bounded import Bounded
from aiser_jupyter.state.run import Entry, Run, fits
from aiser_jupyter.state.sqlite import WAIT_S, SqliteHistory, opened

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime
    from pathlib import Path

    from aiser_jupyter.state.history import History

_SHORT_WAIT_S = 0.2  # while the store is in trouble, so that each query does not wait anew
_SESSION = 1000  # runs of this process that can be shown while the store cannot
_log = logging.getLogger("aiser_jupyter.state")
_all: WeakSet[State] = WeakSet()


class State:
    """History of one workspace, in `state.db` of its ``folder`` once that is there; any number of processes may share it.

    Without a folder, or until it exists, history is kept in memory, as much of it as `Bounded` has room for; the first write after it was made (by `create` or by another process)
    puts what was kept into the file. Where the file cannot be used, `trouble` says why, queries go on, and their runs are written when it can be again.
    ``team`` makes the place where the history is kept instead, a folder or not; what else is kept stays in the file. Runs older than ``keep_days`` are dropped unless they are favourites; 0 keeps all. ``wait_s`` is how long another process may hold the file;
    ``on_trouble`` is told of each new trouble, and None when it is over.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        keep_days: float = 0,
        wait_s: float = WAIT_S,
        on_trouble: Callable[[StateError | None], None] | None = None,
        team: Callable[[], History] | None = None,
    ) -> None:
        self.folder = folder
        self.trouble: StateError | None = None
        self._keep_days = keep_days
        self._wait_s = wait_s
        self._on_trouble = on_trouble
        self._team = team
        self._pruned = False
        self._private = Bounded()
        self._waiting = Bounded()  # begun, and not in the store yet
        self._owed: deque[Entry] = deque()  # in the store, which has yet to be told how they ended
        self._session: deque[Entry] = deque(maxlen=_SESSION)
        self._numbered = 0
        self._file: SqliteHistory | None = None
        self._history: History | None = None
        self._lock = RLock()
        _all.add(self)

    def create(self) -> None:
        """Make the folder and the file; raises `StateError` where that cannot be."""
        if self.folder is None:
            return
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StateError(
                "The workspace folder cannot be made.", where=f"{self.folder}: {error.strerror}", hint="Choose a folder you may write to."
            ) from None
        self.check()

    @property
    def file(self) -> Path | None:
        """The file that history is kept in, or None while it is in memory."""
        return self.folder / "state.db" if self.folder is not None and self.folder.is_dir() else None

    @property
    def shared(self) -> bool:
        """Whether the history is a team's, kept elsewhere than in `file`."""
        return self._team is not None

    def check(self, *, patient: bool = True) -> None:
        """Reach the store where there is one, and write what waits; raises `StateError` where that cannot be.

        One that is in trouble already is waited for in full only where ``patient``.
        """
        with self._lock:
            self._reach(self._wait_s if patient else None)
            if self.trouble is not None:
                raise self.trouble.with_traceback(None)

    @contextmanager
    def store(self, *, patient: bool = True) -> Iterator[sqlite3.Connection]:
        """The file's own connection, for what else is kept there, one thread at a time; raises `StateError` where there is no file or it cannot be used."""
        with self._lock:
            path = self.file
            if path is None:
                raise StateError(
                    "The workspace has no folder to keep this in." if self.folder else "This workspace keeps nothing (state = false).",
                    where=str(self.folder or ""),
                    hint="Make it with ws.context.state.create()." if self.folder else "Set state = true in .aiser/settings.toml.",
                )
            if self._team is None:
                self.check(patient=patient)
            with trouble.told(path):
                yield self._opened(path, self._wait_s).connection

    def record(self, run: Run, *, private: bool = False) -> Entry:
        """Keep ``run``; one that is ``private`` never leaves this process."""
        with self._lock:
            self._numbered -= 1
            entry = Entry(replace(run, id=self._numbered), private)
            (self._private if private else self._waiting).append(entry)
            self._session.append(entry)
            if self._reach() is not None and not self._pruned:
                self._pruned = True
                self.prune(run.at)
        return entry

    def amend(
        self,
        entry: Entry,
        *,
        rows: int | None,
        elapsed_ms: float,
        status: str,
        error: str = "",
        bytes: int | None = None,  # noqa: A002  # the run's own words
        cpu_ms: float | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        """Say how the run of ``entry`` ended."""
        with self._lock:
            entry.run = replace(
                entry.run,
                rows=rows,
                elapsed_ms=elapsed_ms,
                status=status,
                error=error,
                bytes=bytes,
                cpu_ms=cpu_ms,
                memory_bytes=memory_bytes,
            )
            if entry.row is not None:
                self._owed.append(entry)
                self._reach()

    def history(
        self,
        limit: int = 100,
        *,
        without: Collection[str] = (),
        search: str = "",
        on: str | None = None,
        status: str | None = None,
        favourites: bool = False,
    ) -> list[Run]:
        """The latest runs, newest first; those of this session alone while the store is in trouble, and StateNewerError where a newer version wrote it.

        Those of the origins in ``without`` are left out; each word of ``search`` stands somewhere in the SQL, in any case; ``on`` is
        a connection; ``favourites`` leaves the starred ones.
        """
        words = search.split()
        with self._lock:
            stored: list[Run] = []
            history = self._reach()
            if history is not None:
                try:
                    stored = history.find(limit, words, without, on, status, favourites=favourites)
                except StateError as error:
                    self._fails(error)
            if isinstance(self.trouble, StateNewerError):
                raise self.trouble.with_traceback(None)
            entries = self._session if self.trouble is not None else (*self._private, *self._waiting)
            here = [entry.run for entry in entries if fits(entry.run, words, without, on, status, favourites=favourites)]
            return sorted(stored[::-1] + here, key=lambda run: run.at)[::-1][:limit]

    def get(self, number: int) -> Run:
        """The run of that ``id``; raises `UsageError` where there is none."""
        with self._lock:
            history = self._reach()
            for entry in (*self._private, *self._waiting, *self._session):
                if entry.run.id == number:
                    return entry.run
            if self.trouble is not None:
                raise self.trouble.with_traceback(None)
            run = history.get(number) if history is not None else None
            if run is None:
                raise UsageError(f"The history has no run {number}.", hint="ws.history() shows each run with its number.")
            return run

    def star(self, number: int, *, favourite: bool = True) -> Run:
        """Make the run of that ``id`` a favourite, or no longer one."""
        with self._lock:
            run = replace(self.get(number), favourite=favourite)
            if number >= 0 and self._history is not None:
                self._history.star(number, favourite=favourite)
            for entry in (*self._private, *self._waiting, *self._session):
                if entry.run.id == number:
                    entry.run = run
            return run

    def prune(self, now: datetime) -> int:
        """Drop what is older than the days kept; how many runs were dropped."""
        with self._lock:
            if not self._keep_days or self._history is None:
                return 0
            try:
                return self._history.prune(now - timedelta(days=self._keep_days))
            except StateError as error:
                self._fails(error)
                return 0

    def close(self) -> None:
        """Write what waits, where that can be, and close the file; the next use opens it again."""
        with self._lock:
            if self._waiting or self._owed:
                self._reach()
            if self.trouble is not None and (self._waiting or self._owed):
                lost = _runs(len(self._waiting) + len(self._owed) + self._waiting.dropped)
                _log.warning("%s of this session could not be kept: %s", lost, self.trouble.message)
            self._shut()

    def end(self) -> None:
        """The process ends: say of runs that are still going that they were cancelled, and `close`."""
        with self._lock:
            for entry in self._session:
                run = entry.run
                if run.status == "running":
                    self.amend(entry, rows=run.rows, elapsed_ms=run.elapsed_ms, status="cancelled", error="The process ended.")
            self.close()

    def _opened(self, path: Path, wait_s: float) -> SqliteHistory:
        """The open file."""
        if self._file is None:
            self._file = SqliteHistory(path, opened(path, wait_s))
        return self._file

    def _reach(self, wait_s: float | None = None) -> History | None:
        """The store with all that may be in it; None where there is none, or where it cannot be used, which `trouble` says then."""
        if wait_s is None:
            wait_s = self._wait_s if self.trouble is None else min(_SHORT_WAIT_S, self._wait_s)
        try:
            if self._history is None:
                path = self.file
                if self._team is not None:
                    self._history = self._team()
                elif path is not None:
                    self._history = self._opened(path, wait_s)
                else:
                    return None
            elif self.trouble is not None:
                self._history.wait(wait_s)
            self._write(self._history)
        except StateError as error:
            self._fails(error)
            return None
        except AiserError as error:  # an address that leads nowhere costs no query either
            self._fails(StateError(error.message, where=error.where, hint=error.hint))
            return None
        self._well()
        return self._history

    def _write(self, history: History) -> None:
        """Put what waits into the store; what it took is no longer waiting."""
        while self._waiting:
            entry = self._waiting.first()
            entry.row = history.add(entry.run)
            entry.run = replace(entry.run, id=entry.row)
            self._waiting.pop()
        while self._owed:
            entry = self._owed[0]
            assert entry.row is not None
            history.amend(entry.row, entry.run)
            self._owed.popleft()

    def _fails(self, error: StateError) -> None:
        """Note that the store cannot be used, and say so where that is new."""
        known, self.trouble = self.trouble, error
        if isinstance(error, StateDamagedError):
            self._shut()  # so that it can be put aside
        if type(known) is not type(error):
            _log.warning("%s", error)
            if self._on_trouble is not None:
                self._on_trouble(error)

    def _well(self) -> None:
        """Note that the store can be used again."""
        if self.trouble is None:
            return
        self.trouble = None
        if self._history is not None:
            self._history.wait(self._wait_s)
        _log.info("The workspace's store is in use again.")
        if self._on_trouble is not None:
            self._on_trouble(None)

    def _shut(self) -> None:
        for opened_ in (self._history, self._file):
            if opened_ is not None:
                opened_.close()
        self._history = self._file = None


@atexit.register
def _end_all() -> None:
    for state in tuple(_all):
        state.end()


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
