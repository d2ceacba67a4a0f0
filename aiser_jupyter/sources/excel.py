"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): every sheet that holds a table, from its header on."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from math import isclose
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.names import column_names, renamed
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.part import Part
from aiser_jupyter.sources.textual import typed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    Range = tuple[tuple[int, int], tuple[int, int]]  # (first row, column) and (last row, column)

_HEADER_WITHIN = 20  # rows in which the header is looked for
_ERRORS = frozenset({"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"})
_TOTAL = re.compile(
    r"(?i)\W*(grand|sub)?[ -]?(totals?|sum|summe|gesamt|gesamtsumme|insgesamt|zwischensumme|total général|somme|totale|suma)\b.*"
)


def sheets(path: Path) -> Iterator[Part]:
    """Name and rows of each sheet that holds any; raises `FileFormatError` where the file is no workbook, is cut off, or holds nothing."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(str(path))
    except calamine.PasswordError:
        raise FileFormatError("The workbook is encrypted.", where=str(path), hint="Save it without a password.") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise FileFormatError(
            "The file is no whole Excel workbook: it may be cut off, encrypted, or of another kind.",
            where=f"{path}: {error}",
            hint="Save it again as .xlsx.",
        ) from None
    found = False
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
        except calamine.CalamineError as error:
            if "worksheet" in str(error).lower():  # a sheet that is a chart
                continue
            raise FileFormatError("A sheet cannot be read.", where=f"{path}, sheet {name}: {error}", hint="Save the file again.") from None
        merged = [((a[0], a[1]), (b[0], b[1])) for a, b in sheet.merged_cell_ranges or ()]
        made = table(sheet.to_python(skip_empty_area=False), merged)
        if made is not None:
            found = True
            rows, notes = made
            rows, more = typed_rows(rows)
            yield Part(name, rows, (*notes, *more))
    if not found:
        raise FileFormatError("The workbook holds no table.", where=str(path), hint="Check that its sheets hold rows below a header.")


def table(cells: Sequence[Sequence[Any]], merged: Sequence[Range] = ()) -> tuple[pa.Table, tuple[Note, ...]] | None:
    """The table in the cells of a sheet, with notes; None where it holds none.

    The header is the first of the fullest rows near the top, with the row above its columns where that is merged over several. Blank rows and edge
    columns are dropped; cells merged downwards share their value; a last row that adds up the others is left out.
    """
    import pyarrow as pa

    grid = [[None if cell == "" else cell for cell in row] for row in cells]
    for (top, left), (bottom, right) in merged:
        if left == right:
            for row in range(top + 1, min(bottom + 1, len(grid))):
                grid[row][left] = grid[top][left]
    numbered = [(number, row) for number, row in enumerate(grid, 1) if any(cell is not None for cell in row)]
    if not numbered:
        return None
    width = max(len(row) for _, row in numbered)
    rows = [row + [None] * (width - len(row)) for _, row in numbered]
    counts = [sum(cell is not None for cell in row) for row in rows[:_HEADER_WITHIN]]
    start = next(i for i, count in enumerate(counts) if count >= 0.6 * max(counts))
    notes = []
    if start:
        notes.append(Note("", f"{start} row{'s' if start > 1 else ''} above the table left out"))
    header, body = _header(rows, start, numbered[start][0] - 1, merged)
    used = [i for i in range(width) if header[i] is not None or any(row[i] is not None for row in body)]
    if not all(isinstance(header[i], str) or header[i] is None or _year(header[i]) for i in used):
        header, body = [None] * width, rows[start:]
        notes.append(Note("", "no header found: columns are named by their place"))
    body, said = _without_total(body, used)
    notes += said
    written = [_label(header[i]) for i in used]
    names = column_names(written)
    columns = [[row[i] for row in body] for i in used]
    notes += renamed(written, names)
    notes += [
        Note(name, "error cells are missing values")
        for name, column in zip(names, columns, strict=True)
        if not _ERRORS.isdisjoint(_texts(column))
    ]
    return pa.table({name: _column(column) for name, column in zip(names, columns, strict=True)}), tuple(notes)


def _header(rows: Sequence[list[Any]], start: int, line: int, merged: Sequence[Range]) -> tuple[list[Any], list[list[Any]]]:
    """The names over the columns and the rows below them; names that are merged over several columns stand before those in the next row."""
    spans = [(left, right) for (top, left), (bottom, right) in merged if top == line and bottom == line and right > left]
    below = rows[start + 1] if start + 1 < len(rows) else []
    if not spans or not all(
        isinstance(below[i], str) or _year(below[i]) for left, right in spans for i in range(left, right + 1) if i < len(below)
    ):
        return rows[start], list(rows[start + 1 :])
    header = list(rows[start])
    for left, right in spans:
        for i in range(left, min(right + 1, len(header))):
            header[i] = f"{_label(rows[start][left])} {_label(below[i])}"
    header = [name if name is not None else below[i] for i, name in enumerate(header)]
    return header, list(rows[start + 2 :])


def _without_total(body: list[list[Any]], used: Sequence[int]) -> tuple[list[list[Any]], list[Note]]:
    """``body`` without a last row that calls itself a total and adds up the rows above; one that does not add up stays, and is told."""
    if len(body) < 3:
        return body, []
    *above, last = body
    label = next((last[i] for i in used if last[i] is not None), None)
    if not isinstance(label, str) or not _TOTAL.fullmatch(label):
        return body, []
    sums = [i for i in used if isinstance(last[i], int | float) and not isinstance(last[i], bool)]
    adds_up = [_adds_up(last[i], [row[i] for row in above]) for i in sums]
    if any(adds_up):
        return above, [Note("", f"the last row ({label}) adds up the others and was left out")]
    return body, [Note("", f"the last row ({label}) looks like a total but does not add up: it was kept")]


def _adds_up(total: float, values: Sequence[Any]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return bool(numbers) and isclose(total, sum(numbers), rel_tol=1e-9, abs_tol=0.006)


def _column(values: Sequence[Any]) -> pa.Array:  # noqa: PLR0911  # one line a kind
    """The cells as one type: whole numbers, numbers, dates, moments, truth values; any mixture as text."""
    import pyarrow as pa

    values = [None if isinstance(value, str) and (not value.strip() or value in _ERRORS) else value for value in values]
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values), pa.string())
    if kinds <= {datetime, date}:
        moments = [datetime(value.year, value.month, value.day) if type(value) is date else value for value in values]  # noqa: DTZ001  # Excel has no zones
        if all(value is None or value.time() == time() for value in moments):
            return pa.array([None if value is None else value.date() for value in moments], pa.date32())
        return pa.array(moments, pa.timestamp("us"))
    if kinds in ({bool}, {str}, {time}):
        return pa.array(values)
    if kinds <= {int, float}:
        # Excel has doubles alone: a column of whole ones is a column of integers.
        if all(value is None or (float(value).is_integer() and abs(value) < 2**53) for value in values):
            return pa.array([None if value is None else int(value) for value in values], pa.int64())
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([None if value is None else _label(value) for value in values], pa.string())


def _label(cell: Any) -> str | None:
    """A cell as text, whole numbers without a fraction."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, timedelta):
        return f"PT{cell.total_seconds():g}S"
    return str(cell)


def _texts(column: Sequence[Any]) -> set[str]:
    return {cell for cell in column if isinstance(cell, str)}


def _year(cell: Any) -> bool:
    """A whole number between 1900 and 2100 stands over a column as its name."""
    return isinstance(cell, int | float) and float(cell).is_integer() and 1900 <= cell <= 2100
