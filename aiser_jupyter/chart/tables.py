"""The numbers of a chart as an accessible HTML table, and rows as a plotly table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.series import bare, pretty
from aiser_jupyter.chart.table import view
from aiser_jupyter.chart.textfit import html
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import Column, View
    from aiser_jupyter.spec import ChartSpec

MOST_ROWS = 200


def table_html(spec: ChartSpec, table: object, *, rows: int = MOST_ROWS) -> str:
    """What ``spec`` draws of ``table`` as ``<table class="tbl">`` with a caption: exact values, numbers right-aligned, the first ``rows`` rows; all text escaped."""
    seen = view(table)
    columns = used(spec, seen)
    head = "".join(f'<th scope="col"{right(c)}>{html(heading(c))}</th>' for c in columns)
    count = min(rows, len(seen.columns[0].values)) if seen.columns else 0
    body = "".join(f"<tr>{''.join(f'<td{right(c)}>{html(cell(c, i))}</td>' for c in columns)}</tr>" for i in range(count))
    more = f" {number.text(count)} of {number.text(seen.row_count)} rows." if count < seen.row_count else ""
    caption = html((spec.title or spec.subtitle or "Data") + "." + more)
    return f'<table class="tbl"><caption class="vh">{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def used(spec: ChartSpec, table: View) -> list[Column]:
    """The columns that a spec draws, or all for a table."""
    names = dict.fromkeys(n for n in (spec.color, spec.x, *spec.y) if n) if spec.kind != "table" else {}
    return [table.column(name) for name in names] or list(table.columns)


def heading(column: Column) -> str:
    """A column's name, with its unit once where it has one."""
    unit = {"share": "%"}.get(roles.unit(column), roles.unit(column))
    return f"{bare(column.name, unit)}, {unit}" if unit else pretty(column.name)


def right(column: Column) -> str:
    """The class of right-aligned cells."""
    return ' class="r"' if column.numeric and roles.role(column, len(column.values)) != "id" else ""


def cell(column: Column, row: int) -> str:
    """One value in words, without the unit that the heading says; ids and years as they are."""
    value = column.values[row]
    if value is None:
        return "–"
    if column.temporal:
        return dates.text(value)
    if not column.numeric or roles.role(column, len(column.values)) in {"id", "time", "ordinal"}:
        return str(value)
    return number.text(value * 100 if roles.unit(column) == "share" else value, style="exact")


def figure(spec: ChartSpec, table: View) -> Figure:
    """The first rows as a plotly table."""
    import plotly.graph_objects as go

    columns = used(spec, table)
    count = min(50, len(columns[0].values)) if columns else 0
    align: list[Any] = ["right" if right(c) else "left" for c in columns]
    trace: Any = go.Table(
        header={"values": [html(heading(c)) for c in columns], "align": align, "height": 30},
        cells={"values": [[html(cell(c, i)) for i in range(count)] for c in columns], "align": align, "height": 28},
    )
    trace.header.line.width = trace.cells.line.width = 0
    paints: dict[str, str | list[str]] = {
        "header.fill.color": "surface",
        "cells.fill.color": "bg",
        "header.font.color": "muted",
        "cells.font.color": "ink",
    }
    return go.Figure(paint(trace, paints)).update_layout(height=60 + 28 * min(count, 16))
