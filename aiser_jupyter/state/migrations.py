"""The tables of `state.db`, version by version, and how a file is brought to the newest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import StateNewerError
from aiser_jupyter.state import trouble

if TYPE_CHECKING:
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
    """
    CREATE TABLE encryption (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, reference TEXT NOT NULL, since TEXT NOT NULL);
    """,
)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the open file to this version, after a copy beside it (`state.v3.db`) where it is older; raises StateNewerError where it is newer."""
    if version_of(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")  # one process migrates, the others wait here and find it done
    try:
        version = version_of(connection)
        refuse_newer(version, str(path))
        if 0 < version < VERSION:
            trouble.whole(connection, path)  # a damaged one is not built upon
            _back_up(path, version)
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def refuse_newer(version: int, where: str, what: str = "The workspace's store") -> None:
    """Raise StateNewerError where ``version`` is one that this aiser-jupyter does not know."""
    if version > VERSION:
        raise StateNewerError(
            f"{what} has version {version}; this aiser-jupyter knows up to {VERSION}.",
            where=where,
            hint="Upgrade it: pip install --upgrade aiser-jupyter.",
        )


def version_of(connection: sqlite3.Connection) -> int:
    """The version that a file says it has; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _back_up(path: Path, version: int) -> None:
    copy_to(path, path.with_name(f"state.v{version}.db"))


def copy_to(path: Path, target: Path) -> None:
    """Copy the file as it is at one moment, whatever other processes write meanwhile; it is there whole or not at all, for its owner alone."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=files.PRIVATE)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
