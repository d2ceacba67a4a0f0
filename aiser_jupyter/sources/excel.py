"""Excel workbooks: every sheet that holds a table, from its header on."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.names import column_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

_HEADER_WITHIN = 20  # rows in which the header is looked for
_MAX_UNPACKED = 2_000_000_000  # bytes; a larger one is a bomb, or nothing to load into memory


def sheets(path: Path) -> Iterator[tuple[str, pa.Table]]:
    """Name and rows of each sheet that holds any; raises `FileFormatError` where the file is no workbook, is cut off, or holds nothing."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise FileFormatError("The workbook unpacks to more than 2 GB.", where=str(path), hint="Save the sheet as CSV or Parquet.")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise FileFormatError(
            "The file is no whole Excel workbook: it may be cut off, encrypted, or an old .xls.",
            where=f"{path}: {error}",
            hint="Save it again as .xlsx.",
        ) from None
    found = False
    try:
        for sheet in book.worksheets:
            table = _table([list(row) for row in sheet.iter_rows(values_only=True)])
            if table is not None:
                found = True
                yield sheet.title, table
    finally:
        book.close()
    if not found:
        raise FileFormatError("The workbook holds no table.", where=str(path), hint="Check that its sheets hold rows below a header.")


def _table(rows: list[list[Any]]) -> pa.Table | None:
    """The table in the cells of a sheet: the header is the first of the fullest rows near the top; blank rows and edge columns are dropped."""
    import pyarrow as pa

    rows = [row for row in rows if any(_filled(cell) for cell in row)]
    if not rows:
        return None
    width = max(len(row) for row in rows)
    rows = [row + [None] * (width - len(row)) for row in rows]
    counts = [sum(map(_filled, row)) for row in rows[:_HEADER_WITHIN]]
    start = next(i for i, count in enumerate(counts) if count >= 0.6 * max(counts))
    used = [i for i in range(width) if any(_filled(row[i]) for row in rows[start:])]
    header, body = rows[start], rows[start + 1 :]
    if not all(isinstance(header[i], str) or not _filled(header[i]) or _year(header[i]) for i in used):
        header, body = [""] * width, rows[start:]
    names = column_names(header[i] for i in used)
    return pa.table({name: _column([row[i] for row in body]) for name, i in zip(names, used, strict=True)})


def _column(values: Sequence[Any]) -> pa.Array:  # noqa: PLR0911  # one line a kind
    """The cells as one type: whole numbers, numbers, dates, moments, truth values; any mixture as text."""
    import pyarrow as pa

    values = [None if isinstance(value, str) and not value.strip() else value for value in values]
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
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _year(cell: Any) -> bool:
    """A whole number between 1900 and 2100 stands over a column as its name."""
    return isinstance(cell, int | float) and float(cell).is_integer() and 1900 <= cell <= 2100
