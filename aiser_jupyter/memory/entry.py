"""One thing that is remembered, and whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["synonym", "verified", "preference", "episode"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What somebody confirmed; it is not dropped to make room.
TAUGHT: tuple[Kind, ...] = ("synonym", "verified", "preference")
NEVER = datetime.min.replace(tzinfo=UTC)
# Everyone of the tenant.
EVERYONE = ""
LONGEST = {"text": 2_000, "value": 20_000}


@dataclass(frozen=True)
class Owner:
    """Whose memory it is: of a tenant, a user, and the data behind a connection.

    ``place`` is a digest of the connection's address without its secrets, so that the same data under another name is the same place.
    """

    tenant: str
    user: str
    place: str


@dataclass(frozen=True)
class Entry:
    """Something remembered.

    ``text`` is what it is found by: the taught phrase, the question, the name of the preference. ``value`` holds the rest: a synonym's ``means``;
    a verified query's ``question``, ``sql`` and ``on``; an episode's ``question``, ``restated`` and ``sql``; a preference's ``value``. ``user`` is empty
    where it holds for everyone of the tenant. ``id`` is its number in the store, 0 while it is in none.
    """

    kind: Kind
    text: str
    value: Mapping[str, str] = field(default_factory=dict)
    owner: Owner = field(default_factory=lambda: Owner("", "", ""))
    connection: str = ""
    at: datetime = NEVER
    used_at: datetime = NEVER
    uses: int = 0
    id: int = 0

    @property
    def taught(self) -> bool:
        """Whether somebody confirmed it."""
        return self.kind in TAUGHT

    @property
    def summary(self) -> str:
        """What it says, in one line."""
        match self.kind:
            case "synonym":
                return f"“{self.text}” means {self.value.get('means', '')}"
            case "verified":
                return f"“{self.text}” is answered by a query you kept"
            case "preference":
                return self.value.get("value", self.text)
            case _:
                return self.text

    def words(self) -> str:
        """The text that it is searched by."""
        return " ".join((self.text, *(v for k, v in self.value.items() if k != "sql")))

    def as_json(self) -> dict[str, Any]:
        """The entry as plain data, as it is exported."""
        return {
            "id": self.id,
            "kind": self.kind,
            "text": self.text,
            "value": dict(self.value),
            "connection": self.connection,
            "place": self.owner.place,
            "everyone": self.owner.user == EVERYONE,
            "at": stamp(self.at),
            "used_at": stamp(self.used_at),
            "uses": self.uses,
        }


def stamp(moment: datetime) -> str:
    """A moment as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat() if moment.year > 1 else ""


def moment(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text) if text else NEVER


def packed(value: Mapping[str, str]) -> str:
    """An entry's value as a store keeps it."""
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)


def checked(entry: Entry) -> Entry:
    """``entry`` where it fits a store; raises UsageError where a text is empty or too long."""
    if entry.kind not in KINDS:
        raise UsageError(f"Memory has no kind {entry.kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
    if not entry.text.strip():
        raise UsageError("There is nothing to remember.", hint='Write ws.teach("turnover", means="revenue").')
    if len(entry.text) > LONGEST["text"] or len(packed(entry.value)) > LONGEST["value"]:
        raise UsageError(
            "That is too long to be remembered.",
            where=f"{len(entry.text):,} and {len(packed(entry.value)):,} characters; {LONGEST['text']:,} and {LONGEST['value']:,} at most",
            hint="Keep a long query with ws.save_query.",
        )
    return entry
