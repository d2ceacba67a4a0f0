"""Groups as MongoDB's aggregation makes them, with SQL's meaning: one pipeline of $match and $group."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bson import Decimal128

from aiser_jupyter.sources.conditions import columns_of
from aiser_jupyter.sources.mongo_filters import wanted
from aiser_jupyter.sources.mongo_types import allowed, ancestors, place
from aiser_jupyter.sources.nested import MisfitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from aiser_jupyter.sources.grouping import Grouping
    from aiser_jupyter.sources.nested import Field, Shape

_NOTHING = ("missing", "null", "undefined")
_DIGITS = 34  # of a Decimal128: a sum with as many may have been rounded


def pipeline(grouping: Grouping, shape: Shape) -> list[dict[str, Any]] | None:
    """The stages that make the groups; None where the server would make others.

    Each group also counts the documents with a value that does not fit its column (``odd``): where there is one, the groups say nothing.
    """
    keys = [shape.named(key) for key in grouping.keys]
    used = _used(grouping, shape)
    if used is None or any(key is None for key in keys):
        return None
    filters = [wanted(condition, shape) for condition in grouping.conditions]
    if any(one is None for one in filters):
        return None
    group: dict[str, Any] = {"_id": {f"k{i}": {"$ifNull": [f"${place(key)}", None]} for i, key in enumerate(keys) if key} or None}
    group["odd"] = {"$sum": {"$cond": [{"$and": [test for field in used for test in _fits(field)]}, 0, 1]}} if used else {"$sum": 0}
    for i, part in enumerate(grouping.parts):
        if part.how == "rows":
            group[f"p{i}"] = {"$sum": 1}
            continue
        field = shape.named(part.column)
        if field is None or (part.how in {"min", "max"} and field.kind in {"boolean", "empty"}):
            return None
        path = f"${place(field)}"
        present = {"$sum": {"$cond": [{"$ne": [{"$ifNull": [path, None]}, None]}, 1, 0]}}
        group[f"n{i}"] = present
        if part.how != "count":
            group[f"p{i}"] = {f"${part.how}": path}
    return [*([{"$match": {"$and": filters}}] if filters else []), {"$group": group}]


def table(grouping: Grouping, shape: Shape, groups: Iterable[dict[str, Any]]) -> pa.Table | None:
    """The groups as rows of keys and parts; None where a value in them was none of its column's, or came out rounded."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for group in groups:
        if group["odd"]:
            return None
        row = {f"k{i}": (group["_id"] or {}).get(f"k{i}") for i in range(len(grouping.keys))}
        for i, part in enumerate(grouping.parts):
            count = group.get(f"n{i}", 0)
            row[f"p{i}"] = group[f"p{i}"] if part.how == "rows" else count if part.how == "count" else (group[f"p{i}"] if count else None)
        rows.append(row)
    arrays: dict[str, Any] = {}
    try:
        for i, key in enumerate(grouping.keys):
            arrays[key] = _column(rows, shape, key, f"k{i}")
        for i, part in enumerate(grouping.parts):
            values = [row[f"p{i}"] for row in rows]
            if part.how in {"rows", "count"}:
                arrays[part.name] = pa.array(map(int, values), pa.int64())
            elif part.how == "sum":
                arrays[part.name] = _sums(values, shape.named(part.column))
            else:
                arrays[part.name] = _column(rows, shape, part.column, f"p{i}")
    except (MisfitError, ValueError, ArithmeticError, pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return pa.table(arrays)


def _used(grouping: Grouping, shape: Shape) -> list[Field] | None:
    """The columns that decide the groups; None where one of them does not compare there as in SQL."""
    names = [*grouping.keys, *(part.column for part in grouping.parts if part.column)]
    names += [column for condition in grouping.conditions for column in columns_of(condition)]
    fields = [shape.named(name) for name in dict.fromkeys(names)]
    if any(field is None or allowed(field) is None or place(field) is None for field in fields):
        return None
    return [field for field in fields if field is not None]


def _fits(field: Field) -> Iterator[dict[str, Any]]:
    """Expressions that hold where the document's value is one of the column's."""
    path = f"${place(field)}"
    yield {"$in": [{"$type": path}, [*(allowed(field) or ()), *_NOTHING]]}
    for ancestor in ancestors(field):
        yield {"$in": [{"$type": f"${ancestor}"}, ["object", *_NOTHING]]}
    if field.kind == "double":
        yield {"$ne": [path, math.nan]}


def _column(rows: list[dict[str, Any]], shape: Shape, name: str, key: str) -> pa.Array:
    field = shape.named(name)
    assert field is not None
    return shape.batch(rows, [replace(field, path=(key,))]).column(0)


def _sums(values: list[Any], field: Field | None) -> pa.Array:
    """Sums of a column; raises ValueError where one came out rounded."""
    import pyarrow as pa

    assert field is not None
    if field.kind == "double":
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    exact: list[Decimal | None] = []
    for value in values:
        if isinstance(value, float):  # a sum of integers that outgrew them
            raise ValueError(field.name)  # noqa: TRY004  # it is the server's answer that has outgrown its type
        plain = value.to_decimal() if isinstance(value, Decimal128) else value
        total = None if plain is None else Decimal(plain)
        if total is not None and (not total.is_finite() or len(total.as_tuple().digits) >= _DIGITS):
            raise ValueError(field.name)
        exact.append(total)
    return pa.array(exact, pa.decimal128(38, field.scale if field.kind == "decimal" else 0))
