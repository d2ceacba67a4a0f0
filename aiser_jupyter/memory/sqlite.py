"""Memory in the workspace's own file, `.aiser/state.db`; any number of processes may share it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.errors import StateError
from aiser_jupyter.memory.entry import KINDS, Entry, Owner, moment, packed, stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiser_jupyter.memory.entry import Kind
    from aiser_jupyter.state import State

COLUMNS = "id, tenant, user, place, connection, kind, text, value, at, used_at, uses"


class SqliteMemory:
    """A store in the file of a workspace's state, which makes and migrates it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, entry: Entry) -> Entry:
        """Keep ``entry``, in the place of one of the same owner, kind and text."""
        owner = entry.owner
        row = (owner.tenant, owner.user, owner.place, entry.connection, entry.kind, entry.text, entry.text.casefold(), packed(entry.value), stamp(entry.at), stamp(entry.used_at), entry.uses)  # fmt: skip
        with self._state.store() as db:
            db.execute("PRAGMA secure_delete = ON")
            number = db.execute(
                "INSERT INTO memory (tenant, user, place, connection, kind, text, folded, value, at, used_at, uses) VALUES (?,?,?,?,?,?,?,?,?,?,?) "
                "ON CONFLICT (tenant, user, place, kind, folded) DO UPDATE SET connection = excluded.connection, text = excluded.text, "
                "value = excluded.value, at = excluded.at, used_at = excluded.used_at RETURNING id",
                row,
            ).fetchone()[0]
        return replace(entry, id=number)

    def find(self, owner: Owner, kinds: Collection[Kind] = ()) -> list[Entry]:
        """The owner's entries at that place."""
        where = f" AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        values = (owner.tenant, owner.user, owner.place, *kinds)
        with self._state.store() as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM memory WHERE tenant = ? AND user IN (?, '') AND place IN (?, ''){where} ORDER BY id",  # noqa: S608  # fixed words and question marks alone
                values,
            ).fetchall()
        return list(map(_entry, rows))

    def all(self, tenant: str, user: str) -> list[Entry]:
        """Every entry that the user may read."""
        with self._state.store() as db:
            rows = db.execute(f"SELECT {COLUMNS} FROM memory WHERE tenant = ? AND user IN (?, '') ORDER BY id", (tenant, user)).fetchall()  # noqa: S608  # fixed names
        return list(map(_entry, rows))

    def used(self, tenant: str, ids: Collection[int], at: datetime) -> None:
        """Note that entries were used."""
        if ids:
            with self._state.store() as db:
                db.execute(
                    f"UPDATE memory SET used_at = ?, uses = uses + 1 WHERE tenant = ? AND id IN ({', '.join('?' * len(ids))})",  # noqa: S608  # question marks alone
                    (stamp(at), tenant, *ids),
                )

    def remove(self, tenant: str, user: str, ids: Collection[int]) -> int:
        """Take entries away; their bytes in the file are overwritten."""
        if not ids:
            return 0
        with self._state.store() as db:
            db.execute("PRAGMA secure_delete = ON")
            return db.execute(
                f"DELETE FROM memory WHERE tenant = ? AND user IN (?, '') AND id IN ({', '.join('?' * len(ids))})",  # noqa: S608  # question marks alone
                (tenant, user, *ids),
            ).rowcount

    def erase(self) -> str:
        """Write the file anew without its free pages and empty its log, so that nothing removed can be read there; backups of it are cleaned too.

        Another process that reads the file just then keeps the log from being emptied: why is said, and calling again does it.
        """
        with self._state.store() as db:
            try:
                db.execute("VACUUM")
                busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                return f"another process is using the file ({error})"
        self._clean_backups()
        return "another process is reading the file" if busy else ""

    def _clean_backups(self) -> None:
        """Take what is no longer remembered out of the copies made before migrations."""
        file = self._state.file
        if file is None:
            return
        with self._state.store() as db:
            left = {tuple(row) for row in db.execute("SELECT tenant, user, place, kind, folded FROM memory")}
        for copy in sorted(file.parent.glob("state.v*.db")):
            with closing(sqlite3.connect(copy, isolation_level=None)) as old:
                if not old.execute("SELECT 1 FROM sqlite_master WHERE name = 'memory'").fetchone():
                    continue
                old.execute("PRAGMA secure_delete = ON")
                for row in old.execute("SELECT tenant, user, place, kind, folded FROM memory").fetchall():
                    if tuple(row) not in left:
                        old.execute("DELETE FROM memory WHERE tenant = ? AND user = ? AND place = ? AND kind = ? AND folded = ?", row)
                old.execute("VACUUM")
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """The file is the state's to close."""


def _entry(row: Sequence[object]) -> Entry:
    number, tenant, user, place, connection, kind, text, value, at, used_at, uses = row
    try:
        unpacked = json.loads(str(value))
    except ValueError:
        raise StateError(
            "An entry of the memory cannot be read.", where=f"entry {number}", hint=f"Forget it: %aiser memory forget {number}."
        ) from None
    owner = Owner(str(tenant), str(user), str(place))
    known: list[Kind] = [k for k in KINDS if k == kind]
    found = known[0] if known else KINDS[-1]
    return Entry(
        found, str(text), unpacked, owner, str(connection), moment(str(at)), moment(str(used_at)), int(str(uses)), int(str(number))
    )
