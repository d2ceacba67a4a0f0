"""Phrases that set periods against each other: the change from one to another, moving averages, who came back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Grain

NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}
VERBS = r"(?:change|grow|increase|rise|fall|drop|decline|decrease|improve|shrink|differ)"
NOUNS = r"(?:change|growth|increase|rise|fall|drop|decline|decrease|difference|gap)"
MORE = re.compile(
    r"\bhow (?:much|many) (more|less|fewer|higher|lower|larger|smaller|bigger)\b(?=.*\b(?:than|compared (?:to|with)|versus|vs)\b)",
    re.IGNORECASE,
)
THAN = re.compile(r"\bthan\b", re.IGNORECASE)
MUCH = re.compile(rf"\b(?:by )?how much (?:did|has|have)\b(?=.*\b{VERBS}\w*\b)", re.IGNORECASE)
CHANGED = re.compile(
    rf"\b(?:what (?:is|was) )?(?:the )?(?:absolute |total )?{NOUNS}(?: (?:of|in))?\b(?=.*\b(?:between|from|versus|vs)\b)", re.IGNORECASE
)
PERCENT = re.compile(
    rf"\bby (?:how many|how much|what) (?:percent(?:age)?|%)|\b(?:percent(?:age)?|%|relative) (?:of )?{NOUNS}\b|\bhow (?:many|much) percent\b|\b{NOUNS} (?:in|as a) (?:percent(?:age)?|%)|\bgrowth rate\b",
    re.IGNORECASE,
)
VERB = re.compile(
    rf"\b(?:did |has |have )|\b{VERBS}(?:d|ed|n|s)?\b|\bgrew|grown|rose|risen|fell|fallen|shrank|in (?:percent|%)", re.IGNORECASE
)
DOWN = frozenset({"less", "fewer", "lower", "smaller"})
UNIT = r"(day|week|month|quarter|year)"
MOVING = re.compile(
    rf"\b(\d+|{'|'.join(NUMBERS)})[- ]?{UNIT}s?[- ](?:moving|rolling|trailing) (?:average|mean)s?(?: of| for)?\b"
    rf"|\b(?:moving|rolling|trailing) (\d+|{'|'.join(NUMBERS)})[- ]?{UNIT}s?[- ](?:average|mean)s?(?: of| for)?\b"
    rf"|\b(?:moving|rolling|trailing) (?:average|mean)s? (?:over|across|with a window of) (?:the (?:last|past) )?(\d+|{'|'.join(NUMBERS)})[- ]?{UNIT}s?\b",
    re.IGNORECASE,
)
ANY_MOVING = re.compile(r"\b(?:moving|rolling|trailing)[- ](?:\d+|\w+)?[- ]?(?:\w+[- ])?(?:average|mean)s?\b", re.IGNORECASE)
RETAINED = re.compile(
    r"\b(?:customer |user |client |cohort |monthly |quarterly |yearly )*(?:retention|cohorts?)(?: (?:rates?|table|analysis))?\b",
    re.IGNORECASE,
)
COHORT = re.compile(
    rf"\b(?:by |per |for each |of each )?(?:the )?(?:(?:sign-?up|signup|registration|joining|acquisition|first(?:[- ](?:order|purchase|invoice))?|cohort)[- ]?)?{UNIT}(?:ly)?(?: of (?:the(?:ir)? )?(?:sign-?up|registration|first (?:order|purchase|invoice)))?(?: cohorts?)?\b",
    re.IGNORECASE,
)
NEXT = re.compile(
    rf"\b(?:(?:in|during|within) )?the (?:next|following|month after|{UNIT} after(?:wards)?)(?: {UNIT})?\b|\bone {UNIT} later\b",
    re.IGNORECASE,
)
BACK = re.compile(r"\b(?:again|back|returned|came back|also)\b", re.IGNORECASE)
Kind = Literal["", "amount", "percent"]


@dataclass(frozen=True)
class Moves:
    """What was said; ``first`` where the period named first is the one that the other is taken from, ``falling`` where the change is told downwards."""

    change: Kind = ""
    first: bool = False
    falling: bool = False
    moving: int = 0
    unit: Grain | None = None
    smooth: bool = False
    retained: bool = False
    cohort: Grain | None = None
    signed: bool = False
    next: Grain | None = None
    spans: tuple[tuple[int, int], ...] = ()


def read(text: str) -> Moves:
    """The phrases of ``text``."""
    if ANY_MOVING.search(text) or MOVING.search(text):
        return _moving(text)
    if (kept := RETAINED.search(text)) is not None:
        grained = [found for found in COHORT.finditer(text) if found.start() >= kept.end()] or list(COHORT.finditer(text))
        unit = next((word.lower() for word in grained[0].groups() if word), "") if grained else ""
        signed = bool(re.search(r"sign-?up|registration|joining", text, re.IGNORECASE))
        spans = (kept.span(), *(found.span() for found in grained[:1]))
        return Moves(retained=True, cohort=grain(unit), signed=signed, spans=spans)
    back, later = BACK.search(text), NEXT.search(text)
    if back and later and (unit := next((word.lower() for word in later.groups() if word), "")):
        return Moves(next=grain(unit), spans=(back.span(), later.span()))
    return _change(text)


def grain(unit: str) -> Grain | None:
    """A unit of time as a grain."""
    units: dict[str, Grain] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
    return units.get(unit)


def _moving(text: str) -> Moves:
    match = MOVING.search(text)
    if match is None:
        return Moves(smooth=True)
    count, unit = [group.lower() for group in match.groups() if group]
    return Moves(moving=NUMBERS.get(count) or int(count), unit=grain(unit), smooth=True, spans=(match.span(),))


def _change(text: str) -> Moves:
    percent, more, much, changed = PERCENT.search(text), MORE.search(text), MUCH.search(text), CHANGED.search(text)
    found = [match for match in (percent, more, much, changed) if match]
    if not found:
        return Moves()
    spans = [match.span() for match in found] + [match.span() for match in VERB.finditer(text)]
    if more and (than := THAN.search(text)):
        spans.append(than.span())
    return Moves("percent" if percent else "amount", first=bool(more), falling=bool(more and more[1].lower() in DOWN), spans=tuple(spans))
