"""Rows without a value: a ranking leaves them out (the coupon used most often is one), and so does a list that others must not be in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored


def named(schema: Schema, found: Scored) -> Scored:
    """``found`` without the rows that have no value of what is ranked."""
    plan = _filled(schema, _named(schema, found.plan))
    return found if plan is found.plan else replace(found, plan=plan, sql=render.sql(plan, schema.graph))


def _named(schema: Schema, plan: Plan) -> Plan:
    """``plan`` with a test that each column is filled by whose values it groups what it ranks; itself where it ranks nothing or all are."""
    if plan.limit is None or not plan.order or not any(one.item.aggregate for one in plan.order) or plan.source is not None:
        return plan
    tested = {one.item.expression for one in plan.where}
    blank = [e for e in plan.group if isinstance(e, ColumnRef) and e in schema.index and e not in tested and _blank(schema, e)]
    tests = tuple(Condition(Item(ref), "is not null") for ref in blank)
    return replace(plan, where=(*plan.where, *tests)) if tests and not plan.either else plan


def _filled(schema: Schema, plan: Plan) -> Plan:
    """``plan`` with no empty keys in what its rows must not be among: beside one of them, nothing is known not to be there."""
    where = tuple(_without_blanks(schema, one) for one in plan.where)
    return plan if where == plan.where else replace(plan, where=where)


def _without_blanks(schema: Schema, test: Condition) -> Condition:
    inner = test.plan
    if test.operator != "not in" or inner is None or inner.source is not None or inner.compound is not None or len(inner.select) != 1:
        return test
    ref = inner.select[0].expression
    if not isinstance(ref, ColumnRef) or inner.select[0].aggregate or inner.either or ref not in schema.index or not _nulls(schema, ref):
        return test
    if any(one.item.expression == ref for one in inner.where):
        return test
    return replace(test, plan=replace(inner, where=(*inner.where, Condition(Item(ref), "is not null"))))


def _blank(schema: Schema, ref: ColumnRef) -> bool:
    """Whether some rows of a column that is no key have no value."""
    view = schema.view(ref)
    return _nulls(schema, ref) and not view.foreign and not view.primary


def _nulls(schema: Schema, ref: ColumnRef) -> bool:
    table = schema.catalog.table(ref.table)
    column = table.column(ref.column) if table else None
    return bool(column and column.statistics) and not schema.filled(ref)
