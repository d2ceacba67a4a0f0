"""Memory of this process alone: short-term turns, proposals that wait for a word, and a store where nothing may be written."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from aiser_jupyter.memory.store import matching

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from aiser_jupyter.memory.entry import Entry, Kind, Owner
    from aiser_jupyter.memory.store import MemoryStore
    from aiser_jupyter.state import State

TURNS = 50
PROPOSALS = 20


class SessionMemory:
    """A store in memory; what it keeps ends with the process. Its numbers are below zero."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._numbers = count(-1, -1)
        self._lock = RLock()

    def put(self, entry: Entry) -> Entry:
        """Keep ``entry``, in the place of one of the same owner, kind and text."""
        with self._lock:
            same = (entry.owner, entry.kind, entry.text.casefold())
            for number, old in list(self._entries.items()):
                if (old.owner, old.kind, old.text.casefold()) == same:
                    del self._entries[number]
            kept = replace(entry, id=next(self._numbers))
            self._entries[kept.id] = kept
            return kept

    def find(self, owner: Owner, kinds: Collection[Kind] = ()) -> list[Entry]:
        """The owner's entries at that place."""
        with self._lock:
            return matching(list(self._entries.values()), owner, kinds)

    def all(self, tenant: str, user: str) -> list[Entry]:
        """Every entry that the user may read."""
        with self._lock:
            return [e for e in self._entries.values() if e.owner.tenant == tenant and e.owner.user in (user, "")]

    def used(self, tenant: str, ids: Collection[int], at: datetime) -> None:  # noqa: ARG002  # the Protocol's
        """Note that entries were used."""
        with self._lock:
            for number in ids:
                if number in self._entries:
                    entry = self._entries[number]
                    self._entries[number] = replace(entry, used_at=at, uses=entry.uses + 1)

    def remove(self, tenant: str, user: str, ids: Collection[int]) -> int:
        """Take entries away."""
        with self._lock:
            gone = [
                n
                for n in ids
                if n in self._entries and self._entries[n].owner.tenant == tenant and self._entries[n].owner.user in (user, "")
            ]
            for number in gone:
                del self._entries[number]
            return len(gone)

    def erase(self) -> str:
        """Nothing is on disk."""
        return ""

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Session:
    """What one process remembers of one workspace: the last turns, what was proposed, and the team's store once it is open.

    ``rest_until`` is until when (monotonic seconds) a store that failed is left alone by questions.
    """

    turns: deque[Any] = field(default_factory=lambda: deque(maxlen=TURNS))
    proposals: dict[int, Entry] = field(default_factory=dict)
    own: SessionMemory = field(default_factory=SessionMemory)
    team: MemoryStore | None = None
    numbers: count[int] = field(default_factory=lambda: count(1))
    pruned: bool = False
    rest_until: float = 0.0

    def propose(self, entry: Entry) -> int:
        """Hold ``entry`` until it is kept; the number to keep it by. The oldest proposals make room."""
        for number, waiting in self.proposals.items():
            if replace(waiting, at=entry.at, used_at=entry.used_at) == entry:
                return number
        while len(self.proposals) >= PROPOSALS:
            self.proposals.pop(next(iter(self.proposals)))
        number = next(self.numbers)
        self.proposals[number] = entry
        return number


_SESSIONS: WeakKeyDictionary[State, dict[str, Session]] = WeakKeyDictionary()


def of(state: State, viewer: str = "") -> Session:
    """The session of a workspace's state and of who looks, made when first asked for."""
    return _SESSIONS.setdefault(state, {}).setdefault(viewer, Session())
