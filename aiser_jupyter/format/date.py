"""A date, moment or period in words."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

Grain = Literal["year", "quarter", "month", "week", "day", "hour", "minute"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")
ISO_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


def text(value: date | datetime | time | str, grain: Grain | None = None) -> str:  # noqa: PLR0911  # one return a grain is the clearest table
    """``value`` in words: ``5 Oct 2026``, ``5 Oct 2026, 06:00 UTC``; with a grain ``2026``, ``Q3 2026``, ``Jan 2025``, ``week of 5 Oct 2026``.

    Text that is an ISO date, moment, month (``2025-01``) or quarter (``2026-Q3``) is read as one; other text comes back as it is.
    """
    if isinstance(value, str):
        found = parse(value)
        if found is None:
            return value
        value, implied = found
        grain = grain or implied
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if grain == "year":
        return str(value.year)
    if grain == "quarter":
        return f"Q{(value.month + 2) // 3} {value.year}"
    if grain == "month":
        return f"{MONTHS[value.month - 1]} {value.year}"
    if grain == "week":
        return f"week of {day(value)}"
    if isinstance(value, datetime) and grain != "day" and (grain is not None or value.time() != time()):
        return f"{day(value)}, {clock(value)}"
    return day(value)


def day(value: date) -> str:
    """``5 Oct 2026``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def clock(value: datetime) -> str:
    """``06:00``, with seconds where there are any, and the zone where it is known."""
    zone = value.tzname() if value.tzinfo else None
    return value.strftime("%H:%M:%S" if value.second else "%H:%M") + (f" {zone}" if zone else "")


def period(start: date, end: date) -> str:  # noqa: PLR0911  # one return a length is the clearest table
    """The days from ``start`` to ``end``, both in: ``2026``, ``Q3 2026``, ``Jan 2025``, ``5 Oct 2026`` or ``1 Jul to 30 Aug 2026``."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if start.day == after.day == 1 and months > 0:
        if months == 12 and start.month == 1:
            return text(start, "year")
        if months == 3 and start.month % 3 == 1:
            return text(start, "quarter")
        if months == 1:
            return text(start, "month")
        if months % 12 == 0 and start.month == 1:
            return f"{start.year} to {end.year}"
        if months > 1:
            return f"{MONTHS[start.month - 1]}{'' if start.year == end.year else f' {start.year}'} to {text(end, 'month')}"
    if start == end:
        return day(start)
    if start.year != end.year:
        return f"{day(start)} to {day(end)}"
    first = f"{start.day}" if start.month == end.month else f"{start.day} {MONTHS[start.month - 1]}"
    return f"{first} to {day(end)}"


def parse(value: str) -> tuple[date | datetime, Grain | None] | None:
    """The date or moment that ISO text means and the grain it implies; None for other text."""
    bare = value.strip()
    if quarter := ISO_QUARTER.fullmatch(bare):
        return date(int(quarter[1]), int(quarter[2]) * 3 - 2, 1), "quarter"
    if (month := ISO_MONTH.fullmatch(bare)) and 1 <= int(month[2]) <= 12 and int(month[1]):
        return date(int(month[1]), int(month[2]), 1), "month"
    if len(bare) < 10 or bare[4] != "-":
        return None
    try:
        return (date.fromisoformat(bare), "day") if len(bare) == 10 else (datetime.fromisoformat(bare), None)
    except ValueError:
        return None


def grain_of(values: list[date]) -> Grain:
    """The coarsest grain at which each of ``values`` is the start of a period."""
    days = sorted({v.date() if isinstance(v, datetime) else v for v in values})
    if any(isinstance(v, datetime) and v.time() != time() for v in values):
        return "minute"
    if not days or any(d.day != 1 for d in days):
        weekly = len(days) > 1 and all((b - a).days % 7 == 0 for a, b in pairwise(days))
        return "week" if weekly else "day"
    if all(d.month == 1 for d in days) and len(days) > 1:
        return "year"
    return "quarter" if len(days) > 1 and all(d.month % 3 == 1 for d in days) else "month"
