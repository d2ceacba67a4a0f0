"""Which columns a kind takes from a table, and whether the data allow it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import roles
from aiser_jupyter.spec import ChartKind, ChartSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.chart.seen import Seen
    from aiser_jupyter.chart.table import Column

MOST_PARTS = 6
MOST_CELLS = 60


def fitted(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """The spec of ``kind`` with its columns, None where the data do not allow it."""
    if kind == "table":
        return ChartSpec("table")
    fit = FITS.get(kind)
    return fit(kind, seen) if (fit and seen.measures) or (kind == "gantt" and fit) else None


def dimension(seen: Seen) -> Column | None:
    """The column to hang bars on: a name, else a time, else an id with one row each."""
    single = [c for c in seen.ids if c.distinct == seen.rows]
    return next(iter((*seen.names, *seen.times, *single)), None)


def bars(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """One bar per name; the finest name where there are several."""
    x = max(seen.names, key=lambda c: c.distinct) if len(seen.names) == 2 else dimension(seen)
    repeated = x is not None and x.distinct < seen.rows and not (seen.table.sampled or roles.additive(seen.measures[0]))
    return ChartSpec(kind, x=x.name, y=(seen.measures[0].name,)) if x and x.distinct > 1 and not repeated else None


def whole(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """Two to six parts that add up, none negative."""
    measure = seen.measures[0]
    if not seen.names or not 2 <= seen.names[0].distinct <= MOST_PARTS or seen.negative(measure) or seen.names[0].distinct < seen.rows:
        return None
    total = sum(v for v in measure.values if v is not None)
    unit = roles.unit(measure)
    complete = {"%": abs(total - 100) <= 2, "share": abs(total - 1) <= 0.02}.get(unit, roles.additive(measure))
    return ChartSpec(kind, x=seen.names[0].name, y=(measure.name,)) if complete or (unit and seen.table.sampled) else None


def running(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """A line needs an order to run along: time, else an ordered name."""
    ordered = [c for c in seen.names if c.name in seen.ordered]
    x = next(iter((*seen.times, *ordered)), None)
    if x is None or x.distinct < 2:
        return None
    first = seen.measures[0]
    by = [c for c in seen.names if c is not x and c.distinct > 1] if len(seen.measures) == 1 or not seen.comparable() else []
    loose = len(seen.measures) > 1 and not by
    if kind == "area" and (seen.negative(first) or loose or (by and not (roles.additive(first) or roles.unit(first) in {"%", "share"}))):
        return None
    if len(by) > 1 or len(seen.names) > 2:
        return None
    return ChartSpec(kind, x=x.name, y=tuple(m.name for m in seen.measures[: 1 if by else 3]), color=next((c.name for c in by), None))


def crossed(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """Bars in groups: two names, a name and a time, or a name and several measures of one unit."""
    measure = seen.measures[0]
    unit = roles.unit(measure)
    if kind != "grouped_bar" and (seen.negative(measure) or not (roles.additive(measure) or unit in {"%", "share"})):
        return None
    dims = [*seen.times, *seen.names]
    if len(dims) == 1 and 2 <= len(seen.measures) <= 4 and seen.comparable() and dims[0].distinct <= 20:
        return ChartSpec(kind, x=dims[0].name, y=tuple(m.name for m in seen.measures))
    if len(dims) != 2 or min(d.distinct for d in dims) < 1 or min(d.distinct for d in dims) > 12:
        return None
    x, by = axes(dims[0], dims[1], seen)
    return ChartSpec(kind, x=x.name, y=(measure.name,), color=by.name) if x.distinct * by.distinct <= MOST_CELLS * 3 else None


def axes(a: Column, b: Column, seen: Seen) -> tuple[Column, Column]:
    """(x, series): a time with more than three moments is x, then what the question groups by; an ordered answer is the series, else the smaller one is the series."""
    if a.temporal or a in seen.times:
        return (a, b) if a.distinct > 3 else (b, a)
    if (first := seen.named_place(a)) != (second := seen.named_place(b)):
        return (a, b) if first < second else (b, a)
    one_ordered = [c for c in (a, b) if c.name in seen.ordered]
    if len(one_ordered) == 1 and one_ordered[0].distinct <= MOST_PARTS:
        return (a, b) if one_ordered[0] is b else (b, a)
    return (a, b) if a.distinct >= b.distinct else (b, a)


def points(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """Two measures against each other, few groups in colour; a bubble's third measure is its size."""
    need = 3 if kind == "bubble" else 2
    if len(seen.measures) < need or seen.rows < 3:
        return None
    by = next((c.name for c in seen.names if 2 <= c.distinct <= MOST_PARTS and c.distinct < seen.rows), None)
    return ChartSpec(kind, x=seen.measures[0].name, y=tuple(m.name for m in seen.measures[1:need]), color=by if kind == "scatter" else None)


