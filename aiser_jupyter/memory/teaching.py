"""Sentences that teach: "turnover means revenue", "by region I mean ship region", "call revenue turnover", "remember that …"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PHRASE = r"[“\"'‘]?(?P<phrase>[^“”\"]{1,80}?)[”\"'’]?"
MEANING = r"[“\"'‘]?(?P<means>[^“”\"]{1,200}?)[”\"'’]?"
LEAD = r"^(?:(?:no|please|ok(?:ay)?|actually|well|and|so|note that|remember(?: that)?|for (?:us|me)|here|in our (?:company|team|business))[,:]? )*"
SYNONYM = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{LEAD}(?:when i say|if i say|by|with) {PHRASE},? (?:i|we) (?:mean|meant|always mean|refer to)(?: the)? {MEANING}$",
        rf"{LEAD}(?:the (?:word|term) )?{PHRASE} (?:means|stands for|is short for|is another (?:word|name) for|is the same as|is a synonym (?:of|for)|refers to|should be read as|is what we call)(?: the)? {MEANING}$",
        rf"{LEAD}define {PHRASE} as(?: the)? {MEANING}$",
    )
)
# "We call revenue turnover" has no mark between its parts: the last word is the new name unless quotes say otherwise.
CALL = re.compile(rf"{LEAD}(?:we |i )?call (?P<means>.+) (?P<phrase>[“\"'‘][^”\"'’]+[”\"'’]|\S+)$", re.IGNORECASE)
KEEP = re.compile(
    r"^(?:(?:yes|right|correct|perfect|exactly|good|great|thanks)[,.!]? )*(?:(?:please )?(?:remember|keep|save|store) (?:this|that|it)(?: (?:one|query|answer|question))?(?: for (?:later|next time))?|that(?:'s| is) (?:right|correct)[,.]? (?:keep|remember|save) (?:it|this|that))$",
    re.IGNORECASE,
)
PREFERENCE = re.compile(
    rf"{LEAD}(?:i (?:always )?prefer|i (?:always )?want|i like to see|always (?:show|give|use|list)|from now on,?) (?P<what>.+)$",
    re.IGNORECASE,
)
PREFERS = re.compile(r"\b(?:prefer|always|from now on)\b", re.IGNORECASE)
QUESTION = re.compile(r"^(?:what|which|who|how|does|do|is|are|why|when(?! (?:i|we) say)|where)\b|\?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Lesson:
    """What a sentence teaches; ``phrase`` and ``means`` of a word, ``means`` alone of a preference, neither of an answer to keep.

    ``sure`` is False where the words may be a question as well.
    """

    kind: Literal["synonym", "verified", "preference"]
    phrase: str = ""
    means: str = ""
    sure: bool = True


def read(text: str) -> Lesson | None:
    """The lesson in a sentence, None for a question or any other sentence."""
    text = " ".join(text.split()).strip().rstrip(".!")
    if not text or len(text) > 320 or QUESTION.search(text):
        return None
    if KEEP.match(text):
        return Lesson("verified")
    call = CALL.match(text)
    if call:
        return Lesson("synonym", _bare(call["phrase"]), _bare(call["means"]), sure=False)
    for pattern in SYNONYM:
        match = pattern.match(text)
        if match:
            phrase, means = _bare(match["phrase"]), _bare(match["means"])
            return Lesson("synonym", phrase, means) if phrase.casefold() != means.casefold() and len(phrase.split()) <= 5 else None
    preference = PREFERENCE.match(text) if PREFERS.search(text) else None
    return Lesson("preference", means=_bare(text)) if preference else None


def _bare(text: str) -> str:
    text = text.strip().strip('“”"‘’').strip("'").strip()
    return re.sub(r"^(?:the|a|an) ", "", text, flags=re.IGNORECASE)
