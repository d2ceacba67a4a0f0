"""Words for a chart from its own numbers: a title that is a finding, a subtitle with measure and unit, a sentence for who cannot see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.chart.series import Frame, frame, pretty
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

FRAMED = frozenset({"bar", "horizontal_bar", "line", "area", "step", "pareto"})


def title(spec: ChartSpec, table: View) -> str:
    """The finding in at most 90 characters, with its number and no full stop; empty where the kind has none."""
    if spec.kind not in FRAMED or not spec.x:
        return ""
    made = frame(spec, table)
    if len(made.series) != 1:
        return ""
    return run(made, pretty(spec.y[0])) if made.order == "time" else leader(made, pretty(spec.y[0]))


def worded(spec: ChartSpec, table: View) -> ChartSpec:
    """``spec`` with title and subtitle from its own numbers."""
    return replace(spec, title=title(spec, table), subtitle=subtitle(spec, table))


def leader(made: Frame, measure: str) -> str:
    """Who is ahead, and with what."""
    values = [(v, i) for i, v in enumerate(made.series[0].values) if v is not None and not made.labels[i].startswith("Other (")]
    if not values:
        return ""
    top = max(values, key=lambda pair: (pair[0], -pair[1]))
    return clipped(f"{made.labels[top[1]]} leads with {made.text(top[0])}", measure)


def run(made: Frame, measure: str) -> str:
    """From where to where a series went."""
    known = [(made.labels[i], v) for i, v in enumerate(made.series[0].values) if v is not None]
    if len(known) < 2:
        return ""
    (start, first), (end, last) = known[0], known[-1]
    verb = "rose" if last > first else "fell" if last < first else "stayed"
    return clipped(f"{measure} {verb} from {made.text(first)} in {start} to {made.text(last)} in {end}", measure)


def clipped(words: str, fallback: str) -> str:
    """``words`` if they are short enough for a title."""
    return words if len(words) <= 90 else fallback


def subtitle(spec: ChartSpec, table: View) -> str:
    """Measure, by what, unit."""
    if not spec.y:
        return ""
    unit = spec.unit
    measures = ", ".join(pretty(name) for name in spec.y)
    by = f" by {pretty(spec.x).lower()}" if spec.x else ""
    return f"{measures}{by}" + (f", {unit}" if unit else "")


def aria(spec: ChartSpec, table: View) -> str:
    """What the picture shows, for who cannot see it."""
    kind = spec.kind.replace("_", " ")
    said = spec.title or title(spec, table) or subtitle(spec, table)
    return f"{kind.capitalize()} chart. {said}. {number.text(table.row_count)} rows."
