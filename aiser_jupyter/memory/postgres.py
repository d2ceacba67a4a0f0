"""A team's memory in PostgreSQL, by psycopg."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aiser_jupyter import redact
from aiser_jupyter.errors import StateError
from aiser_jupyter.memory.entry import Entry, Owner, moment, packed, stamp
from aiser_jupyter.memory.store import missing
from aiser_jupyter.team_postgres import TeamPostgres

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiser_jupyter.memory.entry import Kind

COLUMNS = "id, tenant, owner, place, connection, kind, text, value, at, used_at, uses"
# One key for all who make the table at once.
LOCK = 0x61697365
SCRIPT = """
CREATE TABLE IF NOT EXISTS aiser_memory (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, place TEXT NOT NULL, connection TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL, used_at TEXT NOT NULL,
    uses BIGINT NOT NULL DEFAULT 0, UNIQUE (tenant, owner, place, kind, folded)
)
"""


class PostgresMemory:
    """A store in the table ``aiser_memory`` of one database; made when it is not there."""

    def __init__(self, url: str) -> None:
        self._team = TeamPostgres(url, prepare=self._make, missing=partial(missing, "psycopg"), failed=partial(unreachable, "PostgreSQL"))

    def put(self, entry: Entry) -> Entry:
        """Keep ``entry``, in the place of one of the same owner, kind and text."""
        owner = entry.owner
        row = (owner.tenant, owner.user, owner.place, entry.connection, entry.kind, entry.text, entry.text.casefold(), packed(entry.value), stamp(entry.at), stamp(entry.used_at), entry.uses)  # fmt: skip
        number = self._team.rows(
            "INSERT INTO aiser_memory (tenant, owner, place, connection, kind, text, folded, value, at, used_at, uses) "
            "VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s) ON CONFLICT (tenant, owner, place, kind, folded) DO UPDATE SET connection = excluded.connection, "
            "text = excluded.text, value = excluded.value, at = excluded.at, used_at = excluded.used_at RETURNING id",
            row,
        )[0][0]
        return replace(entry, id=number)

    def find(self, owner: Owner, kinds: Collection[Kind] = ()) -> list[Entry]:
        """The owner's entries at that place."""
        where = " AND kind = ANY(%s)" if kinds else ""
        values = (owner.tenant, owner.user, owner.place, *((list(kinds),) if kinds else ()))
        query = f"SELECT {COLUMNS} FROM aiser_memory WHERE tenant = %s AND owner IN (%s, '') AND place IN (%s, ''){where} ORDER BY id"  # noqa: S608  # fixed words
        return list(map(entry_of, self._team.rows(query, values)))

    def all(self, tenant: str, user: str) -> list[Entry]:
        """Every entry that the user may read."""
        query = f"SELECT {COLUMNS} FROM aiser_memory WHERE tenant = %s AND owner IN (%s, '') ORDER BY id"  # noqa: S608  # fixed names
        return list(map(entry_of, self._team.rows(query, (tenant, user))))

    def used(self, tenant: str, ids: Collection[int], at: datetime) -> None:
        """Note that entries were used."""
        if ids:
            self._team.rows(
                "UPDATE aiser_memory SET used_at = %s, uses = uses + 1 WHERE tenant = %s AND id = ANY(%s)", (stamp(at), tenant, list(ids))
            )

    def remove(self, tenant: str, user: str, ids: Collection[int]) -> int:
        """Take entries away; how many."""
        query = "DELETE FROM aiser_memory WHERE tenant = %s AND owner IN (%s, '') AND id = ANY(%s) RETURNING id"
        return len(self._team.rows(query, (tenant, user, list(ids))))

    def erase(self) -> str:
        """Let the server take removed rows out of the table's file; its write-ahead log and backups are its administrator's."""
        try:
            with self._team.open() as connection:
                connection.execute("VACUUM aiser_memory")
        except StateError as error:
            return error.message
        return ""

    def close(self) -> None:
        """Close the connection."""
        self._team.close()

    @staticmethod
    def _make(connection: Any) -> None:
        """Make the table where it is not there, one process at a time."""
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(SCRIPT)


def unreachable(what: str, told: str) -> StateError:
    """What to say where a team's store does not answer."""
    return StateError(
        f"The team's memory in {what} cannot be used.",
        where=redact.redact(told.strip().splitlines()[0] if told.strip() else ""),
        hint="Check AISER_MEMORY_URL, or switch memory off: AISER_ENABLE_MEMORY=false.",
    )


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry that a row holds."""
    number, tenant, user, place, connection, kind, text, value, at, used_at, uses = row
    return Entry(kind, text, json.loads(value), Owner(tenant, user, place), connection, moment(at), moment(used_at), int(uses), int(number))
