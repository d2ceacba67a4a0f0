"""Whether two results hold the same rows, as often, and in the same order where one was asked for."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

if TYPE_CHECKING:
    import pyarrow as pa

ROUNDING = 1e-9  # sums of floats differ in the last digits with the order of addition


def order_of(tree: exp.Query) -> tuple[int, ...] | bool | None:
    """The places of the shown columns that the rows are ordered by; True where by something not shown, None where by nothing."""
    order = tree.args.get("order")
    if order is None:
        return None
    shown = list(tree.selects)
    if any(e.is_star for e in shown):
        return True
    names = [e.alias_or_name.casefold() for e in shown]
    texts = [e.unalias().sql().casefold() for e in shown]
    places: list[int] = []
    for part in order.expressions:
        key = part.this if isinstance(part, exp.Ordered) else part
        text = key.sql().casefold()
        if isinstance(key, exp.Literal) and key.is_int:
            places.append(int(key.name) - 1)
        elif text in texts:
            places.append(texts.index(text))
        elif isinstance(key, exp.Column) and key.name.casefold() in names:
            places.append(names.index(key.name.casefold()))
        else:
            return True
    return tuple(places)


def difference(one: pa.Table, other: pa.Table, order: tuple[int, ...] | bool | None) -> str:
    """What tells two tables apart; empty where nothing does. With ``order`` True every row must stand where it stood."""
    if one.num_columns != other.num_columns:
        return "it has other columns"
    if one.num_rows != other.num_rows:
        return "it gives another number of rows"
    left, right = lines(one), lines(other)
    if order is True:
        return "" if all(map(alike, left, right)) else "its rows are others, or in another order"
    if order:
        keys = [[tuple(row[place] for place in order) for row in rows] for rows in (left, right)]
        if not all(map(alike, *keys)):
            return "its rows come in another order"
    return "" if all(map(alike, sorted(left, key=rank), sorted(right, key=rank))) else "its rows are others"


def lines(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows as tuples."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True)) if table.num_columns else []


def rank(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key by which rows of any values sort: what is exact first, then numbers, so that rounding parts equal rows only where all else is equal."""
    exact = tuple((type(cell).__name__, repr(cell)) for cell in row if not number(cell))
    return exact, tuple(sortable(cell) for cell in row if number(cell))


def sortable(cell: float | Decimal) -> tuple[int, float]:
    """A number as it sorts among others, NaN last."""
    found = float(cell)
    return (1, 0.0) if math.isnan(found) else (0, float(f"{found:.9e}"))


def number(cell: object) -> bool:
    """Whether a cell is a number."""
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two rows hold the same, floats up to rounding."""
    return all(map(equal, one, other))


def equal(one: Any, other: Any) -> bool:
    """Whether two cells hold the same."""
    if number(one) and number(other) and (isinstance(one, float) or isinstance(other, float)):
        a, b = float(one), float(other)
        return math.isclose(a, b, rel_tol=ROUNDING, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return type(one) is type(other) and one == other if isinstance(one, bool) or isinstance(other, bool) else one == other
