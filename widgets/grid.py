"""The first rows of a result in words."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart.series import pretty
from aiser_jupyter.format import Meaning, meaning
from aiser_jupyter.format import date as dates
from aiser_jupyter.widgets.view import Cell, Grid

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 8
# A few rows more are shown sooner than left out.
SPARED_ROWS = 4
MINUS = "\u2212"
NOTHING = "–"
# A unit stands once, in the header, so that the cells hold bare numbers.
HEADER_UNIT = {"percent": "%", "share": "%"}


def grid(table: pa.Table, row_count: int | None = None, *, shown: int = SHOWN_ROWS) -> Grid:
    """The first ``shown`` rows of an Arrow table; ``row_count`` is how many the query has where ``table`` is cut already."""
    total = table.num_rows if row_count is None else row_count
    head = table if table.num_rows <= shown + SPARED_ROWS else table.slice(0, shown)
    columns = [
        column(name, str(field.type), head.column(i).to_pylist())
        for i, (name, field) in enumerate(zip(table.column_names, table.schema, strict=True))
    ]
    return Grid(
        columns=tuple(title for title, _, _ in columns),
        numeric=tuple(numeric for _, numeric, _ in columns),
        rows=tuple(zip(*(cells for _, _, cells in columns), strict=True)) if columns else (),
        note=f"{head.num_rows:,} of {total:,} rows shown" if total > head.num_rows else "",
    )


def column(name: str, type_name: str, values: list[Any]) -> tuple[str, bool, list[Cell]]:
    """The header, whether it is set flush right, and the cells of a column."""
    kind = meaning(name, type_name, values)
    numbers = [float(v) for v in values if is_number(v)]
    quantity = bool(numbers) and kind.kind not in {"id", "code", "year"}
    unit = HEADER_UNIT.get(kind.kind, kind.unit)
    places = decimals(numbers, kind) if quantity else 0
    title = f"{pretty(name)}, {unit}" if unit and unit not in name else pretty(name)
    days = [v for v in values if isinstance(v, date)]
    grain = dates.grain_of(days) if len(days) > 1 else None
    cells = [
        Cell(dates.text(v, grain if grain != "minute" else None), v.isoformat())
        if isinstance(v, date)
        else cell(v, kind, places if quantity else None)
        for v in values
    ]
    return title, bool(numbers) and kind.kind not in {"id", "code"}, cells


def decimals(numbers: list[float], kind: Meaning) -> int:
    """How many decimals a column is written with: two for money with cents, else enough for four digits of its largest number."""
    finite = [abs(n) for n in numbers if math.isfinite(n)]
    if all(n == int(n) for n in finite):
        return 0
    if kind.kind in {"percent", "share"}:
        return 1
    if kind.kind == "money":
        return 2
    largest = max(finite)
    return min(max(3 - math.floor(math.log10(largest)), 0), 6) if largest else 0


def cell(value: Any, kind: Meaning, places: int | None) -> Cell:
    """A value in words with the key it sorts by; ``places`` is None where a number is no quantity."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Cell(NOTHING)
    if is_number(value):
        return Cell(digits(value, kind, places), float(value) if math.isfinite(value) else None)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", int(value))
    return Cell(str(value), str(value))


def digits(value: float | Decimal, kind: Meaning, places: int | None) -> str:
    """A number with thousands separators and ``places`` decimals, or as it is where it is a name."""
    if places is None:
        return str(int(value)) if value == int(value) else str(value)
    size = f"{abs(value * 100 if kind.kind == 'share' else value):,.{places}f}"
    return (MINUS if value < 0 and size.strip("0.,") else "") + size


def is_number(value: object) -> bool:
    """Whether a value is a number (a truth value is none)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
