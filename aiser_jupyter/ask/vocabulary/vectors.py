"""Word vectors: how near in meaning two words are, where their letters don't tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SIZE = 80


@dataclass(frozen=True)
class Words:
    """Vectors by word; a word without one is looked for by its stem and has the zero vector otherwise."""

    places: dict[str, int]
    table: NDArray[np.int8]
    stems: dict[str, int] = field(default_factory=dict)

    def one(self, word: str) -> NDArray[np.float32]:
        """The vector of a word in lower case, (SIZE,) of length one or zero."""
        at = self.places.get(word)
        if at is None:
            at = self.stems.get(stem(word), self.places.get(stem(word)))
        return np.zeros(self.table.shape[1], np.float32) if at is None else unit(self.table[at].astype(np.float32))

    def all(self, words: Iterable[str]) -> NDArray[np.float32]:
        """The vectors of some words, (words, SIZE)."""
        rows = [self.one(word) for word in words]
        return np.stack(rows) if rows else np.zeros((0, self.table.shape[1]), np.float32)

    def name(self, words: tuple[str, ...]) -> NDArray[np.float32]:
        """The vector of a name of several words: their mean, of length one."""
        return unit(self.all(words).sum(axis=0)) if words else np.zeros(self.table.shape[1], np.float32)


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector at length one; zero stays zero."""
    length = float(np.sqrt((vector * vector).sum()))
    return vector / np.float32(length) if length > 0 else vector


@cache
def load() -> Words:
    """The vectors shipped with the package."""
    with files("aiser_jupyter.ask").joinpath("weights", "words.npz").open("rb") as file, np.load(file, allow_pickle=False) as kept:
        words = bytes(kept["words"]).decode().split("\n")
        table = kept["vectors"]
    stems: dict[str, int] = {}
    for i, word in sorted(enumerate(words), key=lambda pair: (len(pair[1]), pair[1])):
        stems.setdefault(stem(word), i)
    return Words({word: i for i, word in enumerate(words)}, table, stems)
