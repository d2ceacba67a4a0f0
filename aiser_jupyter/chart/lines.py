"""Lines as plotly figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart.paint import paint
from aiser_jupyter.chart.svg_lines import color_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.series import Frame


def lines(frame: Frame, kind: str) -> go.Figure:
    """One line per series."""
    import plotly.graph_objects as go

    made = go.Figure()
    for i, one in enumerate(frame.series):
        x = [str(p) for p in frame.points] if frame.order == "time" else list(frame.labels)
        trace = go.Scatter(x=x, y=list(one.values), name=one.name, mode="lines", line_shape="hv" if kind == "step" else "linear")
        made.add_trace(paint(trace, {"line.color": color_of(frame, i)}))
    return made
