"""A chart as one small static SVG element: no script, nothing fetched, drawn for the width it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import (
    bar_data,
    headline,
    kpi,
    lines,
    point_data,
    roles,
    svg_bars,
    svg_groups,
    svg_lines,
    svg_parts,
    svg_points,
    tables,
)
from aiser_jupyter.chart.kinds import DRAWN
from aiser_jupyter.chart.series import bare, frame
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.table import view
from aiser_jupyter.errors import NotYetError

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec


def svg(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light") -> str:
    """``spec`` over ``table`` as an ``<svg role="img">`` of ``width`` px without title line: the card or figure around it has that.

    Colours are CSS variables of the house's stylesheet and fall back to ``theme``. The kind ``table`` gives an HTML table.
    Raises NotYetError for a kind that cannot be drawn yet and UsageError for columns that do not fit the kind.
    """
    seen = view(table)
    if spec.kind == "table":
        return tables.table_html(spec, seen)
    if spec.kind not in DRAWN:
        raise NotYetError(f"A {spec.kind.replace('_', ' ')} chart cannot be drawn yet.", hint=f"Kinds: {', '.join(sorted(DRAWN))}.")
    return draw(spec, seen, float(width), theme).render(headline.aria(spec, seen))


def draw(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:  # noqa: PLR0911  # one return per family of kinds reads as a table
    """The drawing of one kind; an empty one where there is nothing to draw."""
    kind = spec.kind
    if kind == "kpi":
        return kpi.svg(spec, table, room, theme)
    if kind in {"scatter", "bubble", "density"}:
        points = point_data.points(spec, table)
        return (svg_points.density if kind == "density" else svg_points.scatter)(points, room, theme)
    if kind in {"heatmap", "cohort"}:
        return svg_points.heatmap(point_data.grid(spec, table), room, theme)
    if kind in {"histogram", "box"}:
        return (svg_parts.bins if kind == "histogram" else svg_parts.box)(spec, table, room, theme)
    if kind == "gantt":
        return svg_bars.gantt(bar_data.spans(spec, table), room, theme)
    if kind == "bullet":
        return svg_bars.bullet(bar_data.targets(spec, table), room, theme)
    return run(spec, table, room, theme) if kind in {"line", "area", "step"} else bars(spec, table, room, theme)


def run(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:
    """Lines; measures that one axis cannot carry stand below each other."""
    frames = lines.panels(spec, table)
    filled, steps = spec.kind == "area", spec.kind == "step"
    if len(frames) == 1:
        return svg_lines.lines(frames[0], room, theme, filled=filled, steps=steps)
    whole = Canvas(room, 0, theme)
    for name, one in zip(spec.y, frames, strict=True):
        panel = svg_lines.lines(one, room, theme, height=150, filled=filled, steps=steps)
        whole.text(0, whole.height + 14, bare(name, roles.unit(table.column(name))), bold=True)
        whole.parts.append(f'<g transform="translate(0 {whole.height + 22:.0f})">{"".join(panel.parts)}</g>')
        whole.height += panel.height + 34
    return whole


def bars(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:  # noqa: PLR0911  # one return per kind reads as a table
    """Everything made of bars or slices over one label column."""
    made, kind = frame(spec, table), spec.kind
    if not made.labels:
        return Canvas(room, 0, theme)
    if kind in {"pie", "doughnut"}:
        return svg_parts.pie(made, room, theme, hole=0.62 if kind == "doughnut" else 0.0)
    if kind == "grouped_bar":
        return svg_groups.grouped(made, room, theme)
    if kind in {"stacked_bar", "percent_bar"}:
        return svg_groups.stacked(made, room, theme, whole=kind == "percent_bar")
    if kind == "waterfall":
        return svg_bars.waterfall(made, room, theme)
    if kind == "pareto":
        return svg_bars.pareto(made, room, theme)
    if kind == "funnel":
        return svg_bars.horizontal(svg_bars.stages(made), room, theme)
    if kind == "horizontal_bar":
        return svg_bars.horizontal(svg_bars.of(made), room, theme)
    return svg_bars.vertical(svg_bars.of(made), room, theme, under=svg_bars.dated(made, room))
