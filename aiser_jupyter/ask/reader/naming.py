"""How near a word of a question is to a word of a schema's names: kin, abbreviated, a synonym, or near in meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aiser_jupyter.ask.vocabulary.thesaurus import NAMES, SYNONYM_GROUPS, THINGS, grouped
from aiser_jupyter.ask.vocabulary.vectors import load
from aiser_jupyter.ask.words import IRREGULAR, bag, near, split, stem
from aiser_jupyter.catalog.shortened import SEVERAL
from aiser_jupyter.catalog.together import apart

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
VOWELS = frozenset("aeiou")
# Parts of names that say what kind of value a column holds, and need not be said.
WEAK = bag(
    "id name nm date dt at on amount amt type typ code cd key desc description value val total flag is has min mins minutes kg number no num"
    " status stat list table tbl data record records log roster info english text time ts usd eur pct percent count details detail the of by per unit fact dim fct ref lookup lkp"
    " mst mstr master hdr header fl flg"
    " kwh mwh gwh wh kw mw km cm mm sqm sqft lb lbs gb mb tb cents cent eur usd gbp chf"
)
ORDINAL = bag("first last next previous after before ahead middle second third current latest early late more less most least")
PARTICLES = frozenset({"in", "out", "up", "off"})
LEARNED, KIN, SHORTENED, SYNONYM, NEAR, SLIP = 0.62, 0.85, 0.82, 0.72, 0.5, 0.7


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


SYNONYMS = grouped(*SYNONYM_GROUPS, *NAMES, *(row.replace("_", "-") for row in THINGS))


@dataclass(frozen=True)
class Part:
    """A word of a name as it is written, and the stems that it may stand for."""

    text: str
    stems: frozenset[str]
    weak: bool


@lru_cache(maxsize=65536)
def part(text: str) -> Part:
    """The part of a name that is written ``text``."""
    low = text.lower()
    written = {stem(low), low, *_stems(SEVERAL.get(low, ""))}
    if low not in SEVERAL:
        written |= _stems(" ".join(split(low)))
    return Part(low, frozenset(written), low in WEAK)


@lru_cache(maxsize=65536)
def parts(name: str) -> tuple[Part, ...]:
    """The parts of an identifier in whatever style it is written."""
    found: list[str] = []
    for text in (each for written in PART.findall(name) for each in (apart(written) if written.islower() else (written,))):
        if found and text.lower() in PARTICLES:
            found[-1] += text  # check in, sign up
        else:
            found.append(text)
    return tuple(part(text) for text in found) or (part(name),)


@lru_cache(maxsize=65536)
def likeness(word: str, wanted: Part) -> float:
    """How likely ``word``, in lower case, means a part of a name; 0 where it does not."""
    word = word.replace("-", "") if wanted.text == word.replace("-", "") else word
    asked = stem(word)
    if asked in wanted.stems or word in wanted.stems:
        return 1.0
    if len(asked) < 3:
        return 0.0
    best = max((_kin(asked, other) for other in wanted.stems), default=0.0)
    if abbreviates(wanted.text, word) or (len(asked) > 3 and abbreviates(wanted.text, asked)):
        best = max(best, SHORTENED)
    others = SYNONYMS.get(asked, frozenset())
    if others & wanted.stems:
        best = max(best, SYNONYM)
    elif not best and len(wanted.text) >= 3 and any(abbreviates(wanted.text, other) for other in others):
        best = SYNONYM * SHORTENED
    if not best and len(asked) > 4 and any(len(other) > 4 and near(asked, other) for other in wanted.stems):
        best = SLIP
    return best or _meant(word, wanted)


def _kin(left: str, right: str) -> float:
    """Words of one root: wait and waiting, cancel and cancellation, diagnosis and diagnosed."""
    short, long = sorted((left, right), key=len)
    if len(short) < 4:
        return 0.75 if len(short) == 3 and long.startswith(short) and len(long) - 3 <= 3 else 0.0
    common = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if common == len(short):
        return KIN if len(long) - len(short) <= 5 else 0.6
    return 0.75 if common >= 5 and common >= len(short) - 2 and len(long) - common <= 5 else 0.0


def abbreviates(short: str, word: str) -> bool:
    """Whether ``short`` is made of letters of ``word`` in their order: consonants alone, or its beginning."""
    if not 2 <= len(short) <= 5 or len(word) < len(short) + 2 or short[0] != word[0] or short in IRREGULAR:
        return False
    if len(short) >= 3 and word.startswith(short):
        return True
    if any(letter in VOWELS for letter in short[1:]):
        return False
    left = iter(word)
    found = all(letter in left for letter in short)
    # Two letters tell little: they must be the first of the word and one that closes it.
    return found and (len(short) > 2 or (short[0] not in VOWELS and short[1] in word.rstrip("s")[-2:]))


def _meant(word: str, wanted: Part) -> float:
    if len(wanted.text) < 4 or wanted.weak or len(word) < 4 or wanted.text in ORDINAL or word in ORDINAL:
        return 0.0
    words = load()
    close = float(words.one(word) @ words.one(wanted.text))
    return NEAR if close >= LEARNED else 0.0
