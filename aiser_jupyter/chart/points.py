"""Points and shades as plotly figures: scatter, bubble, density, heatmap, cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.point_data import Grid, Points, grid, points
from aiser_jupyter.chart.textfit import html, shorten

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

CELL = 30


def scatter(spec: ChartSpec, table: View) -> Figure:
    """One dot per row; groups in colour, a bubble's size by its third measure; a few dots the title talks about carry their name."""
    import plotly.graph_objects as go

    seen = points(spec, table)
    made: Figure = go.Figure()
    for token, name, chosen in seen.groups():
        xs, ys = [seen.x[i] for i in chosen], [seen.y[i] for i in chosen]
        tips = [[html(seen.tip(i))] for i in chosen]
        trace: Any = go.Scatter(
            x=xs,
            y=ys,
            mode="markers",
            name=html(name),
            customdata=tips,
            hovertemplate="%{customdata[0]}<extra></extra>",
            opacity=seen.opacity,
        )
        trace.marker.update(size=[seen.radius(i) * 2 for i in chosen] if seen.size else 8, line={"width": 1 if len(seen.x) <= 100 else 0})
        made.add_trace(paint(trace, {"marker.color": token, "marker.line.color": "bg"}))
    made.update_layout(height=380, showlegend=len(made.data) > 1)
    return axes(made, seen)


def density(spec: ChartSpec, table: View) -> Figure:
    """Rows counted per cell of a grid, darker where there are more."""
    import plotly.graph_objects as go

    seen = points(spec, table)
    trace = go.Histogram2d(
        x=seen.x, y=seen.y, nbinsx=40, nbinsy=28, showscale=False, hovertemplate="%{x}, %{y}<br><b>%{z} rows</b><extra></extra>"
    )
    trace.zhoverformat = ","
    shades: list[Any] = [[0, "#00000000"], [1e-6, "band"], [0.35, "mark-accent"], [1, "accent"]]
    made: Figure = go.Figure(paint(trace, {"colorscale": shades})).update_layout(height=400)
    return axes(made, seen)


def axes(made: Figure, seen: Points) -> Figure:
    """Two value axes with their names at the ends, ticks in house format."""
    for side, marks, texts in (("x", seen.x_ticks, seen.x_texts), ("y", seen.y_ticks, seen.y_texts)):
        update = made.update_xaxes if side == "x" else made.update_yaxes
        update(tickmode="array", tickvals=marks, ticktext=texts, range=[marks[0], marks[-1]], showgrid=side == "y", showline=side == "x")
    made.update_xaxes(title_text=html(seen.x_name))
    return made.add_annotation(
        text=html(seen.y_name),
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=8,
        showarrow=False,
        font_size=12,
    ).update_layout(meta={"aiser": {"paint": {"annotations[0].font.color": "muted"}}}, margin_t=34)


def heatmap(spec: ChartSpec, table: View) -> Figure:
    """A shade per pair of labels, with its value where there is room; a cohort is the same with shares of its first column."""
    import plotly.graph_objects as go

    seen: Grid = grid(spec, table)
    roomy = len(seen.columns) <= 14
    tips: list[list[Any]] = [
        [html(f"{row}, {column}: {seen.text(r, c)}") for c, column in enumerate(seen.columns)] for r, row in enumerate(seen.rows)
    ]
    trace = go.Heatmap(
        z=[list(row) for row in seen.values], x=list(seen.columns), y=list(seen.rows), customdata=tips, hovertemplate="%{customdata}<extra></extra>",
        text=[[seen.text(r, c) if seen.values[r][c] is not None else "" for c in range(len(seen.columns))] for r in range(len(seen.rows))], texttemplate="%{text}" if roomy else None,
        xgap=2, ygap=2, coloraxis="coloraxis", hoverongaps=False,
    )  # fmt: skip
    made: Figure = go.Figure(trace)
    made.update_xaxes(
        type="category",
        side="top",
        tickangle=0,
        tickmode="array",
        tickvals=list(seen.columns)[:: seen.every],
        ticktext=[html(shorten(c, 90, 12)) for c in seen.columns][:: seen.every],
    )
    made.update_yaxes(
        type="category",
        autorange="reversed",
        tickfont_size=13,
        tickmode="array",
        tickvals=list(seen.rows),
        ticktext=[html(shorten(r, 180)) for r in seen.rows],
    )
    return made.update_layout(
        height=80 + CELL * len(seen.rows),
        margin_t=34,
        coloraxis={"showscale": False, "cmin": seen.low, "cmax": seen.high, **({"cmid": 0} if seen.low < 0 < seen.high else {})},
    )
