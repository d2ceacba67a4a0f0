"""Distributions as plotly figures: histogram and box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import roles, ticks
from aiser_jupyter.chart.bars import lying_axis
from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.point_data import by_group, histogram, quartiles
from aiser_jupyter.chart.series import pretty
from aiser_jupyter.chart.textfit import html
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec


def bins(spec: ChartSpec, table: View) -> Figure:
    """Columns of rows per bin, with the median marked and named."""
    import plotly.graph_objects as go

    values = [v for _, group in by_group(spec, table) for v in group]
    if not values:
        raise UsageError(f"Column {spec.y[0]!r} holds no number to count.", hint="Choose another column.")
    edges, counts = histogram(values)
    unit = spec.unit or roles.unit(table.column(spec.y[0]))
    middle = quartiles(values)[2]
    trace = go.Histogram(
        x=values,
        xbins={"start": edges[0], "end": edges[-1] + (edges[1] - edges[0]) / 2, "size": edges[1] - edges[0]},
        autobinx=False,
        hovertemplate="%{x}<br><b>%{y:,} rows</b><extra></extra>",
    )
    made: Figure = go.Figure(paint(trace, {"marker.color": "mark"}))
    made.add_vline(
        x=middle,
        line_width=1,
        annotation={
            "text": f"<b>median {html(number.text(middle, unit=unit))}</b>",
            "yanchor": "bottom",
            "yref": "paper",
            "y": 1,
            "xanchor": "left",
            "xshift": -2,
        },
    )
    marks = ticks.numbers(min(values), max(values), 6)
    high = ticks.numbers(0, max(counts), 3)
    made.update_xaxes(
        tickmode="array",
        tickvals=marks,
        ticktext=[number.text(v, unit=unit) for v in marks],
        showline=True,
        title_text=html(pretty(spec.y[0])),
    )
    made.update_yaxes(tickmode="array", tickvals=high, ticktext=[number.text(v) for v in high], range=[0, high[-1]], showgrid=True)
    paints = {"shapes[0].line.color": "accent", "annotations[0].font.color": "accent"}
    return made.update_layout(bargap=0.06, height=330, margin_t=34, meta={"aiser": {"paint": paints}})


def box(spec: ChartSpec, table: View) -> Figure:
    """A lying box per group: quartiles, median, whiskers to 1.5 boxes, dots beyond; highest median on top."""
    import plotly.graph_objects as go

    groups = by_group(spec, table)
    unit = spec.unit or roles.unit(table.column(spec.y[0]))
    labels = [name or pretty(spec.y[0]) for name, _ in groups]
    made: Figure = go.Figure()
    for label, (name, values) in zip(labels, groups, strict=True):
        tone = "mark-accent" if name in spec.highlight or len(groups) == 1 else "mark"
        trace = go.Box(
            x=values,
            y=[label] * len(values),
            name=html(label),
            orientation="h",
            boxpoints="outliers",
            line_width=1.5,
            marker={"size": 4, "opacity": 0.5},
            width=0.5,
            hoverinfo="x+name",
        )
        made.add_trace(
            paint(trace, {"line.color": tone, "marker.color": tone, "fillcolor": "accent-soft" if tone == "mark-accent" else "line"})
        )
    every = [v for _, values in groups for v in values]
    marks = ticks.numbers(min(every, default=0), max(every, default=1), 5)
    made = lying_axis(made, labels, [])
    made.update_xaxes(tickmode="array", tickvals=marks, ticktext=[number.text(v, unit=unit) for v in marks], showgrid=True)
    return made.update_layout(height=80 + 38 * len(labels))