def values(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """The values of one measure; boxes may be one per group."""
    group = next(
        (c.name for c in sorted(seen.names, key=lambda c: c.distinct) if c.distinct <= 30 and seen.rows / max(c.distinct, 1) >= 4), None
    )
    enough = seen.rows >= 10 and seen.measures[0].distinct > 1
    return ChartSpec(kind, x=group if kind == "box" else None, y=(seen.measures[0].name,)) if enough else None


def shades(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """Two dimensions and a measure; for a cohort the start stands in the rows."""
    dims = [*seen.names, *seen.times]
    if len(dims) != 2 or min(d.distinct for d in dims) < 2:
        return None
    first, second = sorted(dims, key=lambda c: seen.table.names.index(c.name))
    if kind == "heatmap" and (second.distinct < first.distinct or second in seen.times) is False and first in seen.times:
        first, second = second, first
    return ChartSpec(kind, x=second.name, color=first.name, y=(seen.measures[0].name,))


def sequence(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """A few steps or stages, each once."""
    x = dimension(seen)
    fits = x is not None and x.distinct == seen.rows and 2 <= seen.rows <= 20 and not (kind == "funnel" and seen.negative(seen.measures[0]))
    return ChartSpec(kind, x=x.name, y=(seen.measures[0].name,)) if x and fits else None


def vital(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """Names with a measure that adds up and is never negative."""
    x = dimension(seen)
    fits = (
        x is not None
        and x not in seen.times
        and len(seen.names) <= 1
        and x.distinct >= 3
        and roles.additive(seen.measures[0])
        and not seen.negative(seen.measures[0])
    )
    return ChartSpec(kind, x=x.name, y=(seen.measures[0].name,)) if x and fits else None


def spans(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """A label with a start and an end."""
    span = seen.span()
    label = next(iter((*seen.names, *seen.ids, *seen.texts)), None)
    return ChartSpec(kind, x=label.name, y=(span[0].name, span[1].name)) if span and label else None


def against(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """A value and its target, for one row or a few names."""
    pair = seen.target()
    if not pair or seen.rows > 20:
        return None
    x = dimension(seen)
    return ChartSpec(kind, x=x.name if x and seen.rows > 1 else None, y=(pair[0].name, pair[1].name)) if x or seen.rows == 1 else None


def figures(kind: ChartKind, seen: Seen) -> ChartSpec | None:
    """One row of up to four numbers."""
    return (
        ChartSpec(kind, x=seen.names[0].name if seen.names else None, y=tuple(m.name for m in seen.measures[:4]))
        if seen.rows == 1
        else None
    )


FITS: dict[ChartKind, Callable[[ChartKind, Seen], ChartSpec | None]] = {
    "bar": bars, "horizontal_bar": bars, "pie": whole, "doughnut": whole, "line": running, "area": running, "step": running,
    "grouped_bar": crossed, "stacked_bar": crossed, "percent_bar": crossed, "scatter": points, "bubble": points, "density": points,
    "histogram": values, "box": values, "heatmap": shades, "cohort": shades, "waterfall": sequence, "funnel": sequence, "pareto": vital,
    "gantt": spans, "bullet": against, "kpi": figures,
}  # fmt: skip
