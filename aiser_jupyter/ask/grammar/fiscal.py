"""Fiscal periods: "fiscal 2024", "FY24", "Q2 FY24", "last fiscal quarter", counted from the month in which the year begins."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.periods import Period, shifted

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic import FiscalYear

YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
FY = rf"(?:fy ?'?|fiscal (?:year )?){YEAR}"
LEAD = r"(?:\b(?:in|during|for|of|on|over|throughout|this is) )?(?:\bthe )?"
QUARTER = r"(?:q(?P<quarter>[1-4])|(?P<word>first|second|third|fourth|last|1st|2nd|3rd|4th) (?:fiscal )?quarter)"
RULES = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("quarter", rf"{LEAD}\b(?:fiscal )?{QUARTER}(?: of| in|,)?(?: the)? {FY}\b"),
        ("quarter", rf"{LEAD}\bfiscal {QUARTER}(?: of| in|,)? (?P<year>(?:19|20)\d\d)\b"),
        ("quarter", rf"{LEAD}\b{FY} ?q(?P<quarter>[1-4])\b"),
        ("year", rf"{LEAD}\b{FY}\b"),
        ("relative", rf"{LEAD}\b(?P<which>last|previous|past|prior|this|current) fiscal (?P<unit>year|quarter)(?P<to_date> to date)?\b"),
        ("to_date", rf"{LEAD}\bfiscal (?P<unit>year|quarter)[ -]to[ -]date\b|{LEAD}\b(?P<short>fytd)\b"),
    )
)
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}


def find(text: str, today: date, year: FiscalYear | None) -> tuple[list[Period], str]:
    """The fiscal periods that ``text`` names, and the text with their words blanked; none where no fiscal year is defined."""
    if year is None:
        return [], text
    found: list[Period] = []
    for name, rule in RULES:
        for match in rule.finditer(text):
            start, end = _range(name, match.groupdict(), today, year)
            found.append(Period(start, end, match.span(), relative=True))
        text = rule.sub(lambda match: " " * len(match.group()), text)
    return sorted(found, key=lambda period: period.span), text


def _range(name: str, said: dict[str, str | None], today: date, year: FiscalYear) -> tuple[date, date]:
    if name in ("quarter", "year"):
        first = begins(_full(said.get("year") or ""), year)
        if name == "year":
            return first, shifted(first, "year", 1)
        number = int(said.get("quarter") or ORDINALS[(said.get("word") or "").lower()])
        start = shifted(first, "quarter", number - 1)
        return start, shifted(start, "quarter", 1)
    unit = (said.get("unit") or "year").lower()
    this = start_of(today, unit, year)
    if name == "to_date" or said.get("to_date"):
        return this, date.fromordinal(today.toordinal() + 1)
    start = this if (said.get("which") or "").lower() in ("this", "current") else shifted(this, unit, -1)
    return start, shifted(start, unit, 1)


def shift(text: str, grain: str, year: FiscalYear | None) -> int:
    """How many months a date is moved so that its year, or the start of its quarter, is the fiscal one; 0 where ``text`` asks for calendar ones."""
    if year is None or year.starts == 1 or not re.search(r"\bfiscal\b", text, re.IGNORECASE):
        return 0
    if grain == "year":
        return 13 - year.starts if year.named == "end" else 1 - year.starts
    return -((year.starts - 1) % 3) if grain == "quarter" else 0


def _full(text: str) -> int:
    """The year in four digits: 24 is 2024, 97 is 1997."""
    number = int(text)
    return number if number > 99 else number + (2000 if number < 70 else 1900)


def begins(number: int, year: FiscalYear) -> date:
    """The first day of the fiscal year called ``number``."""
    ends = year.named == "end" and year.starts > 1
    return date(number - ends, year.starts, 1)


def start_of(day: date, unit: str, year: FiscalYear) -> date:
    """The first day of the fiscal year or quarter that ``day`` is in."""
    first = date(day.year - (day.month < year.starts), year.starts, 1)
    if unit == "year":
        return first
    months = (day.year - first.year) * 12 + day.month - first.month
    return shifted(first, "quarter", months // 3)
