"""Numbers in text as references to facts: ``[[id]]`` stands for a fact's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.facts import Fact

REF = re.compile(r"\[\[([A-Za-z0-9_.-]+)\]\]")
# A number that claims something: not a part of a word (Q3, 2x4), a date, a time, a year alone or an item's number in a list.
NUMBER = re.compile(
    r"(?<![\w.,:/-])[$€£¥]?[+\u2212-]?\d[\d,]*(?:\.\d+)?(?:[\s\u202f\u00a0]?(?:%|pp)|[kM]\b|(?:bn|tn)\b)?(?![\w/:-]|[.,]\d)"
)
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
DATE = re.compile(
    rf"\b\d{{1,2}} {MONTH}(?: \d{{4}})?\b|\b{MONTH}(?: \d{{1,2}},)? \d{{4}}\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b|\b\d{{1,2}}:\d{{2}}\b|\b(?:1[5-9]|20)\d\d\b"
)


def fill(text: str, known: Mapping[str, Fact], word: Callable[[Fact], str]) -> str:
    """``text`` with each reference replaced by ``word`` of its fact; raises :class:`ReportError` for one that is not there."""

    def one(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise ReportError(
                f"The text refers to a fact {match[1]!r} that the document does not have.", hint="Add the fact, or take the reference out."
            )
        return word(known[match[1]])

    return REF.sub(one, text)


def link(text: str, facts: Iterable[Fact]) -> str:
    """``text`` with every number that is a fact's own words made a reference to it; the longest words first."""
    by_words: dict[str, str] = {}
    for fact in facts:
        if fact.text and any(c.isdigit() for c in fact.text):
            by_words.setdefault(fact.text, fact.id)
    if not by_words:
        return text
    words = "|".join(re.escape(word) for word in sorted(by_words, key=lambda word: (-len(word), word)))
    found = re.compile(rf"\[\[[^\]]*\]\]|(?<![\w.,])(?:{words})(?![\w]|[.,]\d)")
    return found.sub(lambda match: match[0] if match[0].startswith("[[") else f"[[{by_words[match[0]]}]]", text)


def untraced(text: str) -> list[str]:
    """The numbers of ``text`` that are neither references nor dates, in order."""
    rest = DATE.sub(" ", REF.sub(" ", text))
    return [match[0].strip() for match in NUMBER.finditer(rest)]
