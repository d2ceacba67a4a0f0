"""A table's columns, to look at."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UnknownNameError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog, Column, Table
    from aiser_jupyter.context import Context


def describe(context: Context, name: str, on: str | None) -> Listing:
    """Columns with type, missing and distinct values, range and key; raises UnknownNameError with the nearest tables."""
    from aiser_jupyter.query.profile import profile

    places = (on,) if on else context.sources.names()
    for place in places:
        catalog = profile(context, place)
        first, _, rest = name.partition(".")
        within = rest if rest and first.casefold() == place.casefold() else name
        if table := _found(catalog, name) or _found(catalog, within):
            rows = [_row(catalog, table, column) for column in table.columns]
            title = f"{table.name}: {table.row_count or 0:,} rows"
            notes = _notes(context, place, table.name)
            if notes:
                rows = [(*row, notes.get(str(row[0]))) for row in rows]
                title = "; ".join(filter(None, (title, notes.get(""))))
            columns = ("Column", "Type", "Missing", "Distinct", "From", "To", "Key", *(("Read as",) if notes else ()))
            return Listing(title, columns, rows)
    known = list(dict.fromkeys(table.name for place in places for table in profile(context, place).tables))
    near = tuple(difflib.get_close_matches(name, known, 3))
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known[:8]) or 'no tables yet'}."
    raise UnknownNameError(f"There is no table {name}.", hint=hint, candidates=near)


def _found(catalog: Catalog, name: str) -> Table | None:
    """The table by its name, or by its schema and name."""
    whole = name.casefold()
    return catalog.table(name) or next((one for one in catalog.tables if f"{one.schema}.{one.name}".casefold() == whole), None)


def _notes(context: Context, place: str, table: str) -> dict[str, str]:
    """What was done to the columns of an added table on the way in, and under an empty name to the whole of it."""
    found: dict[str, str] = {}
    for note in getattr(context.sources.get(place), "notes", {}).get(table, ()):
        found[note.column] = f"{found[note.column]}; {note.text}" if note.column in found else note.text
    return found


def _row(catalog: Catalog, table: Table, column: Column) -> tuple[object, ...]:
    seen = column.statistics
    key = "primary" if column.primary else ""
    for link in catalog.keys:
        if link.table == table.name and column.name in link.columns:
            target = link.ref_columns[link.columns.index(column.name)]
            key = f"→ {link.ref_table}.{target}" + ("" if link.declared else " (inferred)")
    if seen is None:
        return (column.name, column.type, None, None, None, None, key)
    return (column.name, column.type, seen.nulls, seen.distinct, _short(seen.minimum), _short(seen.maximum), key)


def _short(value: object) -> str | None:
    text = None if value is None else str(value)
    return text if text is None or len(text) <= 28 else text[:27] + "…"
