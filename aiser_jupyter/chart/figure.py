"""A plotly figure of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import bars, headline, lines, paint
from aiser_jupyter.chart.series import frame
from aiser_jupyter.chart.table import view

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec


def figure(spec: ChartSpec, table: object, *, theme: Theme = "light", titled: bool = True) -> go.Figure:
    """``spec`` over ``table`` as a plotly figure in the house's theme; with ``titled=False`` the page around it has the title and subtitle."""
    seen = view(table)
    made = frame(spec, seen)
    drawn = lines.lines(made, spec.kind) if spec.kind in {"line", "area", "step"} else bars.bars(made, spec.kind)
    if titled:
        words = spec.title or headline.title(spec, seen)
        drawn.update_layout(title_text=words, margin_t=64 if words else 12)
    return paint.dress(drawn, theme)


def trace_types(kind: str) -> frozenset[str]:
    """The plotly trace types that a chart of ``kind`` is drawn with."""
    return frozenset({"scatter"} if kind in {"line", "area", "step", "scatter"} else {"bar"})
