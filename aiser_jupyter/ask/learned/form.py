"""Plans as plain JSON values and back: how skeletons are kept in the weights."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Days, Defined, Formula, Item, Order, Plan, Ranges, Star, Upper

NODES = {
    kind.__name__: kind for kind in (Band, Bucket, ColumnRef, Condition, Days, Defined, Formula, Item, Order, Plan, Ranges, Star, Upper)
}

_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in NODES.values()}
_PARTS = tuple(name for name in _FIELDS[Plan] if name not in ("tables", "limit", "compound"))


def dump(value: Any) -> Any:
    """A plan, or a part of one, as lists, strings and numbers; fields at their default are left out."""
    if type(value).__name__ in NODES:
        held = {f.name: dump(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) != f.default}
        return {"is": type(value).__name__, **held}
    return [dump(part) for part in value] if isinstance(value, tuple) else value


def parse(value: Any) -> Any:
    """What ``dump`` wrote."""
    if isinstance(value, dict):
        return NODES[value["is"]](**{name: parse(part) for name, part in value.items() if name != "is"})
    return tuple(parse(part) for part in value) if isinstance(value, list) else value


def replace(value: Any, swap: Any) -> Any:
    """The same plan with each leaf (column, table's rows, literal, table name) put through ``swap``."""
    kind = type(value)
    if kind is tuple:
        return tuple([replace(part, swap) for part in value]) if value else value
    if kind is ColumnRef or kind is Star:
        return swap(value)
    if kind is Item and not (value.among or value.over or value.within or value.only or value.less):
        # Nearly every item is such a one, and this is called for each slot of each candidate.
        held = (value.aggregate, value.distinct, value.window, value.scale, (), None, value.fraction, (), (), None, value.rows)
        return Item(replace(value.expression, swap), *held)
    if kind is Condition:
        plan = replace(value.plan, swap) if value.plan else None
        other = replace(value.other, swap) if value.other else None
        return Condition(replace(value.item, swap), value.operator, tuple([swap(v) for v in value.values]), plan, other)
    if kind is Plan:
        parts = {name: replace(part, swap) if (part := getattr(value, name)) else part for name in _PARTS}
        compound = (value.compound[0], replace(value.compound[1], swap)) if value.compound else None
        limit = swap(("limit", value.limit)) if value.limit is not None else None
        return Plan(**parts, tables=tuple([swap(("table", t)) for t in value.tables]), limit=limit, compound=compound)
    names = _FIELDS.get(kind)
    return kind(**{name: replace(getattr(value, name), swap) for name in names}) if names else value
