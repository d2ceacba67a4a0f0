"""Parts of a whole as plotly figures: pie and doughnut, each slice named directly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.textfit import html
from aiser_jupyter.chart.theme import CATEGORICAL
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.series import Frame


def tokens(frame: Frame) -> list[str]:
    """A colour per slice: accent and greys where the title talks about some, else the categorical colours."""
    if frame.accents:
        greys = ("mark", "mark-quiet", "axis", "line")
        plain = iter(range(len(frame.labels)))
        return ["mark-accent" if frame.accented(i) else greys[next(plain) % len(greys)] for i in range(len(frame.labels))]
    return [CATEGORICAL[i % len(CATEGORICAL)] for i in range(len(frame.labels))]


def whole(frame: Frame) -> list[float]:
    """The slices; a negative one has no angle."""
    values = [v or 0.0 for v in frame.series[0].values]
    if min(values, default=0.0) < 0:
        raise UsageError("A pie cannot show values below zero.", hint="Use horizontal_bar.")
    return values


def pie(frame: Frame, kind: str) -> Figure:
    """Slices clockwise from the top in the order of the frame, with name, share and value beside them."""
    import plotly.graph_objects as go

    values = whole(frame)
    total = math.fsum(values) or 1.0
    texts = [
        f"<b>{number.text(v / total, unit='share')}</b> {html(label)}<br>{html(frame.text(v))}"
        for label, v in zip(frame.labels, values, strict=True)
    ]
    trace: Any = go.Pie(
        labels=list(frame.labels), values=values, hole=0.62 if kind == "doughnut" else 0, sort=False, direction="clockwise", text=texts,
        texttemplate="%{text}", textposition="outside", hovertemplate="%{text}<extra></extra>", automargin=True,
    )  # fmt: skip
    trace.marker.line.width = 2
    return go.Figure(paint(trace, {"marker.colors": list(tokens(frame)), "marker.line.color": "bg"})).update_layout(
        height=360, margin={"l": 40, "r": 40, "t": 40, "b": 40}
    )
