"""Which remembered texts a question is near to: BM25 over their words, as a share of what the question could reach."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = re.compile(r"[^\W_]+")
# Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", the usual values.
K1, B = 1.2, 0.75
STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "by",
        "with",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "do",
        "does",
        "did",
        "how",
        "many",
        "much",
        "what",
        "which",
        "who",
        "whom",
        "show",
        "list",
        "give",
        "me",
        "us",
        "all",
        "any",
        "each",
        "our",
        "your",
        "their",
        "its",
        "it",
        "they",
        "them",
        "there",
        "this",
        "that",
        "these",
        "those",
        "please",
        "i",
        "we",
        "you",
        "number",
        "total",
        "not",
    ]  # a list of words is clearest as a text
)


def words(text: str) -> list[str]:
    """The words of a text that tell something, plurals cut."""
    return [_stem(word) for word in WORD.findall(text.casefold()) if word not in STOP]


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def relevances(question: str, texts: Sequence[str]) -> list[float]:
    """For each text how near the question is to it, 0 to 1: its BM25 score over the most that a text could score."""
    asked = sorted(set(words(question)))
    bags = [Counter(words(text)) for text in texts]
    if not asked or not bags:
        return [0.0] * len(bags)
    mean = sum(map(Counter.total, bags)) / len(bags) or 1.0
    rarity = {w: math.log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for w in asked for n in [sum(w in bag for bag in bags)]}
    most = sum(rarity.values()) * (K1 + 1)
    return [round(sum(rarity[w] * _saturated(bag[w], bag.total() / mean) for w in asked) / most, 6) for bag in bags]


def _saturated(count: int, length: float) -> float:
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length)) if count else 0.0
