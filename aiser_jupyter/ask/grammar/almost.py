"""Stored values that a question names in part or with slips: "iron maden", "save-a-lot"."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.relations import forms
from aiser_jupyter.ask.link import Mention
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS
from aiser_jupyter.ask.wording.normal import known
from aiser_jupyter.ask.words import kin, near, stem
from aiser_jupyter.catalog.values import ValueHit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.schema import Schema

LONGEST = 5
LETTERS = 4  # a shorter word names no value in part
SPELLED = re.compile(r"[^\W_]+")
CUES = frozenset(word for words in CUE_WORDS.values() for word in words)
PLACES = 3  # columns that may hold the value; more say nothing of which is meant


def mentions(linked: Linked, used: frozenset[int]) -> list[Mention]:
    """Runs of words without any other place that are nearly one stored value, the longest first claimed."""
    tokens, found, taken = linked.question.tokens, [], set(used)
    for width in range(min(LONGEST, len(tokens)), 0, -1):
        for start in range(len(tokens) - width + 1):
            span = range(start, start + width)
            if taken & set(span) or any(tokens[i].kind not in ("word", "number") and tokens[i].text not in "-&'" for i in span):
                continue
            text = linked.question.text[tokens[start].start : tokens[start + width - 1].end]
            if tokens[start].text.lower() in STOP or tokens[start + width - 1].text.lower() in STOP or not strange(linked, text):
                continue
            said = tuple(SPELLED.findall(text.casefold()))
            hits = nearest(linked.schema, said) or (inside(linked.schema, said[0]) if len(said) == 1 else [])
            if hits:
                places = tuple(sorted({ColumnRef(hit.table, hit.column): hit.value for hit in hits}.items()))
                found.append(Mention(start, start + width, "almost", text, places))
                taken |= set(span)
    return found


def strange(linked: Linked, text: str) -> bool:
    """Whether words may be a value: none names a table or column or is a cue, and one is of no question's language where it stands alone."""
    words = [word for word in SPELLED.findall(text.casefold()) if word not in STOP]
    if len(words) == 1 and words[0] in forms():
        return False  # what somebody does is no value that begins so: who teaches is no teaching fellow
    named = any(kin(stem(w), v) for w in words for v in linked.schema.vocabulary if len(w) >= LETTERS)
    return not named and not set(words) & CUES and (any(map(odd, words)) or len(words) > 1) and sum(map(len, words)) > LETTERS


@cache
def odd(word: str) -> bool:
    """Whether no question's language has a word."""
    return len(word) >= LETTERS and word not in known() and stem(word) not in known()


def nearest(schema: Schema, said: tuple[str, ...]) -> list[ValueHit]:
    """The places of the one stored value that begins with these words, or has each of them with a slip; none where several do."""
    words = tuple(map(stem, said))
    free = tuple(map(odd, said))
    values = {hit.value.casefold(): hits for key, hits in candidates(schema, words) for hit in hits[:1] if alike(words, key, free)}
    if len(values) != 1:
        return []
    hits = next(iter(values.values()))
    return list(hits) if len({(hit.table, hit.column) for hit in hits}) <= PLACES else []


def inside(schema: Schema, word: str) -> list[ValueHit]:
    """The one value, of a column that has few, with this word in it, where no question's language has the word: hypertension."""
    if len(word) <= LETTERS + 2 or not odd(word):
        return []
    found = [
        ValueHit(ref.table, ref.column, value)
        for ref, values in schema.kinds.items()
        for value in values
        if word in SPELLED.findall(value.casefold())
    ]
    return found if len(found) == 1 else []


def candidates(schema: Schema, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[ValueHit]]]:
    """The stored values that begin like these words and have no fewer."""
    if not words or not words[0]:
        return
    for key in schema.initials.get(words[0][0], ()):
        if len(key) >= len(words):
            yield key, schema.values[key]


def alike(words: tuple[str, ...], key: tuple[str, ...], free: tuple[bool, ...]) -> bool:
    """Whether ``words`` are the beginning of ``key`` as they stand, or all of it with a slip in some that are ``free`` to have one."""
    if len(key) > len(words):
        return key[: len(words)] == words
    return key != words and all(a == b or (loose and near(a, b)) for a, b, loose in zip(words, key, free, strict=True))


def spelled(text: str, mention: Mention) -> str:
    """How the question wrote a value that was corrected on the way: its word, or empty where it stands there as it is."""
    said = str(mention.value)
    if said.casefold() in text.casefold():
        return ""
    written = [word for word in SPELLED.findall(text) if word[0].casefold() == said[:1].casefold() and abs(len(word) - len(said)) <= 2]
    close = [word for word in written if near(word.casefold(), said.casefold())]
    return close[0] if len(close) == 1 else ""
