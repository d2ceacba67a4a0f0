"""A chart as one small static SVG element: no script, nothing fetched, drawn for the width it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import headline, svg_bars, svg_lines
from aiser_jupyter.chart.series import frame
from aiser_jupyter.chart.table import view

if TYPE_CHECKING:
    from aiser_jupyter.chart.svg_draw import Canvas
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec


def svg(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light") -> str:
    """``spec`` over ``table`` as an ``<svg role="img">`` of ``width`` px without title line: the card or figure around it has that.

    Colours are CSS variables of the house's stylesheet and fall back to ``theme``.
    """
    seen = view(table)
    return draw(spec, seen, width, theme).render(headline.aria(spec, seen))


def draw(spec: ChartSpec, table: View, width: float, theme: Theme) -> Canvas:
    """The drawing of one kind."""
    made = frame(spec, table)
    if spec.kind in {"line", "area", "step"}:
        return svg_lines.lines(made, width, theme, filled=spec.kind == "area", steps=spec.kind == "step")
    return (svg_bars.vertical if spec.kind == "bar" and made.order != "value" else svg_bars.horizontal)(made, width, theme)
