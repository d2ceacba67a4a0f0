"""Which skeletons a question calls for: n-grams of the question with names and literals taken out, and a linear classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.skeleton import Skeleton
    from aiser_jupyter.ask.link import Linked

ENCODED = 0.6


def open_words(linked: Linked) -> list[str]:
    """The question's stems with columns, tables, literals and numbers replaced by their kind."""
    kinds: dict[int, str] = {}
    for match, kind in (*((m, "<t>") for m in linked.tables), *((m, "<c>") for m in linked.columns)):
        if match.exact == 1.0:
            for i in match.positions:
                kinds[i] = kind if kinds.get(i) in (None, kind) else "<ct>"
    for mention in linked.mentions:
        if mention.kind in ("quoted", "number") or mention.width > 1 or mention.start not in kinds:
            for i in range(mention.start, mention.end):
                kinds[i] = "<n>" if mention.kind == "number" else "<v>"
    words: list[str] = []
    for i, token in enumerate(linked.question.tokens):
        kind = kinds.get(i)
        if kind in ("<v>", "<c>", "<t>", "<ct>") and words and words[-1] == kind:
            continue
        words.append(kind or token.stem)
    return words


def grams(linked: Linked) -> list[str]:
    """The features of the classifier: 1-, 2- and 3-grams of the opened question, its own stems, and how many of each kind there are."""
    words = ["^", *open_words(linked), "$"]
    found = {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
    found |= {f"={stem}" for stem in linked.question.stems}
    found |= {f"#{kind}{min(4, words.count(kind))}" for kind in ("<c>", "<t>", "<v>", "<n>", "<ct>")}
    found |= {f"at{i}={word}" for i, word in enumerate(words[1:4])}
    return sorted(found)


@dataclass(frozen=True)
class Shapes:
    """A multinomial logistic regression from n-grams to skeletons."""

    vocabulary: dict[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    skeletons: tuple[Skeleton, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The keys of all skeletons."""
        return frozenset(skeleton.key for skeleton in self.skeletons)

    def best(self, linked: Linked, count: int) -> list[tuple[float, Skeleton]]:
        """The ``count`` likeliest skeletons with their log-probabilities, best first; what the encoder foretold counts as much."""
        seen = [self.vocabulary[gram] for gram in grams(linked) if gram in self.vocabulary]
        scores = self.bias + self.weights[seen].sum(axis=0, dtype=np.float32) / max(1.0, len(seen)) ** 0.5
        scores = scores - scores.max()
        chances = scores - np.log(np.exp(scores).sum())
        if linked.foretold is not None:
            known = linked.foretold.skeletons
            chances = (1 - ENCODED) * chances + ENCODED * np.array([known.get(s.key, -12.0) for s in self.skeletons], np.float32)
            chances = chances - chances.max()
            chances = chances - np.log(np.exp(chances).sum())
        order = np.argsort(-chances, kind="stable")[:count]
        return [(float(chances[i]), self.skeletons[i]) for i in order]
