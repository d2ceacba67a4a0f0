"""Round values and short dates for axes."""

from __future__ import annotations

import itertools
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.chart.roles import moment
from aiser_jupyter.chart.textfit import width
from aiser_jupyter.format.date import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from aiser_jupyter.chart.series import Frame


def numbers(low: float, high: float, count: int = 4, *, whole: bool = False) -> list[float]:
    """About ``count`` steps of 1, 2, 2.5 or 5 times a power of ten that cover ``low`` to ``high``; from zero where that costs little height.

    ``whole`` keeps the steps at whole numbers.
    """
    if low > 0 and low < (high - low) * 1.2:
        low = 0.0
    if high < 0 and -high < (high - low) * 1.2:
        high = 0.0
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-12):
        high = low + (abs(low) if abs(low) > 1e-9 else 1.0)
    raw = max((high - low) / max(count, 1), 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in ((1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def short_dates(points: Sequence[object], grain: str | None) -> list[str]:
    """Axis words: ``Jan 25 Feb Mar``, ``Q1 25 Q2``, the year or month said once where it changes."""
    words: list[str] = []
    before: date | None = None
    for point in points:
        now = moment(point)
        words.append(str(point) if now is None else short_date(now, before, grain))
        before = now or before
    return words


def short_date(now: date, before: date | None, grain: str | None) -> str:
    """One axis word, given the one before."""
    year = f" {now.year % 100:02d}" if before is None or before.year != now.year else ""
    if grain == "year":
        return str(now.year)
    if grain == "quarter":
        return f"Q{(now.month + 2) // 3}{year}"
    if grain == "month":
        return f"{MONTHS[now.month - 1]}{year}"
    return f"{now.day} {MONTHS[now.month - 1]}{year}"


def thinned(frame: Frame, places: Sequence[float], limit: float) -> Iterator[tuple[int, str]]:
    """(index, words) of the axis labels that fit side by side, evenly strided; a year's first month is kept in step where it can be."""
    count = len(places)
    for stride in strides(count, frame.grain):
        chosen = list(range(0, count, stride))
        words = short_dates([frame.points[i] for i in chosen], frame.grain) if frame.order == "time" else [frame.labels[i] for i in chosen]
        gaps = [b - a for a, b in zip([places[i] for i in chosen], [places[i] for i in chosen[1:]], strict=False)]
        wide = [(width(a, 12) + width(b, 12)) / 2 + 10 for a, b in itertools.pairwise(words)]
        if all(gap >= need for gap, need in zip(gaps, wide, strict=True)) or stride >= count:
            yield from ((i, w) for i, w in zip(chosen, words, strict=True) if places[i] + width(w, 12) / 2 <= limit)
            return


def strides(count: int, grain: str | None) -> list[int]:
    """How many labels to step over, fewest first; steps that fit the calendar for months and quarters."""
    natural = {"month": [1, 2, 3, 6, 12, 24, 60, 120], "quarter": [1, 2, 4, 8, 20, 40]}.get(
        grain or "", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    )
    return [step for step in natural if step < count] + [max(count, 1)]


def calendar(start: datetime, end: datetime, count: int) -> list[tuple[datetime, str]]:
    """Round moments between ``start`` and ``end`` with their words, at most about ``count``."""
    hours = (end - start).total_seconds() / 3600
    unit = next((u for u in (1, 3, 6, 12, 24, 48, 24 * 7, 24 * 14) if hours / u <= count), None)
    if unit is None:
        months = -(-int(hours / 730) // count) or 1
        places = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
        found = [datetime(m // 12, m % 12 + 1, 1) for m in places if m % months == 0]  # noqa: DTZ001  # a place on an axis has no zone
        return [(m, f"{MONTHS[m.month - 1]} {m.year}") for m in found if start <= m <= end]
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [midnight + timedelta(hours=unit * k) for k in range(int(hours / unit) + 30)]
    return [(m, f"{m.day} {MONTHS[m.month - 1]}" if unit >= 24 or not m.hour else f"{m:%H:%M}") for m in moments if start <= m <= end]
