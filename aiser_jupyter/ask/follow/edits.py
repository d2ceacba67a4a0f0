"""Edits of a plan: each takes a plan and gives the one with a part added, replaced or taken away; none looks at words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Expression, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.render import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aiser_jupyter.ask.plan import Aggregate, Scalar, Window
    from aiser_jupyter.ask.schema import Schema

FilterEdit = Literal["narrow", "widen", "exclude"]


def values(plan: Plan) -> tuple[Item, ...]:
    """The figures of a plan: its aggregated items."""
    return tuple(item for item in plan.select if item.aggregate)


def labels(plan: Plan) -> tuple[Item, ...]:
    """What the figures are of: its items that are not aggregated."""
    return tuple(item for item in plan.select if not item.aggregate)


def usual_order(plan: Plan) -> tuple[Order, ...]:
    """How rows come where nobody said how: by time, else the largest figure first."""
    buckets = [item for item in plan.select if isinstance(item.expression, Bucket)]
    figures = values(plan)
    if plan.limit and figures and plan.order:
        return (Order(figures[0], plan.order[0].descending),)
    if buckets:
        return tuple(Order(item) for item in buckets)
    return (Order(figures[0], descending=True),) if figures and plan.group else ()


def reordered(plan: Plan, before: Plan) -> Plan:
    """``plan`` in the order that was asked for before, where what it sorts by is still there; else in the usual one."""
    asked = before.order != usual_order(before) and not before.limit
    kept = tuple(o for o in plan.order if o.item in plan.select)
    return replace(plan, order=kept if (asked and kept) or (plan.limit and kept) else usual_order(plan))


def grouped(plan: Plan, keys: Collection[Expression], shown: Collection[Expression]) -> Plan:
    """Broken down further: by ``keys``, with ``shown`` standing for them in the result, before the figures."""
    fresh = [item for item in map(Item, shown) if item not in plan.select]
    buckets = [item for item in (*fresh, *labels(plan)) if isinstance(item.expression, Bucket)]
    others = [item for item in (*labels(plan), *fresh) if not isinstance(item.expression, Bucket)]
    group = tuple(dict.fromkeys((*plan.group, *keys, *shown)))
    return reordered(replace(plan, select=(*buckets, *others, *values(plan)), group=group), plan)


def ungrouped(plan: Plan, gone: Callable[[Expression], bool]) -> Plan:
    """Without the groups that ``gone`` says; raises NoPlanError where it has none of them."""
    if not any(map(gone, plan.group)):
        raise NoPlanError
    figures, left = values(plan), tuple(e for e in plan.group if not gone(e))
    select = tuple(item for item in plan.select if item.aggregate or not gone(item.expression))
    within = tuple(e for e in plan.rank_within if not gone(e))
    if not figures:
        raise NoPlanError
    if not left:
        plain = tuple(replace(item, window="") for item in figures)
        return replace(plan, select=plain, group=(), order=(), limit=None, rank_within=(), having=())
    if any(item.window in ("running", "growth") for item in figures) and not any(isinstance(e, Bucket) for e in left):
        select = tuple(replace(item, window="") for item in select)
    return reordered(replace(plan, select=select, group=left, rank_within=within), plan)


def of_table(schema: Schema, table: str) -> Callable[[Expression], bool]:
    """Whether a group stands for the rows of a table: its key, a key that points to it, or what names its rows."""
    view = schema.table(table)
    pointing = {ColumnRef(key.table, key.columns[0]) for key in schema.catalog.keys if key.ref_table == table and len(key.columns) == 1}
    mine = {*view.display, *pointing, *([view.key] if view.key else [])}
    return lambda expression: expression in mine


def filtered(plan: Plan, condition: Condition, how: FilterEdit) -> Plan:
    """With a test on stored values: in the place of those on the same column, beside them, or the other way round."""
    same = [c for c in plan.where if c.item == condition.item and c.plan is None]
    others = tuple(c for c in plan.where if c not in same)
    said = condition.values
    inside = next((c for c in same if c.operator in ("=", "in")), None)
    outside = next((c for c in same if c.operator in ("!=", "not in")), None)
    if how == "widen" and inside:
        return replace(plan, where=(*others, among(condition.item, (*inside.values, *said))))
    if how == "exclude":
        if inside and (left := tuple(v for v in inside.values if v not in said)) and len(left) < len(inside.values):
            return replace(plan, where=(*others, among(condition.item, left)))
        if inside and set(inside.values) <= set(said):
            raise NoPlanError
        gone = tuple(dict.fromkeys((*(outside.values if outside else ()), *said)))
        kept = tuple(c for c in same if c is not outside)
        return replace(plan, where=(*others, *kept, Condition(condition.item, "not in" if len(gone) > 1 else "!=", gone)))
    return replace(plan, where=(*others, condition))


def among(item: Item, said: Collection[Scalar]) -> Condition:
    """The test that a value is one of these."""
    distinct = tuple(dict.fromkeys(said))
    return Condition(item, "in" if len(distinct) > 1 else "=", distinct)


def unfiltered(plan: Plan, gone: Callable[[ColumnRef], bool]) -> Plan:
    """Without the tests on the columns that ``gone`` says; raises NoPlanError where there are none."""

    def about(condition: Condition) -> bool:
        return all(isinstance(leaf, ColumnRef) and gone(leaf) for leaf in leaves(condition.item.expression))

    if not any(map(about, plan.where)):
        raise NoPlanError
    return replace(plan, where=tuple(c for c in plan.where if not about(c)))


def measured(plan: Plan, items: Collection[Item]) -> Plan:
    """With more figures beside those it has."""
    if not values(plan):
        raise NoPlanError
    fresh = tuple(item for item in items if item not in plan.select)
    if not fresh or any(item.window for item in values(plan)):
        raise NoPlanError
    return replace(plan, select=(*plan.select, *fresh))


def remeasured(plan: Plan, items: Collection[Item], old: Collection[Item] = ()) -> Plan:
    """With other figures in the place of ``old`` (all where empty), ranked and sorted by the new where it was by the old."""
    figures = values(plan)
    leaving = [item for item in figures if not old or item in old]
    if not leaving or not items:
        raise NoPlanError
    window = leaving[0].window
    new = tuple(replace(item, window=window) if window and len(items) == 1 else item for item in items)
    place = plan.select.index(leaving[0])
    kept = [item for item in plan.select if item not in leaving and item not in new]
    before = sum(1 for item in plan.select[:place] if item in kept)
    select = (*kept[:before], *new, *kept[before:])
    order = tuple(replace(o, item=new[0]) if o.item in leaving else o for o in plan.order)
    return replace(plan, select=select, order=order)


def unmeasured(plan: Plan, gone: Collection[Item]) -> Plan:
    """Without some of its figures; raises NoPlanError where none would be left."""
    left = tuple(item for item in plan.select if item not in gone)
    if len(left) == len(plan.select) or not any(item.aggregate for item in left):
        raise NoPlanError
    return reordered(replace(plan, select=left), plan)


def aggregated(plan: Plan, aggregate: Aggregate) -> Plan:
    """With its one figure summed up in another way: the average in the place of the total."""
    figures = values(plan)
    if len(figures) != 1 or isinstance(figures[0].expression, Star) or figures[0].distinct or figures[0].among:
        raise NoPlanError
    return remeasured(plan, (replace(figures[0], aggregate=aggregate, window=""),))


def windowed(plan: Plan, window: Window) -> Plan:
    """With its one figure seen against the other rows, or plain again where ``window`` is empty."""
    figures = values(plan)
    if not window:
        if not any(item.window for item in figures):
            raise NoPlanError
    elif len(figures) != 1 or not plan.group or figures[0].aggregate not in ("sum", "count") or not _fits(window, plan):
        raise NoPlanError
    seen = {item: replace(item, window=window) for item in figures}
    order = tuple(replace(o, item=seen.get(o.item, o.item)) for o in plan.order)
    return replace(plan, select=tuple(seen.get(item, item) for item in plan.select), order=order)


def _fits(window: Window, plan: Plan) -> bool:
    """Whether there is a time to run along, where the view needs one."""
    return window == "share" or any(isinstance(e, Bucket) for e in plan.group)


def limited(plan: Plan, limit: int | None, *, descending: bool = True) -> Plan:
    """With only the first rows by its first figure, equal last ones too; all of them where ``limit`` is None."""
    if limit is None:
        return reordered(replace(plan, limit=None, rank_within=()), replace(plan, limit=None, order=()))
    figures = values(plan)
    if not plan.group or not figures:
        raise NoPlanError
    by = next((o.item for o in plan.order if o.item in figures), figures[0])
    return replace(plan, limit=limit, order=(Order(by, descending),), ties=True)


def tested(plan: Plan, condition: Condition) -> Plan:
    """With a test on a figure of each group."""
    if not plan.group:
        raise NoPlanError
    return replace(plan, having=(*(c for c in plan.having if c.item != condition.item), condition))


def ordered(plan: Plan, item: Item, *, descending: bool) -> Plan:
    """Sorted by one of its items."""
    return replace(plan, order=(Order(item, descending),))


def turned(plan: Plan, *, descending: bool | None) -> Plan:
    """Sorted the way said, or the other way round where None, by what it is sorted by."""
    first = plan.order[0] if plan.order else Order((values(plan) or plan.select)[0], descending=False)
    way = (not first.descending) if descending is None else descending
    return replace(plan, order=(replace(first, descending=way), *plan.order[1:]))


def counted(schema: Schema, plan: Plan) -> Plan:
    """How many rows a list has; raises NoPlanError where it lists no table's rows."""
    if values(plan) or plan.limit or plan.having or plan.compound or plan.distinct:
        raise NoPlanError
    first = leaves(plan.select[0].expression)[0]
    if first not in schema.table(first.table).display:
        raise NoPlanError
    tables = tuple(dict.fromkeys((*plan.tables, first.table)))
    return Plan((Item(Star(first.table), "count"),), tables, plan.where, either=plan.either)


def listed(schema: Schema, plan: Plan) -> Plan:
    """The rows that were counted, by what names them; raises NoPlanError where none were."""
    figures = values(plan)
    if len(figures) != 1 or figures[0].aggregate != "count" or figures[0].among or plan.having or plan.limit:
        raise NoPlanError
    view = schema.table(leaves(figures[0].expression)[0].table)
    shown = tuple(map(Item, view.display))
    whole = Plan(shown, tuple(dict.fromkeys((*plan.tables, view.name))), plan.where, either=plan.either)
    path = schema.graph.path(tuple(dict.fromkeys((*whole.tables, *(leaf.table for c in plan.where for leaf in leaves(c.item.expression))))))
    if path is not None and schema.graph.multiplies(path, view.name):
        return replace(whole, group=(*((view.key,) if view.key else ()), *view.display))
    return whole
