"""Large figures, as a plotly figure and as SVG, with a spark of the run behind one where a table has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.series import bare
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import html, shorten
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.chart.table import View
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec

SPARK_HEIGHT = 34.0


@dataclass(frozen=True)
class Tile:
    """A name, a value in words, and the run that led to it."""

    name: str
    text: str
    run: tuple[float | None, ...]


def tiles(spec: ChartSpec, table: View) -> list[Tile]:
    """One tile per ``y``: the last value of its column, and the column as its run where there are at least three."""
    if not spec.y or not table.row_count:
        raise UsageError("A KPI needs a column with a number and at least one row.", hint="Name it as y in the ChartSpec.")
    found = []
    for name in spec.y[:4]:
        column = table.column(name)
        last = column.values[-1]
        unit = spec.unit or roles.unit(column)
        found.append(
            Tile(
                bare(name, unit),
                number.text(last, unit=unit) if column.numeric else str(last),
                column.values if column.numeric and len(column.values) > 2 else (),
            )
        )
    return found


def figure(spec: ChartSpec, table: View) -> Figure:
    """Tiles side by side; the run of each is a thin line below."""
    import plotly.graph_objects as go

    shown = tiles(spec, table)
    made: Figure = go.Figure()
    roles_of: dict[str, str | list[str]] = {}
    for i, tile in enumerate(shown):
        left, right = i / len(shown), (i + 0.86) / len(shown)
        axis = "" if i == 0 else str(i + 1)
        run = tile.run or (None,)
        trace: Any = go.Scatter(
            x=list(range(len(run))), y=list(run), mode="lines", xaxis=f"x{axis}", yaxis=f"y{axis}", line_width=1.75, hoverinfo="skip"
        )
        made.add_trace(paint(trace, {"line.color": "mark"}))
        hidden = {"visible": False, "fixedrange": True}
        made.update_layout({f"xaxis{axis}": {"domain": [left, right], **hidden}, f"yaxis{axis}": {"domain": [0, 0.28], **hidden}})
        for words, y, size, token in ((tile.name, 1.0, 13, "muted"), (f"<b>{html(tile.text)}</b>", 0.84, 30, "ink")):
            roles_of[f"annotations[{len(made.layout.annotations)}].font.color"] = token
            made.add_annotation(
                text=words if size == 30 else html(words),
                x=left,
                y=y,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="top",
                showarrow=False,
                font_size=size,
            )
    return made.update_layout(height=150, meta={"aiser": {"paint": roles_of}})


def svg(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:
    """Tiles under one rule, hairlines between, as many in a row as fit."""
    shown = tiles(spec, table)
    across = max(1, min(len(shown), int(room // 150)))
    sparks = any(tile.run for tile in shown)
    size, high = room / across, 78.0 + (SPARK_HEIGHT + 12 if sparks else 0)
    canvas = Canvas(room, high * -(-len(shown) // across), theme)
    for i, tile in enumerate(shown):
        left, top = (i % across) * size + (16 if i % across else 0), (i // across) * high
        if i % across == 0:
            canvas.line(0, top + 1, room, top + 1, "ink", thick=2)
        else:
            canvas.line(left - 16, top + 12, left - 16, top + high - 12, "line")
        canvas.text(left, top + 26, shorten(tile.name, size - 20), color="muted")
        canvas.text(left, top + 60, tile.text, size=30, bold=True)
        if tile.run:
            spark(canvas, tile.run, left, top + 76, min(150.0, size - 32))
    return canvas


def spark(canvas: Canvas, run: Sequence[float | None], left: float, top: float, room: float) -> None:
    """A small line with a dot at its end."""
    known = [v for v in run if v is not None]
    if not known:
        return
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = (room - 8) / max(len(run) - 1, 1)
    places = [
        None if v is None else (left + 3 + i * step, top + 5 + (1 - (v - low) / span) * (SPARK_HEIGHT - 10)) for i, v in enumerate(run)
    ]
    canvas.path(places, "mark", thick=1.75)
    canvas.dot(*[p for p in places if p][-1], "mark-accent", radius=3.2)
