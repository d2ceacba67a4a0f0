"""Numbers in text as references to facts: ``[[id]]`` stands for a fact's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import ReportError
from aiser_jupyter.facts import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.facts import Fact

REF = re.compile(r"\[\[(=?)([^\[\]]+)\]\]")
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
# What reads as a number and claims nothing: dates, times, years, quarters, the level of an interval, the pronoun "one".
NO_CLAIM = re.compile(
    rf"\b\d{{1,2}} {MONTH}(?: \d{{4}})?\b|\b{MONTH}(?: \d{{1,2}},)? \d{{4}}\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b|\b\d{{1,2}}:\d{{2}}\b"
    rf"|\b(?:1[5-9]|20)\d\d\b|\b[QH][1-4]\b|\b(?:80|90|95|99)[\s\u202f]?% (?:range|interval|confidence|of the time between)|\b[Oo]ne\b"
)


def fill(text: str, known: Mapping[str, Fact], word: Callable[[Fact], str]) -> str:
    """``text`` with each reference replaced by ``word`` of its fact, and each ``[[=words]]`` by the words themselves.

    Raises :class:`ReportError` for a fact that is not there.
    """

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return match[2]
        if match[2] not in known:
            raise ReportError(
                f"The text refers to a fact {match[2]!r} that the document does not have.", hint="Add the fact, or take the reference out."
            )
        return word(known[match[2]])

    return REF.sub(one, text)


def link(text: str, facts: Iterable[Fact]) -> str:
    """``text`` with every number that is a fact's own words made a reference to it; the longest words first."""
    by_words: dict[str, str] = {}
    for fact in facts:
        if any(c.isdigit() for c in fact.text):
            by_words.setdefault(fact.text, f"[[{fact.id}]]")
    return replaced(text, by_words)


def quote(text: str, names: Iterable[str]) -> str:
    """``text`` with names that hold digits, and numbers of the question, marked as words: ``[[=Model 3]]``."""
    return replaced(text, {name: f"[[={name}]]" for name in names if any(c.isdigit() for c in name) and not set("[]") & set(name)})


def replaced(text: str, words: Mapping[str, str]) -> str:
    """``text`` with whole ``words`` replaced, the longest first, and references left alone."""
    if not words:
        return text
    either = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
    found = re.compile(rf"\[\[[^\]]*\]\]|(?<![\w.,])(?:{either})(?!\w|[.,]\d)")
    return found.sub(lambda match: match[0] if match[0].startswith("[[") else words[match[0]], text)


def untraced(text: str, facts: Iterable[Fact] = ()) -> list[str]:
    """The numbers of ``text`` that are neither references nor dates, and that no fact states, in order."""
    return [found.text for found in check(NO_CLAIM.sub(" ", REF.sub(" ", text)), facts)]


def digits(text: str, facts: Iterable[Fact] = ()) -> list[str]:
    """As :func:`untraced`, of numbers in digits alone: people write "one" and "two" without counting."""
    return [word for word in untraced(text, facts) if any(c.isdigit() for c in word)]
