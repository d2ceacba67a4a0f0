"""Identifiers, lists and literals as English."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from aiser_jupyter.format import date as dates

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
# Text that reads as itself without quotes: no word of our own grammar in it, no digits alone, nothing but words.
PLAIN = re.compile(r"[^\W\d_][\w&'’.-]*(?: [\w&'’.-]+)*")
GRAMMAR = frozenset(
    (
        "and",
        "or",
        "not",
        "is",
        "where",
        "per",
        "of",
        "with",
        "missing",
        "present",
        "top",
        "first",
        "largest",
        "smallest",
        "newest",
        "oldest",
        "than",
        "in",
        "by",
        "both",
        "only",
        "none",
        "for",
        "above",
        "below",
        "outside",
        "other",
        "exactly",
        "more",
        "fewer",
        "containing",
        "starting",
        "ending",
        "from",
        "to",
        "on",
        "before",
        "after",
        "since",
        "without",
        "true",
        "false",
    )
)


def words(identifier: str) -> str:
    """The lower-case words of an identifier: ``OrderDate`` and ``order_date`` are both "order date"."""
    return " ".join(PART.findall(identifier)).lower() or identifier


def listing(items: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def quoted(text: str) -> str:
    """A text value, bare where it cannot be mistaken for our own words."""
    if PLAIN.fullmatch(text) and not GRAMMAR.intersection(text.lower().split()):
        return text
    return f"“{text}”"


def day(text: str) -> str | None:
    """An ISO day or moment in words; None for other text."""
    found = dates.parse(text)
    if found is None or found[1] in {"month", "quarter"}:
        return None
    value = found[0]
    return dates.day(value) if found[1] == "day" else f"{dates.day(value)}, {dates.clock(value)}" if isinstance(value, datetime) else None


def upper_first(text: str) -> str:
    """``text`` with a capital."""
    return text[:1].upper() + text[1:]
