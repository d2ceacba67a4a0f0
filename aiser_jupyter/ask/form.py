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
    if isinstance(value, tuple):
        return tuple(replace(part, swap) for part in value)
    names = _FIELDS.get(type(value))
    if names is None:
        return value
    if isinstance(value, (ColumnRef, Star)):
        return swap(value)
    if isinstance(value, Condition):
        plan = replace(value.plan, swap) if value.plan else None
        other = replace(value.other, swap) if value.other else None
        return Condition(replace(value.item, swap), value.operator, tuple(swap(v) for v in value.values), plan, other)
    if isinstance(value, Plan):
        held = {name: replace(getattr(value, name), swap) for name in _PARTS}
        compound = (value.compound[0], replace(value.compound[1], swap)) if value.compound else None
        limit = swap(("limit", value.limit)) if value.limit is not None else None
        return Plan(**held, tables=tuple(swap(("table", t)) for t in value.tables), limit=limit, compound=compound)
    return type(value)(**{name: replace(getattr(value, name), swap) for name in names})
