"""What the command line prints: a table for people, one JSON value for programs."""

from __future__ import annotations

import decimal
import json
import sys
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.plain import value as plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.errors import AiserError


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
