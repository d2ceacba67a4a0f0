"""The first rows of a result, to look at: a small table in HTML or plain text, never the whole result."""

from __future__ import annotations

from datetime import date, datetime, time
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

MAX_BYTES = 48_000
MAX_COLUMNS = 60
CELL = 160  # characters of one cell
_PLAIN_CELL = 40
_PLAIN_WIDTH = 160

_STYLE = (
    ".aiser-result{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}"
    ".aiser-result th,.aiser-result td{padding:3px 10px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--jp-border-color2,#e3e6ea)}"
    ".aiser-result th{font-weight:600;border-bottom:1px solid var(--jp-border-color1,#b8bec6)}"
    ".aiser-result .num{text-align:right}.aiser-result .none{opacity:.5}"
    ".aiser-scroll{overflow-x:auto;max-width:100%}.aiser-note{font-size:12px;opacity:.75;margin:4px 0 0}"
)


def html(table: pa.Table, note: str) -> str:
    """``table`` as HTML of at most 50 KB: cells escaped and cut, numbers to the right, then ``note``."""
    shown = table.select(range(min(table.num_columns, MAX_COLUMNS)))
    right = [_numeric(field.type) for field in shown.schema]
    head = "".join(
        f'<th{_class(num)} scope="col">{escape(_cut(name, CELL))}</th>' for name, num in zip(shown.column_names, right, strict=True)
    )
    rows: list[str] = []
    size = len(head)
    for record in zip(*(column.to_pylist() for column in shown.columns), strict=True):
        row = "<tr>" + "".join(_cell(value, num=num) for value, num in zip(record, right, strict=True)) + "</tr>"
        size += len(row.encode())
        if size > MAX_BYTES:
            note = f"{len(rows)} rows fit here; {note}"
            break
        rows.append(row)
    if table.num_columns > MAX_COLUMNS:
        note = f"{MAX_COLUMNS} of {table.num_columns} columns; {note}"
    return (
        f'<div class="aiser"><style>{_STYLE}</style><div class="aiser-scroll"><table class="aiser-result"><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table></div><p class="aiser-note">{escape(note)}</p></div>'
    )


def plain(table: pa.Table, note: str) -> str:
    """``table`` as text, 160 characters wide at most, then ``note``."""
    columns = [
        [name, *(text(value, _PLAIN_CELL) for value in column.to_pylist())]
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    widths = [max(map(len, column)) for column in columns]
    fit = 0
    while fit < len(widths) and sum(widths[: fit + 1]) + 2 * fit <= _PLAIN_WIDTH:
        fit += 1
    fit = max(fit, 1)
    right = [_numeric(field.type) for field in table.schema]
    lines = [
        "  ".join(cell.rjust(width) if num else cell.ljust(width) for cell, width, num in zip(row, widths, right, strict=False)).rstrip()
        for row in zip(*columns[:fit], strict=True)
    ]
    if fit < len(columns):
        note = f"{fit} of {len(columns)} columns; {note}"
    return "\n".join([*lines, note])


def text(value: Any, width: int = CELL) -> str:
    """One value in words a person reads, cut to ``width`` characters."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds" if not value.microsecond else "auto")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return _cut(f"0x{value[:width].hex()}", width)
    return _cut(str(value), width)


def _cell(value: Any, *, num: bool) -> str:
    kind = "none" if value is None else "num" if num else ""
    return f"<td{_class(num)}>{escape(text(value))}</td>" if kind != "none" else f'<td class="none{" num" if num else ""}">NULL</td>'


def _class(num: bool) -> str:
    return ' class="num"' if num else ""


def _cut(value: str, width: int) -> str:
    value = value.replace("\r", " ").replace("\n", " ")
    return value if len(value) <= width else value[: width - 1] + "…"


def _numeric(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
