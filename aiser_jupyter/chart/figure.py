"""A plotly figure of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import bar_data, bars, distribution, headline, kpi, lines, paint, parts, points, tables
from aiser_jupyter.chart.kinds import DRAWN, trace_types
from aiser_jupyter.chart.series import frame
from aiser_jupyter.chart.table import view
from aiser_jupyter.chart.textfit import html, width, wrap
from aiser_jupyter.errors import NotYetError

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.paint import Figure
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec

__all__ = ["figure", "trace_types"]

# Titles are broken for this width; plotly does not break them itself.
TITLE_ROOM = 600.0


def figure(spec: ChartSpec, table: object, *, theme: Theme = "light", titled: bool = True) -> go.Figure:
    """``spec`` over ``table`` (any input of ``chart.table.view``) as a plotly figure in the house's theme.

    With ``titled=False`` the page around it has the title and subtitle. Raises NotYetError for a kind that cannot be drawn yet and UsageError
    for columns that do not fit the kind.
    """
    seen = view(table)
    made: Figure = draw(spec, seen)
    meta = made.layout.meta or {}
    if legend := legend_room(made):
        made.update_layout(margin_t=(made.layout.margin.t or 12) + legend, height=(made.layout.height or 330) + legend)
    made.update_layout(meta={"aiser": {"kind": spec.kind, "trace_types": sorted(trace_types(spec.kind)), **meta.get("aiser", {})}})
    return paint.dress(entitled(made, spec, seen) if titled else made, theme)


def legend_room(made: Figure) -> float:
    """The height of the legend above the plot, 0 where there is none."""
    if not made.layout.showlegend:
        return 0.0
    names = [trace.name or "" for trace in made.data]
    widest = max(map(width, names)) + 52
    return 20.0 * -(-len(names) // max(int(TITLE_ROOM * 0.8 // widest), 1)) + 8


def draw(spec: ChartSpec, table: View) -> Figure:  # noqa: PLR0911  # one return per family of kinds reads as a table
    """The figure of one kind, without title and colours."""
    kind = spec.kind
    if kind not in DRAWN:
        raise NotYetError(f"A {kind.replace('_', ' ')} chart cannot be drawn yet.", hint=f"Kinds: {', '.join(sorted(DRAWN))}.")
    if kind in {"line", "area", "step"}:
        return lines.figure(spec, table)
    if kind in {"scatter", "bubble"}:
        return points.scatter(spec, table)
    by_spec = {
        "density": points.density,
        "heatmap": points.heatmap,
        "cohort": points.heatmap,
        "histogram": distribution.bins,
        "box": distribution.box,
        "kpi": kpi.figure,
        "table": tables.figure,
    }
    if kind in by_spec:
        return by_spec[kind](spec, table)
    if kind == "gantt":
        return bars.gantt(bar_data.spans(spec, table))
    if kind == "bullet":
        return bars.bullet(bar_data.targets(spec, table))
    made = frame(spec, table)
    if kind in {"pie", "doughnut"}:
        return parts.pie(made, kind)
    by_frame = {"waterfall": bars.waterfall, "funnel": bars.funnel, "pareto": bars.pareto}
    if kind in by_frame:
        return by_frame[kind](made)
    return (bars.single if kind in {"bar", "horizontal_bar"} else bars.grouped)(made, kind)


def entitled(made: Figure, spec: ChartSpec, table: View) -> Figure:
    """The figure with its finding as title, and measure, unit and what was left out below it."""
    spoken = spec if spec.title else headline.worded(spec, table)
    title, subtitle = spoken.title, spoken.subtitle
    said = wrap(title, TITLE_ROOM, 17, bold=True)
    shown = said if title else []
    head = 24 * len(shown) + (30 if subtitle else 4)
    if not title and not subtitle:
        return made
    made.update_layout(title={"text": "<br>".join(map(html, shown)) or " ", "subtitle": {"text": html(subtitle)}})
    return made.update_layout(height=(made.layout.height or 330) + head, margin_t=(made.layout.margin.t or 12) + head + 6)
