"""Which column holds a value: the index behind "orders in Berlin"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text as it is compared: words in lower case, one space between."""
    return " ".join(WORD.findall(text.casefold()))


@dataclass(frozen=True)
class ValueHit:
    """A stored value and its place."""

    table: str
    column: str
    value: str


@dataclass(frozen=True)
class ValueIndex:
    """Distinct text values by their folded form; ``partial`` names the columns that hold more values than were read."""

    places: Mapping[str, tuple[ValueHit, ...]] = field(default_factory=dict)
    partial: frozenset[tuple[str, str]] = frozenset()

    def find(self, text: str) -> tuple[ValueHit, ...]:
        """The stored values equal to ``text`` but for case and punctuation."""
        return self.places.get(fold(text), ())

    def __iter__(self) -> Iterator[ValueHit]:
        for hits in self.places.values():
            yield from hits


def build(hits: Iterable[ValueHit], partial: Iterable[tuple[str, str]] = ()) -> ValueIndex:
    """An index over ``hits``."""
    places: dict[str, list[ValueHit]] = {}
    for hit in hits:
        places.setdefault(fold(hit.value), []).append(hit)
    places.pop("", None)
    return ValueIndex({key: tuple(found) for key, found in places.items()}, frozenset(partial))
