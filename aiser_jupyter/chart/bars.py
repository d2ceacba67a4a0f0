"""Bars as plotly figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart.paint import paint
from aiser_jupyter.chart.textfit import html

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.series import Frame


def bars(frame: Frame, kind: str) -> go.Figure:
    """One bar per label with its value at the end."""
    import plotly.graph_objects as go

    lying = kind == "horizontal_bar" or frame.order == "value"
    labels = [html(label) for label in frame.labels]
    values = list(frame.series[0].values)
    marks = ["mark-accent" if frame.accented(i) else "mark" for i in range(len(values))]
    trace = go.Bar(
        x=values if lying else labels,
        y=labels if lying else values,
        orientation="h" if lying else "v",
        text=[frame.text(v) for v in values],
        textposition="outside",
        cliponaxis=False,
    )
    made = go.Figure(paint(trace, {"marker.color": marks}))
    return made.update_layout(**({"yaxis": {"autorange": "reversed"}, "xaxis": {"visible": False}} if lying else {"yaxis": {"visible": False}}))
