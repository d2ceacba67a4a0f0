"""Runs that are held in memory, and no more of them than there is room for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.state.run import Entry

MOST = 10_000
MOST_LETTERS = 32 << 20  # of their SQL: a generated statement may be long


class Bounded:
    """Entries in the order they came, at most ``most`` of them with ``most_letters`` of SQL; the oldest that are no favourites go first.

    ``dropped`` is how many went.
    """

    def __init__(self, most: int = MOST, most_letters: int = MOST_LETTERS) -> None:
        self._most, self._most_letters = most, most_letters
        self._held: deque[tuple[Entry, int]] = deque()
        self._letters = 0
        self.dropped = 0

    def append(self, entry: Entry) -> None:
        """Hold one more, the newest; it stays even where it alone is too long."""
        size = len(entry.run.sql) + len(entry.run.statement)
        self._held.append((entry, size))
        self._letters += size
        while len(self._held) > 1 and (len(self._held) > self._most or self._letters > self._most_letters):
            # Favourites alone are no reason to grow without bound either.
            at = next((i for i, (one, _) in enumerate(self._held) if not one.run.favourite and one is not entry), 0)
            self._letters -= self._held[at][1]
            del self._held[at]
            self.dropped += 1

    def first(self) -> Entry:
        """The oldest."""
        return self._held[0][0]

    def pop(self) -> None:
        """Let the oldest go, which has its place elsewhere now."""
        self._letters -= self._held.popleft()[1]

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry, _ in self._held)

    def __len__(self) -> int:
        return len(self._held)
