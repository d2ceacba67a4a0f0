"""The history in the workspace's own file, `.aiser/state.db`; any number of processes may share it."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aiser_jupyter.state import trouble
from aiser_jupyter.state.migrations import migrate
from aiser_jupyter.state.run import Run

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

WAIT_S = 10.0  # how long one process waits for another to finish writing
_WORD = 3  # letters of the shortest word that the index of trigrams can find
_TRIES = 5  # a file that is put in place of another while it is opened is opened anew so often
_PAUSE_S = 0.02

_COLUMNS = "at, user, connection, origin, sql, rows, elapsed_ms, status, error, engine, route, bytes, cpu_ms, memory_bytes, cached, statement, favourite"


class SqliteHistory:
    """The runs in one open file; each call is one transaction, and raises `StateError` where the file cannot be used."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    def add(self, run: Run) -> int:
        """Keep a run; its number."""
        with trouble.told(self.path):
            return _insert(self.connection, run)

    def amend(self, number: int, run: Run) -> None:
        """Enter how the run of that number ended."""
        with trouble.told(self.path):
            told = (run.rows, run.elapsed_ms, run.status, run.error, run.bytes, run.cpu_ms, run.memory_bytes)
            self.connection.execute(_AMEND, (*told, number))

    def find(
        self,
        limit: int,
        words: Sequence[str],
        without: Collection[str],
        on: str | None,
        status: str | None,
        *,
        favourites: bool,
    ) -> list[Run]:
        """The latest runs that fit, newest first."""
        with trouble.told(self.path):
            return _stored(self.connection, limit, words, without, on, status, favourites=favourites)

    def get(self, number: int) -> Run | None:
        """The run of that number."""
        with trouble.told(self.path):
            row = self.connection.execute(f"SELECT {_COLUMNS}, id FROM history WHERE id = ?", (number,)).fetchone()  # noqa: S608  # fixed names
        return _run(row) if row else None

    def star(self, number: int, *, favourite: bool) -> None:
        """Make a run a favourite, or no longer one."""
        with trouble.told(self.path):
            self.connection.execute("UPDATE history SET favourite = ? WHERE id = ?", (favourite, number))

    def prune(self, before: datetime) -> int:
        """Drop runs from before that moment that are no favourites; how many."""
        with trouble.told(self.path):
            gone = self.connection.execute(
                "DELETE FROM history WHERE at < ? AND NOT favourite", (before.astimezone(UTC).isoformat(),)
            ).rowcount
            if gone and _indexed(self.connection):
                self.connection.execute("DELETE FROM history_words WHERE rowid NOT IN (SELECT id FROM history)")
            return gone

    def wait(self, seconds: float) -> None:
        """From now on let another process hold the file for so long."""
        with trouble.told(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


_AMEND = "UPDATE history SET rows = ?, elapsed_ms = ?, status = ?, error = ?, bytes = ?, cpu_ms = ?, memory_bytes = ? WHERE id = ?"
_values = attrgetter(*_COLUMNS.split(", ")[1:])
_INSERT = f"INSERT INTO history ({_COLUMNS}) VALUES ({', '.join('?' * len(_COLUMNS.split()))})"  # noqa: S608  # fixed names


def _insert(connection: sqlite3.Connection, run: Run) -> int:
    # One zone, so that moments sort as text.
    number = connection.execute(_INSERT, (run.at.astimezone(UTC).isoformat(), *_values(run))).lastrowid
    assert number is not None
    return number


def _run(row: Sequence[Any]) -> Run:
    return Run(datetime.fromisoformat(row[0]), *row[1:-4], cached=bool(row[-4]), statement=row[-3], favourite=bool(row[-2]), id=row[-1])


def _stored(
    connection: sqlite3.Connection,
    limit: int,
    words: Sequence[str],
    without: Collection[str],
    on: str | None,
    status: str | None,
    *,
    favourites: bool,
) -> list[Run]:
    where, values = [], []
    for clause, value in (("connection = ?", on), ("status = ?", status)):
        if value is not None:
            where.append(clause)
            values.append(value)
    if without:
        where.append(f"origin NOT IN ({', '.join('?' * len(without))})")
        values += without
    if favourites:
        where.append("favourite")
    # The index finds the rows; LIKE then judges each, so that both ways find the same.
    long = [word for word in words if len(word) >= _WORD]
    if long and _index(connection):
        where.append("id IN (SELECT rowid FROM history_words WHERE history_words MATCH ?)")
        values.append(" ".join('"' + word.replace('"', '""') + '"' for word in long))
    for word in words:
        where.append("sql LIKE ? ESCAPE '!'")
        values.append("%" + "".join("!" + letter if letter in "!%_" else letter for letter in word) + "%")
    query = f"SELECT {_COLUMNS}, id FROM history {'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY id DESC LIMIT ?"  # noqa: S608  # fixed words and question marks alone
    return [_run(row) for row in connection.execute(query, (*values, limit))]


def _index(connection: sqlite3.Connection) -> bool:
    """Bring the words of the history into its index; False where this SQLite has no FTS5, and every row is looked at instead.

    An index of trigrams (FTS5) is filled when somebody searches, so that recording a run costs nothing.
    """
    try:
        if not _indexed(connection):
            connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS history_words USING fts5(words, tokenize = 'trigram')")
        fill = "INSERT INTO history_words (rowid, words) SELECT id, sql FROM history WHERE id > (SELECT coalesce(max(rowid), 0) FROM history_words)"
        connection.execute(fill)
    except sqlite3.OperationalError:
        return False
    return True


def _indexed(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'history_words'").fetchone() is not None


def opened(path: Path, wait_s: float = WAIT_S) -> sqlite3.Connection:
    """The store at ``path``, made or brought to this version; raises `StateError` where that cannot be, and StateNewerError for a newer one."""
    with trouble.told(path):
        for _ in range(_TRIES):
            if not path.exists():
                path.touch(mode=0o600)  # what was asked and taught is its user's
            before = os.stat(path).st_ino  # noqa: PTH116  # as `_inode`
            connection = _connected(path, wait_s)
            # A restore may have put another file in its place while this one waited for it.
            if _inode(path) == before:
                return connection
            connection.close()
    raise trouble.of(sqlite3.OperationalError("it is replaced again and again"), path)


def _connected(path: Path, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=wait_s, check_same_thread=False, isolation_level=None)
    try:
        _write_ahead(connection, wait_s)
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, wait_s: float) -> None:
    """Go to the write-ahead log; SQLite does not wait by itself where several processes make the file at once."""
    until = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not trouble.locked(error) or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _inode(path: Path) -> int | None:
    try:
        return os.stat(path).st_ino  # noqa: PTH116  # a Path would take longer to make than this takes
    except OSError:
        return None
