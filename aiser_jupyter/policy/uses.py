"""What users of a policy use up: places that processes hold, what began in the last minute, money of the day; one file for all processes of a machine."""

from __future__ import annotations

import math
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING

from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.process import Process, this

if TYPE_CHECKING:
    from pathlib import Path

NAME = "uses.db"
MINUTE_S = 60.0
# A place of a process that cannot be asked, on another machine or in another container, is free after this long.
UNSEEN_S = 3600.0
_WAIT_S = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, who TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL, reserved REAL NOT NULL,
                                  machine TEXT NOT NULL, boot TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS begun (who TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS begun_by ON begun (who, kind, at);
CREATE TABLE IF NOT EXISTS spent (who TEXT NOT NULL, day TEXT NOT NULL, cost REAL NOT NULL, dearest REAL NOT NULL, PRIMARY KEY (who, day));
"""


@dataclass(frozen=True)
class Bounds:
    """What one user may have: ``places`` at once, ``per_minute`` begun, ``cost`` a day (of UTC); 0 is no bound."""

    places: int = 0
    per_minute: int = 0
    cost: float = 0

    @property
    def any(self) -> bool:
        """Whether there is any bound."""
        return bool(self.places or self.per_minute or self.cost)


class Full(Exception):  # noqa: N818  # it is no error: the bounds hold
    """No place: ``which`` bound is reached (``places``, ``per_minute`` or ``cost``), and in how many seconds the next may begin where that is known."""

    def __init__(self, which: str, wait_s: float = 0.0) -> None:
        super().__init__(which)
        self.which = which
        self.wait_s = wait_s


class Uses:
    """The store at ``path``, of this process alone where that is None; safe for threads, processes and a fork."""

    def __init__(self, path: Path | None, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or Clock()
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0

    def begin(self, who: str, kind: str, bounds: Bounds) -> int:
        """Take a place of ``kind`` for ``who``; its number, for `end`. Raises `Full` where a bound is reached, RefusedError where nothing can be counted."""
        moment = self._clock.now()
        now, day = moment.timestamp(), _day(moment)
        with self._lock, _Counting(self) as connection:
            self._free(connection, who, kind, now)
            if bounds.places:
                (held,) = connection.execute("SELECT count(*) FROM place WHERE who = ? AND kind = ?", (who, kind)).fetchone()
                if held >= bounds.places:
                    raise Full("places")
            if bounds.per_minute:
                times = connection.execute(
                    "SELECT at FROM begun WHERE who = ? AND kind = ? ORDER BY at DESC LIMIT ?", (who, kind, bounds.per_minute)
                ).fetchall()
                if len(times) >= bounds.per_minute:
                    raise Full("per_minute", max(0.0, times[-1][0] + MINUTE_S - now))
            reserved = self._affordable(connection, who, kind, bounds.cost, day) if bounds.cost else 0.0
            connection.execute("INSERT INTO begun VALUES (?, ?, ?)", (who, kind, now))
            process = this()
            number = connection.execute(
                "INSERT INTO place (who, kind, at, reserved, machine, boot, pid, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (who, kind, now, reserved, process.machine, process.boot, process.pid, process.started),
            ).lastrowid
            assert number is not None
            return number

    def end(self, number: int, who: str = "", cost: float = 0.0) -> None:
        """Give a place back; ``cost`` is what it took of the money of ``who``."""
        with self._lock, _Counting(self) as connection:
            connection.execute("DELETE FROM place WHERE id = ?", (number,))
            if cost:
                connection.execute(
                    "INSERT INTO spent VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET cost = cost + excluded.cost, dearest = max(dearest, excluded.cost)",
                    (who, _day(self._clock.now()), cost, cost),
                )

    def spent(self, who: str) -> float:
        """What ``who`` spent this day."""
        with self._lock, _Counting(self) as connection:
            row = connection.execute("SELECT cost FROM spent WHERE who = ? AND day = ?", (who, _day(self._clock.now()))).fetchone()
            return float(row[0]) if row else 0.0

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _free(self, connection: sqlite3.Connection, who: str, kind: str, now: float) -> None:
        """Forget what is older than a minute, or of a clock that was set back since, and the places of processes that are gone."""
        connection.execute("DELETE FROM begun WHERE at <= ? OR at > ?", (now - MINUTE_S, now + MINUTE_S))
        held = connection.execute(
            "SELECT id, at, machine, boot, pid, started FROM place WHERE who = ? AND kind = ?", (who, kind)
        ).fetchall()
        for number, at, *process in held:
            runs = Process(*process).runs()
            if runs is False or (runs is None and abs(now - at) > UNSEEN_S):
                connection.execute("DELETE FROM place WHERE id = ?", (number,))

    def _affordable(self, connection: sqlite3.Connection, who: str, kind: str, bound: float, day: str) -> float:
        """What to set aside for a call, whose price is known when it ended: that of the dearest so far; raises `Full` where the money is gone."""
        cost, dearest = connection.execute("SELECT cost, dearest FROM spent WHERE who = ? AND day = ?", (who, day)).fetchone() or (0.0, 0.0)
        (set_aside,) = connection.execute("SELECT coalesce(sum(reserved), 0) FROM place WHERE who = ? AND kind = ?", (who, kind)).fetchone()
        if math.fsum((cost, set_aside)) >= bound:
            raise Full("cost")
        return float(dearest)

    def _open(self) -> sqlite3.Connection:
        """The connection of this very process."""
        if self._connection is None or self._owner != os.getpid():
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if not self._path.exists():
                    self._path.touch(mode=0o600)
            connection = sqlite3.connect(self._path or ":memory:", timeout=_WAIT_S, check_same_thread=False, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_TABLES)
            self._connection, self._owner = connection, os.getpid()
        return self._connection


class _Counting:
    """One transaction that no other process can come between; RefusedError where it cannot be had, as nothing runs uncounted."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection = self._uses._open()  # noqa: SLF001  # two halves of one thing
            self._connection.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError) as error:
            raise self._uncounted(error) from None
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        assert self._connection is not None
        try:
            self._connection.execute("ROLLBACK" if kind is not None and kind is not Full else "COMMIT")
        except sqlite3.Error as failed:
            raise self._uncounted(failed) from None
        if isinstance(error, sqlite3.Error):
            raise self._uncounted(error) from None

    def _uncounted(self, error: Exception) -> RefusedError:
        return RefusedError(
            "What your role uses cannot be counted, and what is bounded does not run uncounted.",
            where=f"{self._uses._path or 'in memory'}: {error}",  # noqa: SLF001  # two halves of one thing
            hint="Let the file be written, make room, or move a damaged one away.",
        )


_stores: dict[Path | None, Uses] = {}
_making = RLock()


def at(folder: Path | None) -> Uses:
    """The store in ``folder``, the same one for all of this process that name it."""
    place = None if folder is None else (folder / NAME).absolute()
    with _making:
        return _stores.setdefault(place, Uses(place))


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
