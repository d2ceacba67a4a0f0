"""The sentence of one measure over one time: from the first full period to the last, and the extremes between."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.answer.line import Line
from aiser_jupyter.facts.build import wording
from aiser_jupyter.format import date as dates

if TYPE_CHECKING:
    from decimal import Decimal

    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.shape import Field, Shape

MONTHS = {"year": 12, "quarter": 3, "month": 1}
DAYS = {"week": 7, "day": 1}


def series(evidence: Evidence, shape: Shape) -> Line | None:
    """One measure over one time; a period that the data hold only a part of is not compared."""
    if len(shape.times) != 1 or shape.keys or not shape.measures or evidence.table.num_rows < 2:
        return None
    time, measure = shape.times[0], shape.measures[0]
    when, values = evidence.cells[time.index], evidence.cells[measure.index]
    rows = [r for r in range(len(when)) if when[r] is not None and values[r] is not None]
    if len(rows) < 2 or len({when[r] for r in rows}) != len(rows):
        return None
    rows.sort(key=lambda r: when[r])
    full = [r for r in rows if whole(when[r], time, evidence, shape)]
    figure = measure.figure
    line = (
        Line()
        .say("" if measure.value.short == figure and " of " not in figure else "the ")
        .name(f"{figure}{owner(measure, shape)}{shape.outline.apart}")
    )
    if len(full) < 2:
        return ends(line, evidence, time, measure, rows, full)
    movement(line, evidence, time, measure, full)
    if full[-1] != rows[-1]:
        line.say(f", the last full {time.grain}")
    first, last = full[0], full[-1]
    running = measure.value.short.startswith("running ")
    if (
        not running
        and values[first] > 0
        and values[last] >= 0
        and not alike(values[first], values[last])
        and measure.unit not in {"%", "share"}
    ):
        change = evidence.change(first, last, measure.index, time.index)
        if change is not None:
            line.say(", ").state(change).say(" more" if values[last] > values[first] else " less")
    return extremes(line, evidence, time, measure, full).say(".")


def owner(measure: Field, shape: Shape) -> str:
    """The table of a measure, where its words do not say it."""
    if measure.value.counts:
        return shape.outline.subject.replace(" of ", " in ", 1)
    return "" if measure.value.short else shape.outline.subject


def movement(line: Line, evidence: Evidence, time: Field, measure: Field, rows: list[int]) -> Line:
    """``rose from 1 in Jan 2025 to 2 in Feb 2025``."""
    first, last = rows[0], rows[-1]
    start, end = (evidence.cells[measure.index][r] for r in (first, last))
    if alike(start, end):
        line.say(" was ").state(evidence.cell(first, measure.index, unit=measure.unit)).say(f" both{at(time)}")
        named(line, evidence, time, first)
        return named(line.say(" and" + at(time)), evidence, time, last)
    line.say(f" {'rose' if end > start else 'fell'} from ").state(evidence.cell(first, measure.index, unit=measure.unit), strong=False)
    named(line.say(at(time)), evidence, time, first)
    line.say(" to ").state(evidence.cell(last, measure.index, unit=measure.unit))
    return named(line.say(at(time)), evidence, time, last)


def alike(one: float | Decimal, two: float | Decimal) -> bool:
    """Whether two values are one but for the noise of the binary form, which grows with each addend of a sum."""
    return math.isclose(one, two, rel_tol=1e-12)


def ends(line: Line, evidence: Evidence, time: Field, measure: Field, rows: list[int], full: list[int]) -> Line:
    """The first and the last value side by side, where there are no two full periods to compare."""
    first, last = rows[0], rows[-1]
    line.say(" was ").state(evidence.cell(first, measure.index, unit=measure.unit))
    named(line.say(at(time)), evidence, time, first).say(" and ").state(evidence.cell(last, measure.index, unit=measure.unit))
    named(line.say(at(time)), evidence, time, last)
    part = [r for r in (first, last) if r not in full]
    if len(part) == 2:
        return line.say(f"; the data hold neither {time.grain} in full.")
    return named(line.say("; the data do not hold "), evidence, time, part[0]).say(" in full.")


def extremes(line: Line, evidence: Evidence, time: Field, measure: Field, rows: list[int]) -> Line:
    """The highest and the lowest value, where neither is an end and each is there once."""
    values = evidence.cells[measure.index]
    kept = [values[r] for r in rows]
    high, low = max(rows, key=lambda r: values[r]), min(rows, key=lambda r: values[r])
    found = [(w, r) for w, r in (("highest", high), ("lowest", low)) if r not in {rows[0], rows[-1]} and kept.count(values[r]) == 1]
    the = "the " if time.grain == "week" else ""
    for index, (word, row) in enumerate(found):
        grain = f" {time.grain}" if time.grain in MONTHS or time.grain == "day" else ""
        line.say(f" and the {word} {the}" if index else f"; the {word}{grain} was {the}")
        named(line, evidence, time, row).say(" with ").state(evidence.cell(row, measure.index, unit=measure.unit), strong=False)
    return line


def named(line: Line, evidence: Evidence, time: Field, row: int) -> Line:
    """The period of a row."""
    return line.name(wording(evidence.cells[time.index][row], grain=time.grain))


def at(time: Field) -> str:
    """The preposition before a period of that grain."""
    return {"day": " on ", "hour": " on ", "minute": " on ", "week": " in the "}.get(time.grain or "", " in ")


def whole(value: date | str | int, time: Field, evidence: Evidence, shape: Shape) -> bool:
    """Whether a period is over by the clock, and neither the filter nor the ends of the data cut it."""
    found = span(value, time.grain)
    if found is None:
        return True
    start, end = found
    outline = shape.outline
    low, high = time.value.covers or (date.min, date.max)
    inside = start >= low and end - timedelta(days=1) <= high
    return inside and end <= evidence.as_of.date() and start >= (outline.since or date.min) and end <= (outline.until or date.max)


def span(value: date | str | int, grain: str | None) -> tuple[date, date] | None:
    """The first day of the period that ``value`` stands for and the first day after it; None where it is no period of days."""
    if isinstance(value, str):
        found = dates.parse(value)
        value = found[0] if found else int(value) if value.isdecimal() else ""
    if isinstance(value, int):
        value = date(value, 1, 1) if grain == "year" and 1 <= value < date.max.year else ""
    if not isinstance(value, date):
        return None
    start = value.date() if isinstance(value, datetime) else value
    if grain in DAYS:
        return start, start + timedelta(days=DAYS[grain])
    if grain not in MONTHS:
        return None
    months = start.year * 12 + start.month - 1 + MONTHS[grain]
    return start, date(months // 12, months % 12 + 1, 1)
