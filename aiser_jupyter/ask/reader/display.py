"""Which columns name the rows of a table, in whatever style its columns are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.reader.naming import parts

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.schema import ColumnView, Schema

NAME = frozenset({"name", "nm", "title", "label"})
TELLING = frozenset({"desc", "description", "descr", "full"})


def display(schema: Schema, table: str) -> tuple[ColumnRef, ...]:
    """The columns that a row is shown by: those that the schema found, unless they are keys and an abbreviated name is there."""
    view = schema.table(table)
    found = view.display
    if any(_named(ref.column) for ref in found) or not found:
        return found
    texts = [schema.columns[i] for i in view.columns if schema.columns[i].type == "text" and not schema.columns[i].foreign]
    named = [v for v in texts if _named(v.ref.column)]
    if not named:
        named = [v for v in texts if parts(v.ref.column)[-1].text in TELLING and not v.primary]
    people = [v for v in named if parts(v.ref.column)[0].text in ("f", "first", "l", "last", "given", "family")]
    return tuple(v.ref for v in people[:2]) if len(people) >= 2 else (_best(named).ref,) if named else found


def _best(views: list[ColumnView]) -> ColumnView:
    return max(views, key=lambda v: (v.distinct, -v.position))


def _named(column: str) -> bool:
    return parts(column)[-1].text in NAME
