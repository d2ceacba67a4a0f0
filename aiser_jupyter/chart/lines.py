"""Lines, areas and steps as plotly figures, and panels for measures that one axis cannot carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import roles, ticks
from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.series import as_datetime, bare, color_of, frame
from aiser_jupyter.chart.svg_lines import apart, end_label
from aiser_jupyter.chart.textfit import html, shorten, width

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.series import Band, Frame
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

HEIGHT = 340
PANEL = 190
LINE_HEIGHT = 18.0
END_ROOM = 170.0
# d3 formats; the second line of a date is written where it changes.
DATE_FORMATS = {"year": "%Y", "quarter": "Q%q\n%Y", "month": "%b\n%Y", "week": "%-d %b\n%Y", "day": "%-d %b\n%Y"}


def panels(spec: ChartSpec, table: View) -> list[Frame]:
    """One frame per measure where one axis cannot carry them all, else a single frame."""
    if len(spec.y) > 1 and not roles.comparable([table.column(name) for name in spec.y]):
        return [frame(replace(spec, y=(name,), band=()), table) for name in spec.y]
    return [frame(spec, table)]


def figure(spec: ChartSpec, table: View) -> Figure:
    """The figure of a line, area or step spec."""
    from plotly.subplots import make_subplots

    frames = panels(spec, table)
    if len(frames) == 1:
        made: Figure = make_subplots()
        notes = draw(made, frames[0], spec.kind, 1)
        return made.update_layout(height=HEIGHT, margin_r=notes + 18)
    made: Figure = make_subplots(rows=len(frames), cols=1, shared_xaxes=True, vertical_spacing=0.16)
    room = max(draw(made, one, spec.kind, row) for row, one in enumerate(frames, 1))
    for row, name in enumerate(spec.y, 1):
        top = made.layout["yaxis" if row == 1 else f"yaxis{row}"].domain[1]
        made.add_annotation(
            text=f"<b>{html(bare(name, roles.unit(table.column(name))))}</b>",
            xref="paper",
            yref="paper",
            x=0,
            y=top,
            xanchor="left",
            yanchor="bottom",
            yshift=6,
            showarrow=False,
        )
    return made.update_layout(height=PANEL * len(frames) + 20, margin={"r": room + 18, "t": 30})


def draw(made: Figure, one: Frame, kind: str, row: int) -> float:
    """The series of one frame with their end labels and axes; how many px the end labels take."""
    filled, stacked = kind == "area", kind == "area" and len(one.series) > 1
    if one.band is not None:
        made.add_trace(shade(one, one.band), row=row, col=1)
    for i in range(len(one.series)):
        made.add_trace(trace(one, i, kind), row=row, col=1)
    tops = (
        [sum(s.values[i] or 0 for s in one.series) for i in range(len(one.points))]
        if stacked
        else [v for s in one.series for v in s.values if v is not None] + (one.band.ends if one.band else [])
    )
    marks = ticks.numbers(0.0 if filled else min(tops, default=0.0), max(tops, default=1.0), 4, whole=one.whole)
    made.update_yaxes(
        tickmode="array", tickvals=marks, ticktext=[one.text(v) for v in marks], range=[marks[0], marks[-1]], showgrid=True, row=row, col=1
    )
    axis: dict[str, Any] = {"showline": True, "showgrid": False}
    span = [as_datetime(roles.moment(p)) for p in (one.points[:1] + one.points[-1:])] if one.order == "time" else []
    if one.order == "time":
        axis |= {"type": "date", "tickformat": date_format(one.grain, span), "nticks": 10, "range": padded(span)}
        if one.grain in {"month", "quarter", "year"} and len(one.points) <= 14:
            axis |= {"tickmode": "array", "tickvals": [place(p) for p in one.points], "ticktext": ticks.short_dates(one.points, one.grain)}
    else:
        axis |= {"type": "category"}
    made.update_xaxes(**axis, row=row, col=1)
    return ends(made, one, row, marks, stacked=stacked)


def trace(one: Frame, i: int, kind: str) -> go.Scatter:
    """One series as a line with gaps where values are missing."""
    import plotly.graph_objects as go

    series, tone = one.series[i], color_of(one, i)
    stacked = kind == "area" and len(one.series) > 1
    x = [place(p) for p in one.points] if one.order == "time" else list(one.labels)
    tips = [
        [html(f"{label}, {series.name}" if len(one.series) > 1 else label), one.text(v)]
        for label, v in zip(one.labels, series.values, strict=True)
    ]
    sizes = dots(series.values) if not stacked else [0] * len(series.values)
    made: Any = go.Scatter(
        x=x, y=list(series.values), name=html(series.name), mode="lines+markers", marker={"size": sizes, "line": {"width": 0}}, cliponaxis=False, line={"width": 1.75 if tone == "mark" else 2.25, "shape": "hv" if kind == "step" else "linear"},
        customdata=tips, hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>", connectgaps=False,
    )  # fmt: skip
    roles_of: dict[str, str | list[str]] = {"line.color": tone, "marker.color": tone}
    if stacked:
        made.update(stackgroup="all", line_width=0.5)
        roles_of["fillcolor"] = tone
    elif kind == "area":
        made.update(fill="tozeroy")
        roles_of["fillcolor"] = "band"
    return paint(made, roles_of)


def shade(one: Frame, band: Band) -> go.Scatter:
    """The band as one closed surface without a border: along its upper end and back along its lower."""
    import plotly.graph_objects as go

    x = [place(p) for p in one.points] if one.order == "time" else list(one.labels)
    there, back = band.places, band.places[::-1]
    made: Any = go.Scatter(
        x=[x[i] for i in (*there, *back)], y=[*(band.high[i] for i in there), *(band.low[i] for i in back)], name="Interval", mode="lines",
        line={"width": 0}, fill="toself", hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip
    return paint(made, {"fillcolor": "band", "line.color": "band"})


def dots(values: tuple[float | None, ...]) -> list[int]:
    """Marker sizes: a dot at the end of the line and on values that stand alone between gaps."""
    last = max((i for i, v in enumerate(values) if v is not None), default=-1)
    beside = [any(values[j] is not None for j in (i - 1, i + 1) if 0 <= j < len(values)) for i in range(len(values))]
    return [7 if v is not None and (i == last or not beside[i]) else 0 for i, v in enumerate(values)]


def date_format(grain: str | None, span: list[datetime]) -> str:
    """The d3 format of the dates below: the grain's own, months where days run over more than half a year."""
    if grain in {"day", "week", "minute"} and span and span[-1] - span[0] > timedelta(days=180):
        grain = "month"
    return DATE_FORMATS.get(grain or "", "%-d %b\n%H:%M")


