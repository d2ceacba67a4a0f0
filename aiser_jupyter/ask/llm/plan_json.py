"""A Plan as JSON that somebody else wrote: its JSON schema, and a strict reader, both made from the types in `ask.plan`."""

from __future__ import annotations

import math
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal

from aiser_jupyter.ask import plan
from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.plan import ColumnRef, Condition, Defined, Item, Plan, Star
from aiser_jupyter.errors import ModelReplyError

if typing.TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog

WITH_SQL = frozenset({Defined})  # made of checked definitions alone: SQL that a model writes is guarded as SQL, not put in a plan
LEVELS = 1  # plans within the plan: what the offline engine makes has no more
LONGEST = 200  # parts of one list
MOST_ROWS = 1_000_000


def schema() -> dict[str, Any]:
    """The JSON schema of a plan, its parts under ``$defs``."""
    return {"$ref": "#/$defs/Plan", "$defs": definitions()}


@cache
def definitions() -> dict[str, Any]:
    """The JSON schema of each type a plan is made of."""
    return {kind.__name__: _object(kind) for kind in form.NODES.values() if kind not in WITH_SQL}


def read(value: Any, catalog: Catalog) -> Plan:
    """The plan that ``value`` describes, its names spelled as in ``catalog``.

    Raises `ModelReplyError` of kind ``form`` where a part is unknown, missing or of another type, ``unknown_name`` where a table or column
    is not there.
    """
    made = _typed(value, Plan, "plan", 0)
    assert isinstance(made, Plan)
    return named(made, catalog)


def named(given: Plan, catalog: Catalog) -> Plan:
    """``given`` with each table and column as the catalog spells it; the columns of a plan that it reads from are left to the database."""
    base = getattr(plan, "BASE", None) if getattr(given, "source", None) is not None else None

    def table(name: str) -> str:
        found = catalog.table(name)
        if found is None:
            raise ModelReplyError(f"The reply names a table {name!r} that is not there.", kind="unknown_name")
        return found.name

    def swap(leaf: Any) -> Any:
        if isinstance(leaf, ColumnRef):
            if leaf.table == base:
                return leaf
            owner = catalog.table(table(leaf.table))
            column = owner.column(leaf.column) if owner is not None else None
            if owner is None or column is None:
                raise ModelReplyError(f"The reply names a column {leaf.table}.{leaf.column} that is not there.", kind="unknown_name")
            return ColumnRef(owner.name, column.name)
        if isinstance(leaf, Star):
            return Star(table(leaf.table))
        if isinstance(leaf, tuple):
            kind, value = leaf
            return table(value) if kind == "table" else value
        return leaf

    return form.replace(given, swap)


def sayable(part: Any) -> bool:
    """Whether a model may write ``part`` of a plan: it holds no SQL."""
    if isinstance(part, tuple):
        return all(map(sayable, part))
    if not is_dataclass(part):
        return True
    return type(part) not in WITH_SQL and all(sayable(getattr(part, f.name)) for f in fields(part))


def strings(given: Plan, swap: Any) -> Plan:
    """``given`` with each text literal put through ``swap``."""

    def leaf(value: Any) -> Any:
        if isinstance(value, tuple):
            return value[1]
        return swap(value) if isinstance(value, str) else value

    return form.replace(given, leaf)


def _object(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    held = {"is": {"const": kind.__name__}, **{f.name: _schema(hints[f.name]) for f in fields(kind)}}
    required = ["is", *(f.name for f in fields(kind) if _required(f))]
    return {"type": "object", "properties": held, "required": required, "additionalProperties": False}


def _required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _schema(hint: Any) -> dict[str, Any]:
    if is_dataclass(hint):
        return {"$ref": f"#/$defs/{typing.cast('type', hint).__name__}"}
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(part) for part in parts if part not in WITH_SQL]}
    if origin is tuple:
        if len(parts) == 2 and parts[1] is Ellipsis:
            return {"type": "array", "items": _schema(parts[0])}
        return {"type": "array", "prefixItems": [_schema(part) for part in parts], "minItems": len(parts), "maxItems": len(parts)}
    return {"type": {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}[hint]}


