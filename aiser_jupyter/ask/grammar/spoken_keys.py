"""Keys in a result in the words for what they point to: events and their venues show the venues' names, and no numbers of venues."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Item, Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

ASKED = frozenset({"id", "ids", "code", "codes", "key", "keys", "number", "numbers", "no", "identifier", "identifiers"})


def named(linked: Linked, found: Scored) -> Scored:
    """``found`` with the names of what its foreign keys point to in their place; itself where keys are asked for or grouped by, or none has a name."""
    schema, plan = linked.schema, found.plan
    if not schema.trade or set(linked.question.lower) & ASKED or plan.source is not None or plan.compound is not None or plan.group:
        return found
    told = {item.expression: names for item in plan.select if (names := _names(schema, plan, item))}
    if not told:
        return found
    select = tuple(one for item in plan.select for one in (_each(item, told[item.expression]) if item.expression in told else (item,)))
    made = replace(plan, select=select)
    try:
        return replace(found, plan=made, sql=render.sql(made, schema.graph))
    except render.NoJoinError:
        return found


def _each(item: Item, names: tuple[ColumnRef, ...]) -> tuple[Item, ...]:
    return tuple(replace(item, expression=name) for name in names)


def _names(schema: Schema, plan: Plan, item: Item) -> tuple[ColumnRef, ...]:
    """What names the row that a bare foreign key of ``plan`` points to; empty where a row may point to none, the table is joined already, or has no name."""
    ref = item.expression
    if not isinstance(ref, ColumnRef) or item.aggregate or item.window or ref not in schema.index or not schema.view(ref).foreign:
        return ()
    targets = [key.ref_table for key in schema.catalog.keys if (key.table, key.columns) == (ref.table, (ref.column,))]
    if len(targets) != 1 or targets[0] not in schema.table_index or targets[0] in render.tables_of(plan) or not schema.filled(ref):
        return ()
    display = schema.table(targets[0]).display
    return display if all(schema.view(one).naming for one in display) else ()
