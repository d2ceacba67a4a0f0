"""The kinds that can be drawn, with what, and what else would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from aiser_jupyter.spec import ChartKind

# The plotly trace types of each kind; a page that shows another type than these shows a wrong chart.
TRACES: dict[ChartKind, frozenset[str]] = {
    "kpi": frozenset({"scatter"}),
    "bar": frozenset({"bar"}),
    "horizontal_bar": frozenset({"bar"}),
    "grouped_bar": frozenset({"bar"}),
    "stacked_bar": frozenset({"bar"}),
    "percent_bar": frozenset({"bar"}),
    "line": frozenset({"scatter"}),
    "area": frozenset({"scatter"}),
    "step": frozenset({"scatter"}),
    "scatter": frozenset({"scatter"}),
    "bubble": frozenset({"scatter"}),
    "density": frozenset({"histogram2d"}),
    "pie": frozenset({"pie"}),
    "doughnut": frozenset({"pie"}),
    "histogram": frozenset({"histogram"}),
    "box": frozenset({"box"}),
    "heatmap": frozenset({"heatmap"}),
    "cohort": frozenset({"heatmap"}),
    "funnel": frozenset({"bar"}),
    "waterfall": frozenset({"bar"}),
    "gantt": frozenset({"bar"}),
    "bullet": frozenset({"bar", "scatter"}),
    "pareto": frozenset({"bar", "scatter"}),
    "table": frozenset({"table"}),
}
DRAWN = frozenset(TRACES)
NEXT: dict[ChartKind, tuple[ChartKind, ...]] = {
    "kpi": ("table",),
    "bar": ("horizontal_bar", "doughnut", "pareto", "table"),
    "horizontal_bar": ("bar", "pareto", "doughnut", "table"),
    "grouped_bar": ("stacked_bar", "percent_bar", "heatmap", "table"),
    "stacked_bar": ("percent_bar", "grouped_bar", "heatmap", "table"),
    "percent_bar": ("stacked_bar", "grouped_bar", "heatmap", "table"),
    "line": ("area", "bar", "table"),
    "area": ("line", "stacked_bar", "table"),
    "step": ("line", "table"),
    "scatter": ("density", "table"),
    "bubble": ("scatter", "table"),
    "density": ("scatter", "table"),
    "pie": ("horizontal_bar", "doughnut", "table"),
    "doughnut": ("horizontal_bar", "pie", "table"),
    "histogram": ("box", "table"),
    "box": ("histogram", "table"),
    "heatmap": ("stacked_bar", "grouped_bar", "table"),
    "cohort": ("line", "heatmap", "table"),
    "funnel": ("horizontal_bar", "table"),
    "waterfall": ("bar", "table"),
    "gantt": ("table",),
    "bullet": ("kpi", "table"),
    "pareto": ("horizontal_bar", "table"),
    "table": (),
}


def drawn(kind: str) -> TypeGuard[ChartKind]:
    """Whether charts of ``kind`` can be drawn."""
    return kind in DRAWN


def trace_types(kind: ChartKind) -> frozenset[str]:
    """The plotly trace types that a chart of ``kind`` is drawn with."""
    return TRACES[kind]
