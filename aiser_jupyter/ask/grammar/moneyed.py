"""Money that is asked for where rows were counted: the one amount that each of those rows has is added up instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import money
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import Item, Star
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.scored import Scored


def added(linked: Linked, found: list[Scored]) -> list[Scored]:
    """``found`` with the sum of the amount in place of the number of rows, where a question of money counts rows of a kind that have one amount."""
    return [_added(linked, scored) if money.counted(Seen(linked, scored.plan)) else scored for scored in found]


def _added(linked: Linked, scored: Scored) -> Scored:
    plan = scored.plan
    tables = {item.expression.table for item in plan.select if item.aggregate and isinstance(item.expression, Star)}
    counted = sum(bool(item.aggregate) for item in plan.select)
    if len(tables) != 1 or plan.source is not None or plan.having or not plan.where or plan.tables:
        return scored
    table = tables.pop()
    if table not in linked.schema.table_index or counted != sum(isinstance(item.expression, Star) for item in plan.select):
        return scored
    own = [linked.schema.columns[i] for i in linked.schema.table(table).columns if measures.amount(linked.schema.columns[i])]
    amounts = [view for view in own if not set(view.stems) & measures.RATES]
    if len(own) != 1 or len(amounts) != 1:
        return scored
    status = any(view.ref.table == table and view.stems[-1] == stem("status") for view in linked.schema.columns)
    if status and set(linked.question.lower) & {"received", "collected", "paid"}:
        return scored  # what failed was not received

    def summed(item: Item) -> Item:
        return replace(item, expression=amounts[0].ref, aggregate="sum") if item.expression == Star(table) else item

    made: Plan = replace(
        plan, select=tuple(summed(item) for item in plan.select), order=tuple(replace(o, item=summed(o.item)) for o in plan.order)
    )
    kept = tuple(note for note in scored.assumptions if not note.startswith("counted are "))
    said = f"the amount is {table}.{amounts[0].ref.column}"
    return replace(scored, plan=made, sql=render.sql(made, linked.schema.graph), assumptions=(*kept, said))
