"""What the command line prints: a table for people, one JSON value for programs."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.errors import AiserError

SAFE_INTEGER = 2**53


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates in ISO form, integers beyond 2^53 and exact decimals that need it as text, NaN as null."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value.hex() if isinstance(value, bytes) else str(value)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    print(json.dumps(plain(value), ensure_ascii=False))  # noqa: T201 - the command line prints


def print_error(error: AiserError, *, as_json: bool) -> None:
    """Print an error: on standard error for people, on standard output for programs."""
    if as_json:
        print_json({"v": 1, "error": error.as_json()})
    else:
        print(f"aiser: {error}", file=sys.stderr)  # noqa: T201 - the command line prints


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, note: str = "") -> None:
    """Print rows as a table, numbers right-aligned, with a note under it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        numeric = any(isinstance(row[place], (int, float, decimal.Decimal)) and not isinstance(row[place], bool) for row in rows)
        table.add_column(Text(str(name)), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console.print(table)
    if note:
        console.print(Text(note, style="dim"))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (float, decimal.Decimal)):
        return f"{value:,.2f}"
    return str(value)
