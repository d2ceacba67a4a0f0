"""The books of materialized extracts: what each is made of, how fresh it is, and who refreshes it now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.cron import due_after
from aiser_jupyter.query.suggest import nearest

if TYPE_CHECKING:
    import sqlite3

    from aiser_jupyter.state import State

Status = Literal["new", "refreshed", "unchanged", "failed"]
_COLUMNS = "name, connection, sql, cron, zone, keys, watermark, user, made_at, checked_at, refreshed_at, file, rows, bytes, mark, version, digest, status, error"


@dataclass(frozen=True)
class Extract:
    """The rows of ``sql`` on ``connection``, kept as table ``name``.

    ``cron`` says in ``zone`` when they are due anew, ``watermark`` is the column that only grows, ``keys`` are the columns that tell rows apart.
    ``checked_at`` is when the source was last asked, ``refreshed_at`` when the rows last changed; ``mark`` is the largest watermark, as text.
    """

    name: str
    connection: str
    sql: str
    cron: str | None
    zone: str
    keys: tuple[str, ...]
    watermark: str | None
    user: str
    made_at: datetime
    checked_at: datetime | None = None
    refreshed_at: datetime | None = None
    file: str | None = None
    rows: int | None = None
    bytes: int | None = None
    mark: str | None = None
    version: str | None = None
    digest: str | None = None
    status: Status = "new"
    error: str = ""

    @property
    def due_at(self) -> datetime | None:
        """When the rows are due anew; None without a schedule."""
        return due_after(self.cron, self.checked_at or self.made_at, self.zone) if self.cron else None

    def freshness(self, now: datetime) -> str:
        """How fresh the rows are, in words: ``fresh as of 06:00 today``, ``stale: due 08:00 today``."""
        if self.checked_at is None:
            return "never refreshed"
        as_of = _when(self.checked_at, now, self.zone)
        if self.status == "failed":
            return f"last refresh failed; as of {as_of}"
        due = self.due_at
        return f"stale: due {_when(due, now, self.zone)}, as of {as_of}" if due is not None and due <= now else f"fresh as of {as_of}"


class Extracts:
    """The extracts of one workspace, shared by its processes."""

    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[Extract]:
        """Every extract by name."""
        if self._state.file is None:
            return []
        with self._state.store() as store:
            return [_extract(row) for row in store.execute(f"SELECT {_COLUMNS} FROM extract ORDER BY name")]  # noqa: S608  # fixed names

    def get(self, name: str) -> Extract:
        """The extract of that name; raises `UsageError` where there is none."""
        known = {extract.name: extract for extract in self.all()}
        if name in known:
            return known[name]
        near = nearest(name, known)
        hint = f"Did you mean {near[0]!r}?" if near else f"Extracts: {', '.join(known) or 'none yet'}."
        raise UsageError(f"There is no extract named {name!r}.", hint=hint)

    def put(self, extract: Extract) -> None:
        """Keep a new extract, or what it is now made of."""
        values = _values(extract)
        with self._state.store() as store:
            store.execute(f"INSERT OR REPLACE INTO extract ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608  # fixed names

    def drop(self, name: str) -> None:
        """Forget an extract."""
        with self._state.store() as store:
            store.execute("DELETE FROM extract WHERE name = ?", (name,))

    def lease(self, name: str, seconds: float) -> str | None:
        """The right to refresh ``name`` for so long; None while somebody else has it. One whose holder died ends by itself."""
        now, token = datetime.now(UTC), token_hex(8)
        with self._state.store() as store:
            taken = store.execute(
                "UPDATE extract SET lease = ?, lease_until = ? WHERE name = ? AND (lease IS NULL OR lease_until < ?)",
                (token, (now + timedelta(seconds=seconds)).isoformat(), name, now.isoformat()),
            ).rowcount
        return token if taken else None

    def end(self, extract: Extract, token: str) -> bool:
        """Enter how a refresh ended and give the lease back; False, and nothing is entered, where the lease was lost meanwhile."""
        names = _COLUMNS.split(", ")
        changes = ", ".join(f"{name} = ?" for name in names)
        with self._state.store() as store:
            query = f"UPDATE extract SET {changes}, lease = NULL, lease_until = NULL WHERE name = ? AND lease = ?"  # noqa: S608  # fixed names
            return store.execute(query, (*_values(extract), extract.name, token)).rowcount == 1


def _values(extract: Extract) -> list[sqlite3._SqliteData]:
    values: list[sqlite3._SqliteData] = []
    for name in _COLUMNS.split(", "):
        value = getattr(extract, name)
        values.append(json.dumps(value) if name == "keys" else value.isoformat() if isinstance(value, datetime) else value)
    return values


def _extract(row: tuple[str | None, ...]) -> Extract:
    told = dict(zip(_COLUMNS.split(", "), row, strict=True))
    moments = {name: datetime.fromisoformat(value) if (value := told[name]) else None for name in ("made_at", "checked_at", "refreshed_at")}
    return Extract(**{**told, **moments, "keys": tuple(json.loads(told["keys"] or "[]"))})  # type: ignore[arg-type]  # as `_values` wrote them


def _when(moment: datetime, now: datetime, zone: str) -> str:
    from aiser_jupyter.query.cron import zone_of

    place = zone_of(zone)
    then, today = moment.astimezone(place), now.astimezone(place).date()
    days = (today - then.date()).days
    day = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days, f"on {then:%d %b %Y}")
    return f"{then:%H:%M} {day}"
