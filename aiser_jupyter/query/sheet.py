"""Rows as an Excel sheet: text is text, dates are dates, and what Excel would round or cut is text or an error."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.cells import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767
_DIGITS = 15  # that Excel keeps of a number
_FIRST_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900 that never was
# Characters that XML has none of are written _xHHHH_ (ECMA-376, 22.4.2.4), and so is what looks like one.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write(names: Sequence[str], rows: Iterable[Sequence[Any]], file: IO[bytes]) -> int:
    """Write one sheet; how many rows it has. Raises `UsageError` for what a sheet cannot hold."""
    from openpyxl import Workbook

    if len(names) > MAX_COLUMNS:
        raise UsageError(f"A sheet has {MAX_COLUMNS:,} columns; the result has {len(names):,}.", hint="Save it as .parquet or .csv.")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("result")
    sheet.append([_cell(sheet, name, name) for name in names])
    count = 0
    try:
        for row in rows:
            count += 1
            if count >= MAX_ROWS:
                raise UsageError(  # noqa: TRY301  # the sheet is closed in one place
                    f"A sheet holds {MAX_ROWS - 1:,} rows; the result has more.", hint="Save it as .parquet or .csv, or aggregate it first."
                )
            sheet.append([_cell(sheet, value, name) for value, name in zip(row, names, strict=True)])
    except BaseException:
        sheet.close()  # it writes to a file of its own meanwhile
        raise
    book.save(file)
    return count


def _cell(sheet: Any, value: Any, column: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    kept = _kept(value)
    if kept is not None and not isinstance(kept, str):
        return kept
    if kept is None:
        return None
    if len(kept) > MAX_TEXT:
        raise UsageError(
            f"A cell holds {MAX_TEXT:,} characters; one of column {column[:60]!r} has {len(kept):,}.", hint="Save it as .parquet or .csv."
        )
    cell = WriteOnlyCell(sheet)
    # Set past the setter, which takes a text that begins with = for a formula.
    cell._value = _ILLEGAL.sub(lambda found: f"_x{ord(found.group()):04X}_", _ESCAPED.sub("_x005F_", kept))  # noqa: SLF001
    cell.data_type = "s"
    return cell


def _kept(value: Any) -> Any:  # noqa: PLR0911  # one a kind
    """``value`` as Excel holds it exactly, else its text: long numbers, moments with a zone, days before 1900."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**_DIGITS else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else plain_text(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() and len(value.normalize().as_tuple().digits) <= _DIGITS else plain_text(value)
    if isinstance(value, datetime):
        # A zone has no place in a cell, and below a millisecond Excel rounds.
        exact = value.tzinfo is None and value.date() >= _FIRST_DAY and value.microsecond % 1000 == 0
        return value if exact else value.isoformat()
    if isinstance(value, date):
        return value if value >= _FIRST_DAY else value.isoformat()
    if isinstance(value, time):
        return value if value.tzinfo is None and value.microsecond % 1000 == 0 else value.isoformat()
    return plain_text(value) if not isinstance(value, timedelta) else str(value)
