"""What SQLite says of a file, as the error that a user can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiser_jupyter.errors import StateDamagedError, StateError, StateFullError, StateLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIMARY = 0xFF  # an extended code of SQLite holds the code it refines in its low byte
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# A limit on the size of files reaches SQLite as a failed write.
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


def code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where the error is Python's own."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY


def locked(error: sqlite3.Error) -> bool:
    """Whether another connection holds what was asked for."""
    return code(error) in _LOCKED


def of(error: sqlite3.Error, path: Path) -> StateError:
    """The error to raise where SQLite failed on the file at ``path``."""
    where = f"{path}: {error}"
    if locked(error):
        return StateLockedError(
            "The workspace's store is held by another process.",
            where=where,
            hint="Try again when that one is done; until then what you do is kept in memory and written later.",
        )
    if code(error) in _DAMAGED:
        return StateDamagedError(
            "The workspace's store is damaged.",
            where=where,
            hint="Bring a backup back: aiser state restore FILE; or put the damaged file aside and begin anew: aiser state aside. Until then what you do is kept in memory.",
        )
    if code(error) in _FULL:
        return StateFullError(
            "The workspace's store cannot be written: there is no room.",
            where=where,
            hint="Make room on the disk; until then what you do is kept in memory and written later.",
        )
    return StateError(
        "The workspace's store cannot be used.",
        where=where,
        hint="Check the rights on the folder; until then what you do is kept in memory. aiser state check says more.",
    )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise what SQLite raises within as an error of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise of(error, path) from None


def whole(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StateDamagedError where not every page and row of the open file can be read."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        damaged = sqlite3.DatabaseError(str(found).replace("\n", " "))
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise of(damaged, path)
