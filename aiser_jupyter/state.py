"""The workspace's own store: what was asked, in memory until the workspace has its `.aiser/` folder."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING

from aiser_jupyter.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

# What turns version n into n + 1; the list only grows.
MIGRATIONS = (
    """
    CREATE TABLE history (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, user TEXT NOT NULL, connection TEXT NOT NULL, origin TEXT NOT NULL, sql TEXT NOT NULL,
        rows INTEGER, elapsed_ms REAL NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL
    );
    CREATE INDEX history_by_connection ON history (connection, id);
    """,
)
VERSION = len(MIGRATIONS)
_WAIT_S = 10.0  # how long one process waits for another to finish writing


@dataclass(frozen=True)
class Run:
    """One query that ran: ``rows`` is None where nobody read to the end; ``status`` is ``done``, ``failed``, ``refused``, ``cancelled`` or ``deadline``."""

    at: datetime
    user: str
    connection: str
    origin: str
    sql: str
    rows: int | None
    elapsed_ms: float
    status: str
    error: str = ""


@dataclass
class Entry:
    """A run in the history, for `State.amend`: where it is kept, and as what row of the file."""

    run: Run
    private: bool = False
    row: int | None = None


class State:
    """History of one workspace, in `state.db` of its ``folder`` once that is there; any number of processes may share it.

    Without a folder, or until it exists, history is kept in memory; the first write after it was made (by `create` or by another process)
    puts what was kept into the file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._memory: list[Entry] = []
        self._connection: sqlite3.Connection | None = None
        self._lock = RLock()

    def create(self) -> None:
        """Make the folder and the file; raises `StateError` where that cannot be."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                "The workspace folder cannot be made.", where=f"{self.folder}: {error.strerror}", hint="Choose a folder you may write to."
            ) from None
        self._file()

    @property
    def file(self) -> Path | None:
        """The file that history is kept in, or None while it is in memory."""
        return self.folder / "state.db" if self.folder is not None and self.folder.is_dir() else None

    def record(self, run: Run, *, private: bool = False) -> Entry:
        """Keep ``run``; one that is ``private`` never leaves this process."""
        entry = Entry(run, private)
        with self._lock:
            self._memory.append(entry)
            self._file()
        return entry

    def amend(self, entry: Entry, *, rows: int | None, elapsed_ms: float, status: str, error: str = "") -> None:
        """Say how the run of ``entry`` ended."""
        with self._lock:
            entry.run = replace(entry.run, rows=rows, elapsed_ms=elapsed_ms, status=status, error=error)
            if entry.row is not None and self._connection is not None:
                query = "UPDATE history SET rows = ?, elapsed_ms = ?, status = ?, error = ? WHERE id = ?"
                self._connection.execute(query, (rows, elapsed_ms, status, error, entry.row))

    def history(self, limit: int = 100, *, without: Collection[str] = ()) -> list[Run]:
        """The latest runs, newest first; those of the origins in ``without`` are left out."""
        with self._lock:
            connection = self._file()
            runs = [entry.run for entry in self._memory if entry.run.origin not in without]
            if connection is not None:
                left_out = f"WHERE origin NOT IN ({', '.join('?' * len(without))})" if without else ""
                query = f"SELECT at, user, connection, origin, sql, rows, elapsed_ms, status, error FROM history {left_out} ORDER BY id DESC LIMIT ?"  # noqa: S608  # question marks alone
                stored = [Run(datetime.fromisoformat(row[0]), *row[1:]) for row in connection.execute(query, (*without, limit))]
                runs = sorted(stored[::-1] + runs, key=lambda run: run.at)
            return runs[::-1][:limit]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _file(self) -> sqlite3.Connection | None:
        """The open file with all that may be in it, or None while there is no folder."""
        if self._connection is None:
            path = self.file
            if path is None:
                return None
            self._connection = _open(path)
        for entry in self._memory:
            if not entry.private:
                entry.row = _insert(self._connection, entry.run)
        self._memory = [entry for entry in self._memory if entry.private]
        return self._connection


def _insert(connection: sqlite3.Connection, run: Run) -> int | None:
    query = "INSERT INTO history (at, user, connection, origin, sql, rows, elapsed_ms, status, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    return connection.execute(query, (run.at.isoformat(), *astuple(run)[1:])).lastrowid


def _open(path: Path) -> sqlite3.Connection:
    """The store at ``path``, made or brought to this version; a newer one is refused."""
    try:
        connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection, path)
    except sqlite3.Error as error:
        raise StateError(
            "The workspace's store cannot be opened.",
            where=f"{path}: {error}",
            hint="Restore it: aiser state restore, or move the file away.",
        ) from None
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")  # one process migrates, the others wait here and find it done
    try:
        version = _version(connection)
        _refuse_newer(version, path)
        if 0 < version < VERSION:
            _back_up(path, version)
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        connection.close()
        raise


def _refuse_newer(version: int, path: Path) -> None:
    if version > VERSION:
        raise StateError(
            f"The workspace's store has version {version}; this aiser-jupyter knows up to {VERSION}.",
            where=str(path),
            hint="Upgrade it: pip install --upgrade aiser-jupyter.",
        )


def _back_up(path: Path, version: int) -> None:
    source = sqlite3.connect(path)
    target = sqlite3.connect(path.with_name(f"state.v{version}.db"))
    source.backup(target)
    target.close()
    source.close()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