def padded(span: list[datetime]) -> list[str] | None:
    """The range of the time axis with room for half a dot; end labels do not widen it."""
    if not span:
        return None
    air = (span[-1] - span[0]) * 0.012 or timedelta(days=1)
    return [(span[0] - air).isoformat(), (span[-1] + air).isoformat()]


def place(point: Any) -> str:
    """A moment as plotly reads it."""
    return as_datetime(roles.moment(point)).isoformat()


def ends(made: Figure, one: Frame, row: int, marks: list[float], *, stacked: bool) -> float:
    """The name and last value of each series at its end, moved apart where they would touch; returns the room they need."""
    found = [(i, max((k for k, v in enumerate(s.values) if v is not None), default=None)) for i, s in enumerate(one.series)]
    known = [(i, last) for i, last in found if last is not None]
    span = (marks[-1] - marks[0]) or 1.0
    heights: list[float] = []
    base = 0.0
    for i, last in known:
        value = one.series[i].values[last] or 0.0
        heights.append(base + value / 2 if stacked else value)
        base += value if stacked else 0.0
    plot = HEIGHT - 70.0
    wanted = [(marks[-1] - h) / span * plot for h in heights]
    moved = apart(wanted, LINE_HEIGHT, plot)
    alone = len(one.series) == 1
    widest = 0.0
    notes = made.layout.meta["aiser"]["paint"] if made.layout.meta else {}
    for (i, last), h, w, m in zip(known, heights, wanted, moved, strict=True):
        words = shorten(" ".join(end_label(one.series[i], one, alone=alone)), END_ROOM, bold=True)
        tone = color_of(one, i)
        x = place(one.points[last]) if one.order == "time" else one.labels[last]
        number = len(made.layout.annotations)
        made.add_annotation(
            text=html(words) if tone == "mark" else f"<b>{html(words)}</b>", x=x, y=h, xref="x" if row == 1 else f"x{row}", yref="y" if row == 1 else f"y{row}",
            xanchor="left", yanchor="middle", xshift=8, yshift=w - m, showarrow=False, align="left",
        )  # fmt: skip
        notes[f"annotations[{number}].font.color"] = {"mark": "muted", "mark-accent": "accent"}.get(tone, tone)
        widest = max(widest, width(words, bold=True))
    made.update_layout(meta={"aiser": {"paint": notes}})
    return widest
