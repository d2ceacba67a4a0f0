"""What a place to keep memory can do, and which one an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiser_jupyter.memory.entry import Entry, Kind, Owner


class MemoryStore(Protocol):
    """Keeps entries by owner. Each call is one transaction: when it returns, what it wrote outlives the process."""

    def put(self, entry: Entry) -> Entry:
        """Keep ``entry``, in the place of one of the same owner, kind and text; gives it with its number."""
        ...

    def find(self, owner: Owner, kinds: Collection[Kind] = ()) -> list[Entry]:
        """The owner's entries, and those of everyone of the tenant, at that place, oldest first; of all kinds where none is named."""
        ...

    def all(self, tenant: str, user: str) -> list[Entry]:
        """Every entry that the user may read, oldest first."""
        ...

    def used(self, tenant: str, ids: Collection[int], at: datetime) -> None:
        """Note that entries were used."""
        ...

    def remove(self, tenant: str, user: str, ids: Collection[int]) -> int:
        """Take entries away for good; how many there were. One of everyone's may be taken away by anyone of the tenant."""
        ...

    def erase(self) -> str:
        """Let nothing of what was removed be readable on disk; why that cannot be done now, empty where it was."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


SCHEMES = ("postgresql", "postgres", "redis", "rediss")


def from_url(url: str) -> MemoryStore:
    """The team's store at a URL of PostgreSQL or Redis; raises SettingsError for another address, and where a driver is missing."""
    scheme = url.partition(":")[0].lower()
    if scheme in ("postgresql", "postgres"):
        from aiser_jupyter.memory.postgres import PostgresMemory

        return PostgresMemory(url)
    if scheme in ("redis", "rediss"):
        from aiser_jupyter.memory.redis_store import RedisMemory

        return RedisMemory(url)
    raise SettingsError(
        f"Memory cannot be kept at an address that begins with {scheme!r}.",
        where="memory_url",
        hint=f"It can begin with {', '.join(SCHEMES)}; leave it out for the workspace's own file.",
    )


def missing(driver: str) -> SettingsError:
    """What to say where a team's store needs a driver that is not installed."""
    return SettingsError(
        f"A memory there needs the package {driver}.", where="memory_url", hint="Install it: pip install 'aiser-jupyter[memory]'."
    )


def matching(entries: Sequence[Entry], owner: Owner, kinds: Collection[Kind]) -> list[Entry]:
    """Those of ``entries`` that an owner sees at a place."""
    return [
        e
        for e in entries
        if e.owner.tenant == owner.tenant
        and e.owner.user in (owner.user, "")
        and e.owner.place in (owner.place, "")
        and (not kinds or e.kind in kinds)
    ]
