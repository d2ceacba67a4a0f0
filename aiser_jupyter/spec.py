"""The chart as plain data: a closed schema that anything may propose and nothing may extend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from aiser_jupyter.errors import UsageError

ChartKind = Literal[
    "kpi", "bar", "horizontal_bar", "grouped_bar", "stacked_bar", "percent_bar", "line", "area", "step", "scatter",
    "bubble", "density", "pie", "doughnut", "histogram", "box", "violin", "heatmap", "calendar", "treemap", "sunburst",
    "sankey", "funnel", "waterfall", "gantt", "gauge", "bullet", "radar", "candlestick", "choropleth", "point_map",
    "cohort", "pareto", "table",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(ChartKind)


@dataclass(frozen=True)
class ChartSpec:
    """What to draw, without how: the kind, which column goes where, and the words around it.

    ``x`` and ``color`` name one column, ``y`` one or more. ``highlight`` holds the values of ``x`` (or series names)
    that the title talks about; ``band`` the two columns between which the last ``y`` of a line is expected, low and high. ``reason`` says why this kind was chosen, ``alternatives`` which others would do.
    """

    kind: ChartKind
    x: str | None = None
    y: tuple[str, ...] = ()
    color: str | None = None
    title: str = ""
    subtitle: str = ""
    unit: str = ""
    highlight: tuple[str, ...] = ()
    band: tuple[str, ...] = ()
    reason: str = ""
    alternatives: tuple[ChartKind, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"There is no chart of kind {self.kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
        if len(self.band) not in {0, 2}:
            raise UsageError(f"A band lies between two columns, and {len(self.band)} are named.", hint="Name the lower and the upper one.")
