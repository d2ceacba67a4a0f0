"""Rows of nobody: in a flat file lines without a customer number are no customer that is new, or has so many orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.segments import IDENTITY
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored


def left_out(schema: Schema, found: list[Scored]) -> list[Scored]:
    """The readings, those that work something out for each thing first without the rows that have no number of one."""
    return [_left_out(schema, scored) for scored in found]


def _left_out(schema: Schema, scored: Scored) -> Scored:
    inner = scored.plan.source
    if inner is None or inner.source is not None or inner.either or inner.compound:
        return scored
    tested = {c.item.expression for c in inner.where}
    numbers = [e for e in inner.group if isinstance(e, ColumnRef) and e not in tested and _numbered(schema, e)]
    if not numbers:
        return scored
    plan = replace(scored.plan, source=replace(inner, where=(*inner.where, *(Condition(Item(e), "is not null") for e in numbers))))
    note = f"rows without {' or '.join(e.column for e in numbers)} are left out"
    return replace(scored, plan=plan, sql=render.sql(plan, schema.graph), assumptions=(*scored.assumptions, note))


def _numbered(schema: Schema, ref: ColumnRef) -> bool:
    """Whether a column numbers things that have no table of their own, and some rows have none."""
    if ref not in schema.index:
        return False
    view = schema.view(ref)
    thing = view.stems[:-1] if view.stems[-1] in IDENTITY else ()
    if not thing or view.primary or view.foreign or any(t.stems == thing for t in schema.tables):
        return False
    table = schema.catalog.table(ref.table)
    column = table.column(ref.column) if table is not None else None
    return column is not None and column.statistics is not None and column.statistics.nulls > 0
