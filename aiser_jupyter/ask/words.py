"""Words and their stems, and the words inside an identifier."""

from __future__ import annotations

import re
from functools import lru_cache

from aiser_jupyter.catalog.shortened import written_out
from aiser_jupyter.catalog.together import apart

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
VOWEL = re.compile(r"[aeiouy]")
LAYERS = frozenset({"dim", "fact", "fct", "tbl", "stg"})  # what a warehouse writes before a table's noun
KEEPERS = frozenset(
    {"log", "roster", "master", "mst", "hdr", "header", "register", "registry", "ledger", "tbl", "tab", "referenc", "lookup", "lkp"}
)  # … and after it
IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "wives": "wife", "lives": "live", "feet": "foot",
    "bought": "buy", "sold": "sell", "paid": "pay", "took": "take", "taken": "take", "taught": "teach", "wrote": "write",
    "written": "write", "won": "win", "held": "hold", "made": "make", "spent": "spend", "sent": "send", "earliest": "early",
    "data": "data", "media": "media", "status": "status", "address": "address", "series": "series", "news": "news", "less": "less",
    "this": "this", "is": "is", "was": "was", "has": "has", "does": "does", "always": "always", "sales": "sale", "movies": "movie",
}  # fmt: skip


def bag(text: str) -> frozenset[str]:
    """The words of a text with blanks between, as a set."""
    return frozenset(text.split())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of an English word in lower case: plural, -ed and -ing endings taken off, light enough to stay a key."""
    word = word.lower()
    if word in IRREGULAR:
        return IRREGULAR[word]
    word = word.removesuffix("'s")
    if len(word) < 4 or word.isdigit():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y" if len(word) > 4 else word[:-1]
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) > 2 and VOWEL.search(root):
            if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
                return root[:-1]
            return root
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=65536)
def split(identifier: str) -> tuple[str, ...]:
    """The lower-case words of an identifier, usual abbreviations written out: ``custDOB`` is customer, birth, date."""
    return written_out(tuple(word for part in PART.findall(identifier) for word in apart(part.lower())))


@lru_cache(maxsize=65536)
def stems(identifier: str) -> tuple[str, ...]:
    """The stems of an identifier's words."""
    return tuple(stem(word) for word in split(identifier))


def noun(table: str) -> tuple[str, ...]:
    """The stems of a table's name without a warehouse's prefix, and without the word for what keeps its rows."""
    words = stems(table)
    words = words[1:] if len(words) > 1 and words[0] in LAYERS else words
    return words[:-1] if len(words) > 1 and words[-1] in KEEPERS else words


def kin(left: str, right: str) -> bool:
    """Whether one stem is the beginning of the other, as of hire and hired."""
    return min(len(left), len(right)) >= 3 and (left.startswith(right) or right.startswith(left))


def near(left: str, right: str) -> bool:
    """Whether two words differ by one typing slip: a letter more, less, other, or two letters swapped (Damerau distance 1)."""
    if left == right:
        return True
    if abs(len(left) - len(right)) > 1 or min(len(left), len(right)) < 4:
        return False
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    tail_left, tail_right = left[start:], right[start:]
    swapped = len(tail_left) > 1 and tail_left[1::-1] + tail_left[2:] == tail_right
    return swapped or tail_left[1:] == tail_right[1:] or tail_left[1:] == tail_right or tail_left == tail_right[1:]
