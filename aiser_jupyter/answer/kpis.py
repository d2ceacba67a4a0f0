"""Key figures: a metric over all rows, and how the last full period compares with the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer import star as stars
from aiser_jupyter.answer import tiles, topic
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.line import Line
from aiser_jupyter.format import date as dates
from aiser_jupyter.format.meaning import meaning

if TYPE_CHECKING:
    from aiser_jupyter.answer.star import Place, Star
    from aiser_jupyter.catalog.semantic import Metric
    from aiser_jupyter.context import Context
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.spec import ChartSpec

STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Kpi:
    """A figure in words with its facts; ``change`` is the relative change of the last full period, None where there is none to compare."""

    name: str
    line: Line
    sql: str
    result: Result
    change: float | None = None
    series: Result | None = None
    series_sql: str = ""
    chart: ChartSpec | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of its words."""
        return tuple(self.line.facts)


def kpi(context: Context, star: Star, metric: Metric) -> Kpi | None:
    """The figure of a metric, computed now; None where there is no value."""
    from aiser_jupyter.query import run

    catalog = star.catalog
    sql = tiles.figure(star, metric).sql(dialect=catalog.dialect)
    result = run(context, sql, on=catalog.source, origin="ask")
    evidence = Evidence(result.arrow(), sql, catalog.dialect, catalog.source, context.clock.now())
    if evidence.cells[0][0] is None:
        return None
    called = topic.name(metric)
    unit = meaning(metric.name, "number").unit
    line = Line().state(evidence.cell(0, 0, unit=unit)).say(" over all rows")
    when = stars.moment(star)
    compared = against(context, star, metric, when, unit) if when is not None else None
    if compared is None:
        return Kpi(called, line.say("."), sql, result)
    said, change, series, series_sql, chart = compared
    line.parts += said.parts
    line.facts += said.facts
    line.names += said.names
    return Kpi(called, line.say("."), sql, result, change, series, series_sql, chart)


def against(
    context: Context, star: Star, metric: Metric, when: Place, unit: str
) -> tuple[Line, float | None, Result, str, ChartSpec] | None:
    """The last full period beside the one before, with the run of all periods; None where there are fewer than three."""
    from aiser_jupyter.chart.choose import of_kind
    from aiser_jupyter.query import run

    catalog = star.catalog
    grain = stars.grain(when)
    sql = tiles.timed(star, metric, when, grain, catalog.dialect).sql(dialect=catalog.dialect)
    series = run(context, sql, on=catalog.source, origin="ask")
    table = series.arrow()
    starts = [day(cell) for cell in table.column(0).to_pylist()]
    last = latest(when)
    # The last period counts only where its end is in the data.
    full = [i for i, start in enumerate(starts) if start is not None and last is not None and after(start, grain) <= next_day(last)]
    if len(full) < 2 or table.num_rows < 3:
        return None
    now, before = full[-1], full[-2]
    this, previous = starts[now], starts[before]
    if this is None or previous is None or this != after(previous, grain):
        return None
    evidence = Evidence(table, sql, catalog.dialect, catalog.source, context.clock.now())
    values = [evidence.cells[1][place] for place in (before, now)]
    if any(value is None for value in values):
        return None
    line = Line().say("; ").state(evidence.cell(now, 1, unit=unit), strong=False).say(" in ").name(dates.text(this, grain))
    change = None
    share = evidence.change(before, now, 1, 0) if float(values[0]) > 0 else None
    if share is not None and values[0] != values[1]:
        change = float(values[1]) / float(values[0]) - 1
        line.say(", ").state(share, strong=False).say(" more than in " if change > 0 else " less than in ").name(
            dates.text(previous, grain)
        )
    return line, change, series, sql, of_kind(table, "line")


def day(cell: Any) -> date | None:
    """The day of a period's start, whatever the engine gives it as."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell)[:10])
    except ValueError:
        return None


def latest(when: Place) -> date | None:
    """The last day that the column holds."""
    seen = when.column.statistics
    return day(seen.maximum) if seen is not None and seen.maximum is not None else None


def next_day(last: date) -> date:
    """The day after."""
    return date.fromordinal(last.toordinal() + 1)


def after(start: date, grain: stars.Grain) -> date:
    """The first day after the period that begins at ``start``."""
    if grain in STEPS:
        return date.fromordinal(start.toordinal() + STEPS[grain])
    place = start.year * 12 + start.month - 1 + {"month": 1, "quarter": 3, "year": 12}[grain]
    return date(place // 12, place % 12 + 1, 1)
