"""The first rows of a result, to look at: a small table in HTML or plain text, never the whole result."""

from __future__ import annotations

from datetime import date, datetime, time
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

MAX_BYTES = 48_000
MAX_COLUMNS = 60
CELL = 160  # characters of one cell
_PLAIN_CELL = 40
_PLAIN_WIDTH = 160
_WIDTHS = (CELL, 60, 24)
_PARTS = 12  # of a list or structure
_DEPTH = 4

# Notebooks set every cell of a table to the right by a rule that one class does not outweigh.
_STYLE = (
    ".aiser-result{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}"
    ".aiser .aiser-result th,.aiser .aiser-result td{padding:3px 10px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--jp-border-color2,#e3e6ea)}"
    ".aiser .aiser-result th{font-weight:600;border-bottom:1px solid var(--jp-border-color1,#b8bec6)}"
    ".aiser .aiser-result .num{text-align:right}.aiser-result .none{opacity:.5}"
    ".aiser-scroll{overflow-x:auto;max-width:100%}.aiser-note{font-size:12px;opacity:.75;margin:4px 0 0}"
)


def html(table: pa.Table, note: str) -> str:
    """``table`` as HTML of at most 50 KB: cells escaped and cut, numbers to the right, then ``note``."""
    shown = table.select(range(min(table.num_columns, MAX_COLUMNS)))
    right = [_numeric(field.type) for field in shown.schema]
    head, first, size = "", "", 0
    lines: Iterator[str] = iter(())
    for width in _WIDTHS:  # where one row alone would fill the page its cells are cut shorter
        columns = [values(column, width) for column in shown.columns]
        head = "".join(
            f'<th{_class(num)} scope="col">{escape(_cut(name, width))}</th>' for name, num in zip(shown.column_names, right, strict=True)
        )
        lines = (
            "<tr>" + "".join(_cell(value, width, num=num) for value, num in zip(row, right, strict=True)) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        first = next(lines, "")
        size = len(head.encode()) + len(first.encode())
        if size <= MAX_BYTES // 2:
            break
    rows = [first]
    for row in lines:
        size += len(row.encode())
        if size > MAX_BYTES:
            note = f"{len(rows)} rows fit here; {note}"
            break
        rows.append(row)
    if table.num_columns > MAX_COLUMNS:
        note = f"{MAX_COLUMNS} of {table.num_columns:,} columns; {note}"
    return (
        f'<div class="aiser"><style>{_STYLE}</style><div class="aiser-scroll"><table class="aiser-result"><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table></div><p class="aiser-note">{escape(note)}</p></div>'
    )


def plain(table: pa.Table, note: str) -> str:
    """``table`` as text, 160 characters wide at most, then ``note``."""
    columns: list[list[str]] = []
    widths: list[int] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        cells = [_cut(name, _PLAIN_CELL), *(text(value, _PLAIN_CELL) for value in values(column, _PLAIN_CELL))]
        width = max(map(len, cells))
        if columns and sum(widths) + 2 * len(widths) + width > _PLAIN_WIDTH:
            break
        columns.append(cells)
        widths.append(width)
    right = [_numeric(field.type) for field in table.schema]
    lines = [
        "  ".join(cell.rjust(width) if num else cell.ljust(width) for cell, width, num in zip(row, widths, right, strict=False)).rstrip()
        for row in zip(*columns, strict=True)
    ]
    if len(columns) < table.num_columns:
        note = f"{len(columns)} of {table.num_columns:,} columns; {note}"
    return "\n".join([*lines, note])


def values(column: pa.ChunkedArray, width: int) -> list[Any]:
    """The values of ``column`` as Python's, those that are long or deep already cut, so that a huge cell costs no more than a small one."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")  # its functions are made when it is loaded, unknown to a type checker
    types, kind = pa.types, column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return pc.utf8_slice_codeunits(column, 0, width + 1).to_pylist()
    if types.is_binary(kind) or types.is_large_binary(kind):
        return pc.binary_slice(column, 0, width + 1).to_pylist()
    if types.is_nested(kind):
        return [None if not value.is_valid else _brief(value, _DEPTH) for value in column]
    try:
        return column.to_pylist()
    except (ValueError, OverflowError):  # a day that Python's calendar does not reach
        return column.cast(pa.string()).to_pylist()


def _brief(value: Any, depth: int) -> str:
    """A list, structure or map as text, of each level no more than the first parts."""
    import pyarrow as pa

    if not value.is_valid:
        return "NULL"
    kind = value.type
    if not pa.types.is_nested(kind):
        only = pa.chunked_array([pa.array([value], kind)])
        return text(values(only, _PLAIN_CELL)[0], _PLAIN_CELL)
    if not depth:
        return "…"
    if pa.types.is_struct(kind):
        fields = [kind.field(index).name for index in range(min(kind.num_fields, _PARTS))]
        parts = [f"{_cut(name, _PLAIN_CELL)}: {_brief(value[index], depth - 1)}" for index, name in enumerate(fields)]
        return "{" + ", ".join(parts) + (", …" if kind.num_fields > _PARTS else "") + "}"
    if pa.types.is_union(kind):
        return _brief(value.value, depth - 1)
    items = value.values
    parts = [_brief(items[index], depth - 1) for index in range(min(len(items), _PARTS))]
    return "[" + ", ".join(parts) + (f", … {len(items):,} in all" if len(items) > _PARTS else "") + "]"


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


def _cell(value: Any, width: int, *, num: bool) -> str:
    kind = "none" if value is None else "num" if num else ""
    return f"<td{_class(num)}>{escape(text(value, width))}</td>" if kind != "none" else f'<td class="none{" num" if num else ""}">NULL</td>'


def _class(num: bool) -> str:
    return ' class="num"' if num else ""


def _cut(value: str, width: int) -> str:
    value = value.replace("\r", " ").replace("\n", " ")
    return value if len(value) <= width else value[: width - 1] + "…"


def _numeric(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