def _typed(value: Any, hint: Any, where: str, depth: int) -> Any:
    """``value`` as the type ``hint`` says, and as nothing else."""
    if is_dataclass(hint):
        return _node(value, typing.cast("type", hint), where, depth)
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return _one_of(value, parts, where)
    if origin in (typing.Union, types.UnionType):
        return _either(value, parts, where, depth)
    if origin is tuple:
        return _several(value, parts, where, depth)
    fits = isinstance(value, (int, float) if hint is float else hint) and (hint is bool or not isinstance(value, bool))
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise _wrong(where, f"is no {getattr(hint, '__name__', hint)}")
    if where.endswith(".limit") and not 0 < value <= MOST_ROWS:
        raise _wrong(where, f"is not between 1 and {MOST_ROWS:,}")
    return float(value) if hint is float else value


def _node(value: Any, kind: type, where: str, depth: int) -> Any:
    if not isinstance(value, dict) or value.get("is", kind.__name__) != kind.__name__:
        raise _wrong(where, f"is no {kind.__name__}")
    depth += kind is Plan
    if depth > LEVELS + 1:
        raise _wrong(where, "is a plan within a plan within a plan")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    unknown = [name for name in value if name not in known and name != "is"]
    if unknown:
        raise _wrong(where, f"has no part {unknown[0]!r}")
    missing = [name for name, f in known.items() if _required(f) and name not in value]
    if missing:
        raise _wrong(where, f"lacks {missing[0]!r}")
    made = kind(**{name: _typed(part, hints[name], f"{where}.{name}", depth) for name, part in value.items() if name != "is"})
    _sound(made, where)
    return made


def _sound(made: Any, where: str) -> None:
    """What the types alone do not say."""
    if isinstance(made, Plan) and not made.select:
        raise _wrong(where, "selects nothing")
    if isinstance(made, Condition):
        many = {"between": 2, "is null": 0, "is not null": 0}.get(made.operator, None if made.operator in ("in", "not in") else 1)
        alone = made.plan is None and getattr(made, "other", None) is None
        if alone and ((many is None and not made.values) or (many is not None and len(made.values) != many)):
            raise _wrong(where, f"has {len(made.values)} values for {made.operator!r}")
    if isinstance(made, Item) and isinstance(made.expression, Star) and made.aggregate not in ("", "count"):
        raise _wrong(where, f"takes the {made.aggregate} of rows")
    if isinstance(made, Item) and not made.scale:
        raise _wrong(where, "divides by zero")


def _either(value: Any, parts: tuple[Any, ...], where: str, depth: int) -> Any:
    if value is None and type(None) in parts:
        return None
    nodes: dict[str, type] = {
        part.__name__: part for part in parts if isinstance(part, type) and is_dataclass(part) and part not in WITH_SQL
    }
    if isinstance(value, dict):
        named = nodes.get(str(value.get("is"))) or (next(iter(nodes.values())) if len(nodes) == 1 else None)
        if named is None:
            raise _wrong(where, f"is none of {', '.join(nodes)}")
        return _node(value, named, where, depth)
    plain = [part for part in parts if part is not type(None) and not is_dataclass(part)]
    exact = [part for part in plain if type(value) is part]
    for part in exact or plain:
        if exact or typing.get_origin(part) is not None:
            return _typed(value, part, where, depth)
    raise _wrong(where, "is of another type")


def _several(value: Any, parts: tuple[Any, ...], where: str, depth: int) -> tuple:
    if not isinstance(value, list) or len(value) > LONGEST:
        raise _wrong(where, "is no list" if not isinstance(value, list) else f"has more than {LONGEST} entries")
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_typed(part, parts[0], f"{where}[{i}]", depth) for i, part in enumerate(value))
    if len(value) != len(parts):
        raise _wrong(where, f"has not {len(parts)} entries")
    return tuple(_typed(part, hint, f"{where}[{i}]", depth) for i, (part, hint) in enumerate(zip(value, parts, strict=True)))


def _one_of(value: Any, choices: tuple[Any, ...], where: str) -> Any:
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise _wrong(where, f"is none of {', '.join(map(repr, choices))}")
    return value


def _wrong(where: str, what: str) -> ModelReplyError:
    return ModelReplyError(f"The reply is not of the form asked for: {where} {what}.", kind="form")
