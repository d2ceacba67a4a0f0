"""Questions said in other words: names of the schema replaced by words near in meaning, so that training learns to follow the vectors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask import question
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.vocabulary import vectors
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from ask.learn import Example

SHARE, NEAREST, SPREAD = 0.65, 7, 1.7
CUES = frozenset(word for words in CUE_WORDS.values() for word in words)


class Sayer:
    """Says questions in other words, the same each time for one ``seed``."""

    def __init__(self, seed: int = 5) -> None:
        self.generator = np.random.default_rng(seed)
        held = vectors.load()
        self.words = list(held.places)
        self.table = held.table.astype(np.float32)
        self.table /= np.linalg.norm(self.table, axis=1, keepdims=True) + 1e-9
        self._near: dict[str, list[str]] = {}

    def near(self, word: str) -> list[str]:
        """Words near in meaning to ``word`` that are no form of it, nearest first."""
        if word not in self._near:
            vector = vectors.load().one(word)
            likeness = self.table @ vector
            order = np.argsort(-likeness, kind="stable")[:40] if vector.any() else []
            self._near[word] = [
                self.words[i]
                for i in order
                if 0.5 < likeness[i] < 0.97 and not kin(stem(self.words[i]), stem(word)) and self.words[i][:4] != word[:4]
            ][:NEAREST]
        return self._near[word]

    def say(self, example: Example) -> Example | None:
        """The same example with some names said otherwise; None where no name is said at all."""
        linked = Linked(example.question, example.schema, {})
        named = {p for match in (*linked.columns, *linked.tables) if match.exact == 1.0 for p in match.positions}
        valued = {i for m in linked.mentions if m.kind != "name" for i in range(m.start, m.end)}
        text, parts, last = example.question.text, [], 0
        for i, token in enumerate(example.question.tokens):
            spared = i not in named or i in valued or token.kind != "word" or token.text.lower() in CUES or token.stem in CUES
            if spared or self.generator.random() >= SHARE or not (found := self.near(token.text.lower())):
                continue
            word = found[min(len(found) - 1, int(self.generator.exponential(SPREAD)))]
            parts.append(text[last : token.start] + word)
            last = token.end
        return replace(example, question=question.read("".join(parts) + text[last:])) if parts else None
