"""Conditions as MongoDB's filters, with SQL's meaning: nothing but IS NULL holds for a missing value, and types are not mixed.

A filter also lets through documents whose value is of a type that the column was not found to hold: MongoDB would pass them over in silence,
and they must be seen for the column to become what it is.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bson import Decimal128, Int64, ObjectId

from aiser_jupyter.sources.conditions import AllOf, Filter
from aiser_jupyter.sources.mongo_types import ALL_TYPES, allowed, ancestors, place

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.sources.conditions import Condition, Constant
    from aiser_jupyter.sources.nested import Field, Shape

_COMPARE = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_EXACT = 2**53
_NEVER: dict[str, Any] = {"_id": {"$in": []}}


class UnsureError(Exception):
    """A condition that MongoDB might read otherwise than SQL does."""


def wanted(condition: Condition, shape: Shape) -> dict[str, Any] | None:
    """The filter that holds exactly where ``condition`` does, or where a value is of an unexpected type; None where there is none."""
    try:
        return _filter(condition, shape)
    except UnsureError:
        return None


def odd(field: Field) -> dict[str, Any] | None:
    """The filter that finds values which do not fit ``field``; None where that cannot be told."""
    path, types = place(field), allowed(field)
    if path is None or types is None:
        return None
    parts = [{path: {"$type": [kind for kind in ALL_TYPES if kind not in types]}}]
    parts += [{ancestor: {"$type": [kind for kind in ALL_TYPES if kind != "object"]}} for ancestor in ancestors(field)]
    return parts[0] if len(parts) == 1 else {"$or": parts}


def _filter(condition: Condition, shape: Shape) -> dict[str, Any]:
    if not isinstance(condition, Filter):
        return {"$and" if isinstance(condition, AllOf) else "$or": [_filter(part, shape) for part in condition.parts]}
    field = shape.named(condition.column)
    strange = odd(field) if field is not None else None
    if field is None or strange is None:
        raise UnsureError
    return {"$or": [_leaf(condition, field), strange]}


def _leaf(condition: Filter, field: Field) -> dict[str, Any]:  # noqa: PLR0911  # one return an operator
    path, op, value = ".".join(field.path), condition.op, condition.value
    if op == "null":
        return {"$or": [{part: {"$eq": None}} for part in (*ancestors(field), path)]}
    if op == "not null":
        return _present(path, field, [])
    if field.kind == "empty":
        return _NEVER
    known = _value(field)
    if isinstance(value, tuple):
        values = [found for one in value if (found := known(one)) is not None]
        return {path: {"$in": values}} if op == "in" else _present(path, field, values)
    if op == "starts":
        return _starts(path, value, field)
    assert value is not None
    found = known(value)
    if op == "=":
        return _NEVER if found is None else {path: {"$eq": found}}
    if op == "<>":
        return _present(path, field, [] if found is None else [found])
    if found is None or "objectId" in (allowed(field) or ()) or isinstance(found, bool):
        raise UnsureError
    compared: dict[str, Any] = {path: {_COMPARE[op]: found}}
    # In SQL, NaN is above every number.
    return {"$or": [compared, {path: math.nan}]} if field.kind == "double" and op in {">", ">="} else compared


def _present(path: str, field: Field, without: list[Any]) -> dict[str, Any]:
    """That there is a value, and none of ``without``."""
    return {"$and": [*({part: {"$ne": None}} for part in ancestors(field)), {path: {"$nin": [*without, None]}}]}


def _starts(path: str, value: Any, field: Field) -> dict[str, Any]:
    if not isinstance(value, str) or allowed(field) != ("string",):
        raise UnsureError
    escaped = re.sub(r"([^\w\s]|_)", r"\\\1", value, flags=re.ASCII) if value.isascii() else None
    if escaped is None or "\n" in value or "\0" in value:
        raise UnsureError
    return {path: {"$regex": f"^{escaped}"}}


def _value(field: Field) -> Callable[[Constant], Any]:
    """What a constant is on the server, to be compared with values of ``field``: None where no value can equal it."""
    kind = field.kind
    if kind == "text":
        return _id if allowed(field) == ("objectId",) else _text
    readers: dict[str, Callable[[Constant], Any]] = {
        "boolean": _truth, "instant": _moment, "integer": _for_integers, "double": _for_doubles, "decimal": _for_decimals,
    }  # fmt: skip
    if kind not in readers:
        raise UnsureError
    return readers[kind]


def _text(value: Constant) -> str:
    if not isinstance(value, str):
        raise UnsureError
    return value


def _id(value: Constant) -> ObjectId | None:
    if not isinstance(value, str):
        raise UnsureError
    # In capitals it would be the same ObjectId, but another text.
    return ObjectId(value) if re.fullmatch(r"[0-9a-f]{24}", value) else None


def _truth(value: Constant) -> bool:
    if not isinstance(value, bool):
        raise UnsureError
    return value


def _for_integers(value: Constant) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnsureError
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise UnsureError
        return Int64(value)
    # Beyond that, the engine compares rounded numbers and the server exact ones.
    if not math.isfinite(value) or abs(value) >= _EXACT:
        raise UnsureError
    return value if isinstance(value, float) else Decimal128(value)


def _for_doubles(value: Constant) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or abs(value) > _EXACT or not math.isfinite(value):
        raise UnsureError
    return float(value)


def _for_decimals(value: Constant) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or abs(value) >= 10**15:
        raise UnsureError
    return Int64(value) if isinstance(value, int) else Decimal128(value)


def _moment(value: Constant) -> datetime:
    """``value`` as a moment; one finer than the milliseconds a server keeps would compare otherwise there."""
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise UnsureError from None
    if found is None or found.microsecond % 1000:
        raise UnsureError
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
