"""Whether the data reach over the whole period that was asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.case import span
from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.ask.restate.filter import kept_periods
from aiser_jupyter.ask.restate.outline import covers
from aiser_jupyter.facts.build import wording
from aiser_jupyter.format import date as dates

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked
    from aiser_jupyter.answer.shape import Field
    from aiser_jupyter.ask.restate.filter import Kept


def period(case: Case, _: Look) -> Checked | None:
    """A period outside the data, one they hold in part, one that is not over; by the first and last day that the catalog knows."""
    for kept in kept_periods(case.tests, case.scope):
        found = asked(case, kept)
        if found is not None:
            return found
    return last_of(case, case.shape.times[0]) if len(case.shape.times) == 1 and case.rows > 1 else None


def asked(case: Case, kept: Kept) -> Checked | None:  # noqa: PLR0911  # one return a finding is the clearest table
    """What the data hold of one period of the filter."""
    column = next(iter(kept.column.find_all(exp.Column)), None)
    ends, wide = known(case, column), covers(kept.column, case.scope)
    if column is None or ends is None or wide is None:
        return None
    low, high = ends
    sql, name = extremes(case, column), dates.period(kept.start, kept.end - timedelta(days=1))
    if kept.start > high:
        return noticed("period", f"The data end on {dates.day(high)}, before {name}.", sql)
    if kept.end <= low:
        return noticed("period", f"The data begin on {dates.day(low)}, after {name}.", sql)
    if kept.start <= case.today < kept.end and high <= case.today:
        return noticed("period", f"{name} is not over: the data end on {dates.day(high)}.", sql)
    if kept.end - timedelta(days=1) > wide[1]:
        return noticed("period", f"The data end on {dates.day(high)} and hold only a part of {name}.", sql)
    if kept.start < wide[0]:
        return noticed("period", f"The data begin on {dates.day(low)} and hold only a part of {name}.", sql)
    return passed("period", f"The data hold the whole of {name}.", sql)


def last_of(case: Case, time: Field) -> Checked | None:
    """Whether the last period of a series is whole."""
    if time.grain not in {"week", "month", "quarter", "year"} or time.value.covers is None:
        return None
    when = [v for v in case.cells[time.index] if v is not None]
    last = max(when, key=str, default=None)
    found = span(last, time.grain) if isinstance(last, date | str | int) else None
    if found is None:
        return None
    whole = found[1] - timedelta(days=1) <= time.value.covers[1] and found[1] <= case.today
    name = wording(last, grain=time.grain)
    if whole:
        return passed("period", f"The last {time.grain}, {name}, is whole.")
    item = case.select.selects[time.index] if case.select is not None and time.index < len(case.select.selects) else None
    column = next(iter(item.find_all(exp.Column)), None) if item is not None else None
    ends = known(case, column)
    told = f": the data end on {dates.day(ends[1])}" if ends is not None else ""
    return noticed("period", f"The last {time.grain}, {name}, is not whole{told}.", extremes(case, column) if column is not None else "")


def known(case: Case, column: exp.Column | None) -> tuple[date, date] | None:
    """The first and the last day of a column, by the catalog."""
    found = case.column(column) if column is not None else None
    seen = found.statistics if found is not None else None
    if seen is None or not isinstance(seen.minimum, date) or not isinstance(seen.maximum, date):
        return None
    low, high = (v.date() if isinstance(v, datetime) else v for v in (seen.minimum, seen.maximum))
    return low, high


def extremes(case: Case, column: exp.Column) -> str:
    """The query of a column's first and last value."""
    place = case.place(column)
    bare = exp.column(column.name, quoted=True)
    query = exp.select(exp.Min(this=bare), exp.Max(this=bare.copy()))
    table = place.table if place is not None else None
    if table is None:
        return ""
    return case.sql(query.from_(exp.table_(table.name, db=table.schema or None, quoted=True)))
