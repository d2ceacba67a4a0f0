"""How a chart should look: colour, numbers and order, from what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart.table import view

if TYPE_CHECKING:
    from aiser_jupyter.spec import ChartSpec

FEW = 7  # colours that a reader tells apart
LONG = 100_000  # from here on numbers read better in thousands or millions


def advice(spec: ChartSpec, table: object) -> tuple[str, ...]:
    """What to keep to when drawing the chart; the drawing here keeps to it."""
    return tuple(line for line in (colour(spec, table), numbers(spec, table), order(spec)) if line)


def colour(spec: ChartSpec, table: object) -> str:
    """How to use colour."""
    if spec.kind in {"kpi", "table"}:
        return ""
    if spec.kind in {"heatmap", "cohort", "density"}:
        return "Colour: one hue from light to dark; the scale says what it counts."
    if spec.color:
        groups = next((c.distinct for c in view(table).columns if c.name == spec.color), 0)
        if groups > FEW:
            return f"Colour: keep the largest few of {spec.color} apart and grey the rest; nobody tells so many colours apart."
        return f"Colour: one for each {spec.color}, the same in every chart beside it."
    if spec.highlight:
        return "Colour: one, with the mark that the title speaks of set off."
    return ""


def numbers(spec: ChartSpec, table: object) -> str:
    """How to write the numbers."""
    if spec.kind == "table":
        return "Numbers: flush right, with the same places behind the point in a column."
    seen = {c.name: c for c in view(table).columns}
    highest = max(
        (abs(float(seen[name].high)) for name in spec.y if name in seen and seen[name].numeric and seen[name].high is not None), default=0.0
    )
    if spec.unit in {"%", "share"}:
        return "Numbers: in percent, without places behind the point unless they matter."
    unit = f", with {spec.unit} once in the subtitle" if spec.unit else ""
    if highest >= LONG:
        return f"Numbers: in thousands or millions{unit}."
    return f"Numbers: three figures say enough{unit}." if unit else ""


def order(spec: ChartSpec) -> str:
    """In which order, and from which zero."""
    if spec.kind in {"bar", "horizontal_bar", "pareto"}:
        return "Order: by value, largest first; the axis begins at zero."
    if spec.kind in {"line", "area", "step"}:
        return ""
    if spec.kind in {"pie", "doughnut"}:
        return "Order: largest first from the top; above five parts take bars."
    if spec.kind in {"stacked_bar", "percent_bar", "grouped_bar"}:
        return "Order: the same groups in the same place in every bar; the axis begins at zero."
    return ""
