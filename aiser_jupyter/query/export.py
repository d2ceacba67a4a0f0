"""A result as a file: CSV that no spreadsheet runs, Parquet, or Excel."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import SourceError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

# A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EXCEL_ROWS = 1_048_576 - 1


def save(table: pa.Table, path: str | Path) -> int:
    """Write ``table`` to ``path`` by its ending (.csv, .parquet, .xlsx); the number of rows written.

    The file appears whole or not at all. Raises `UsageError` for another ending or more rows than a sheet holds.
    """
    target = Path(path)
    writers = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}
    write = writers.get(target.suffix.lower())
    if write is None:
        raise UsageError(
            f"A result cannot be saved as {target.suffix or 'a file without an ending'!r}.", hint="Endings: .csv, .parquet, .xlsx."
        )
    part = target.with_name(f".{target.name}.part")
    try:
        write(table, part)
        part.replace(target)
    except OSError as error:
        raise SourceError(
            "The file cannot be written.", where=f"{target}: {error.strerror or error}", hint="Choose a folder you may write to."
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return table.num_rows


def _csv(table: pa.Table, path: Path) -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([_safe(name) for name in table.column_names])
        for batch in table.to_batches(max_chunksize=10_000):
            writer.writerows([_safe(value) for value in row] for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _safe(value: Any) -> Any:
    """Text that looks like a formula gets an apostrophe before it, the way spreadsheets mark text; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _xlsx(table: pa.Table, path: Path) -> None:
    if table.num_rows > _EXCEL_ROWS:
        raise UsageError(f"A sheet holds {_EXCEL_ROWS:,} rows; the result has {table.num_rows:,}.", hint="Save it as .parquet or .csv.")
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("result")
    sheet.append([_sheet_cell(sheet, name) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sheet.append([_sheet_cell(sheet, value) for value in row])
    book.save(path)


def _sheet_cell(sheet: Any, value: Any) -> Any:
    """``value`` as a cell; text stays text, also where it begins like a formula, and integers that Excel would round become text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, int) and abs(value) >= 10**15:
        value = str(value)
    if value is None or isinstance(value, bool | int | float | Decimal | date | time):
        return value
    written = str(value)[:32_767]
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", written))
    cell.data_type = "s"
    return cell
