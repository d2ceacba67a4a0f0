"""The workspace's own store: what was asked, in memory until the workspace has its `.aiser/` folder."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
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
    """
    ALTER TABLE history ADD COLUMN engine TEXT NOT NULL DEFAULT '';
    ALTER TABLE history ADD COLUMN route TEXT NOT NULL DEFAULT '';
    ALTER TABLE history ADD COLUMN bytes INTEGER;
    ALTER TABLE history ADD COLUMN cpu_ms REAL;
    ALTER TABLE history ADD COLUMN memory_bytes INTEGER;
    ALTER TABLE history ADD COLUMN cached INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE history ADD COLUMN statement TEXT NOT NULL DEFAULT '';
    ALTER TABLE history ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE extract (
        name TEXT PRIMARY KEY, connection TEXT NOT NULL, sql TEXT NOT NULL, cron TEXT, zone TEXT NOT NULL, keys TEXT NOT NULL, watermark TEXT,
        user TEXT NOT NULL, made_at TEXT NOT NULL, checked_at TEXT, refreshed_at TEXT, file TEXT, rows INTEGER, bytes INTEGER, mark TEXT,
        version TEXT, digest TEXT, status TEXT NOT NULL, error TEXT NOT NULL, lease TEXT, lease_until TEXT
    );
    """,
    """
    CREATE TABLE added (
        name TEXT PRIMARY KEY, place TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, at TEXT NOT NULL,
        user TEXT NOT NULL, size INTEGER, mtime REAL, digest TEXT NOT NULL, notes TEXT NOT NULL, number INTEGER NOT NULL
    );
    CREATE TABLE added_changes (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
    """,
    """
    CREATE TABLE memory (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, user TEXT NOT NULL, place TEXT NOT NULL, connection TEXT NOT NULL, kind TEXT NOT NULL,
        text TEXT NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL, used_at TEXT NOT NULL, uses INTEGER NOT NULL,
        UNIQUE (tenant, user, place, kind, folded)
    );
    """,
)
VERSION = len(MIGRATIONS)
_WAIT_S = 10.0  # how long one process waits for another to finish writing
_WORD = 3  # letters of the shortest word that the index of trigrams can find

_COLUMNS = "at, user, connection, origin, sql, rows, elapsed_ms, status, error, engine, route, bytes, cpu_ms, memory_bytes, cached, statement, favourite"


@dataclass(frozen=True)
class Run:
    """One query that ran: ``rows`` is None where nobody read to the end; ``status`` is ``done``, ``failed``, ``refused``, ``cancelled`` or ``deadline``.

    ``engine`` is what ran it and ``route`` why it did, ``bytes`` are those of its Arrow rows, ``cpu_ms`` and ``memory_bytes`` what it took as far
    as that is known, ``cached`` says that its rows were kept from before, ``statement`` is the same for the same statement whatever its literals.
    ``id`` is its number in the history, below zero where it stays in this process.
    """

    at: datetime
    user: str
    connection: str
    origin: str
    sql: str
    rows: int | None
    elapsed_ms: float
    status: str
    error: str = ""
    engine: str = ""
    route: str = ""
    bytes: int | None = None
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    cached: bool = False
    statement: str = ""
    favourite: bool = False
    id: int = field(default=0, compare=False)


@dataclass
class Entry:
    """A run in the history, for `State.amend`: where it is kept, and as what row of the file."""

    run: Run
    private: bool = False
    row: int | None = None


class State:
    """History of one workspace, in `state.db` of its ``folder`` once that is there; any number of processes may share it.

    Without a folder, or until it exists, history is kept in memory; the first write after it was made (by `create` or by another process)
    puts what was kept into the file. Runs older than ``keep_days`` are dropped unless they are favourites; 0 keeps all.
    """

    def __init__(self, folder: Path | None = None, *, keep_days: float = 0) -> None:
        self.folder = folder
        self._keep_days = keep_days
        self._pruned = False
        self._memory: list[Entry] = []
        self._numbered = 0
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

    @contextmanager
    def store(self) -> Iterator[sqlite3.Connection]:
        """The file's own connection, for what else is kept there, one thread at a time; raises `StateError` where there is no file."""
        with self._lock:
            connection = self._file()
            if connection is None:
                raise StateError(
                    "The workspace has no folder to keep this in." if self.folder else "This workspace keeps nothing (state = false).",
                    where=str(self.folder or ""),
                    hint="Make it with ws.context.state.create()." if self.folder else "Set state = true in .aiser/settings.toml.",
                )
            yield connection

    def record(self, run: Run, *, private: bool = False) -> Entry:
        """Keep ``run``; one that is ``private`` never leaves this process."""
        with self._lock:
            self._numbered -= 1
            entry = Entry(replace(run, id=self._numbered), private)
            self._memory.append(entry)
            if self._file() is not None and not self._pruned:
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
            told = {"rows": rows, "elapsed_ms": elapsed_ms, "status": status, "error": error}
            told |= {"bytes": bytes, "cpu_ms": cpu_ms, "memory_bytes": memory_bytes}
            entry.run = replace(entry.run, **told)
            if entry.row is not None and self._connection is not None:
                self._connection.execute(_AMEND, (*told.values(), entry.row))

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
        """The latest runs, newest first.

        Those of the origins in ``without`` are left out; each word of ``search`` stands somewhere in the SQL, in any case; ``on`` is
        a connection; ``favourites`` leaves the starred ones.
        """
        words = search.split()
        with self._lock:
            connection = self._file()
            runs = [entry.run for entry in self._memory if _fits(entry.run, words, without, on, status, favourites=favourites)]
            if connection is not None:
                stored = _stored(connection, limit, words, without, on, status, favourites=favourites)
                runs = sorted(stored[::-1] + runs, key=lambda run: run.at)
            return runs[::-1][:limit]

    def get(self, number: int) -> Run:
        """The run of that ``id``; raises `UsageError` where there is none."""
        with self._lock:
            connection = self._file()
            for entry in self._memory:
                if entry.run.id == number:
                    return entry.run
            row = connection and connection.execute(f"SELECT {_COLUMNS}, id FROM history WHERE id = ?", (number,)).fetchone()  # noqa: S608  # fixed names
            if not row:
                raise UsageError(f"The history has no run {number}.", hint="ws.history() shows each run with its number.")
            return _run(row)

    def star(self, number: int, *, favourite: bool = True) -> Run:
        """Make the run of that ``id`` a favourite, or no longer one."""
        with self._lock:
            run = replace(self.get(number), favourite=favourite)
            for entry in self._memory:
                if entry.run.id == number:
                    entry.run = run
            if self._connection is not None:
                self._connection.execute("UPDATE history SET favourite = ? WHERE id = ?", (favourite, number))
            return run

    def prune(self, now: datetime) -> int:
        """Drop what is older than the days kept; how many runs were dropped."""
        connection = self._connection
        if not self._keep_days or connection is None:
            return 0
        before = (now - timedelta(days=self._keep_days)).astimezone(UTC).isoformat()
        with self._lock:
            gone = connection.execute("DELETE FROM history WHERE at < ? AND NOT favourite", (before,)).rowcount
            if gone and _indexed(connection):
                connection.execute("DELETE FROM history_words WHERE rowid NOT IN (SELECT id FROM history)")
            return gone

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
                entry.run = replace(entry.run, id=entry.row)
        self._memory = [entry for entry in self._memory if entry.private]
        return self._connection


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


def _fits(run: Run, words: Sequence[str], without: Collection[str], on: str | None, status: str | None, *, favourites: bool) -> bool:
    text = run.sql.casefold()
    wanted = (on is None or run.connection == on) and (status is None or run.status == status) and (run.favourite or not favourites)
    return wanted and run.origin not in without and all(word.casefold() in text for word in words)


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


def _open(path: Path) -> sqlite3.Connection:
    """The store at ``path``, made or brought to this version; a newer one is refused."""
    try:
        if not path.exists():
            path.touch(mode=0o600)  # what was asked and taught is its user's
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
