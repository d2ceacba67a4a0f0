"""Which chart a table wants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.chart import headline
from aiser_jupyter.chart.roles import roles
from aiser_jupyter.chart.table import view
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View


def choose(table: object, question: str | None = None) -> ChartSpec:
    """The chart for ``table``, given what was asked."""
    seen = view(table)
    spec = pick(seen, question)
    return replace(spec, title=headline.title(spec, seen), subtitle=headline.subtitle(spec, seen))


def pick(table: View, question: str | None) -> ChartSpec:
    """The kind and the columns."""
    said = roles(table)
    measures = [n for n, r in said.items() if r == "measure"]
    times = [n for n, r in said.items() if r == "time"]
    names = [n for n, r in said.items() if r in {"category", "ordinal", "geo"}]
    if measures and times and table.row_count > 1:
        return ChartSpec("line", x=times[0], y=(measures[0],), color=names[0] if names else None, reason="A value over time.")
    if measures and names and table.row_count > 1:
        return ChartSpec("horizontal_bar", x=names[0], y=(measures[0],), reason="A value per category.")
    return ChartSpec("table", reason="Rows to read.")
