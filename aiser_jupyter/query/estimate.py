"""About how many rows a part of a statement gives, from the engines' own books and rules of thumb; never by asking a server.

The shares of rows that conditions keep follow Selinger et al., Access Path Selection in a Relational Database Management System (SIGMOD 1979),
section 4, as far as no statistics are at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.sources.needs import conjuncts

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.catalog import Table

EQUAL, RANGE, WITHIN, OTHER = 0.1, 1 / 3, 1 / 4, 1 / 2
GROUPS = 0.1  # of the rows, where nothing else is known
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_AGGREGATES = frozenset({"count", "sum", "min", "max", "avg", "median", "stddev", "any_value", "list", "string_agg", "percentile_cont"})


def filtered(rows: int | None, condition: exp.Expr | None, table: Table | None) -> int | None:
    """How many of ``rows`` meet the condition; None where it is not known how many there are."""
    if rows is None:
        return None
    share = 1.0
    for part in conjuncts(condition):
        if isinstance(part, exp.EQ) and _unique(part, table):
            return min(rows, 1)
        share *= _share(part)
    return max(int(rows * share), 1) if rows else 0


def rows(query: exp.Expr, size: Callable[[exp.Table], int | None]) -> int | None:
    """How many rows a query gives; ``size`` says how many a table has. None where a table's size is not known."""
    if isinstance(query, exp.Subquery):
        return rows(query.this, size)
    if isinstance(query, exp.SetOperation):
        left, right = rows(query.left, size), rows(query.right, size)
        return None if left is None or right is None else left + right
    if not isinstance(query, exp.Select):
        return None
    limit = query.args.get("limit")
    most = (
        int(limit.expression.name)
        if isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and limit.expression.is_int
        else None
    )
    found = _selected(query, size)
    if found is None:
        return most
    return found if most is None else min(found, most)


def _selected(query: exp.Select, size: Callable[[exp.Table], int | None]) -> int | None:
    group = query.args.get("group")
    if group is None and any(_aggregates(part) for part in query.expressions):
        return 1
    from_ = query.args.get("from_")
    if from_ is None:
        return 1
    sources = [from_.this, *(join.this for join in query.args.get("joins") or ())]
    sizes = [size(source) if isinstance(source, exp.Table) else rows(source, size) for source in sources]
    known = [count for count in sizes if count is not None]
    if len(known) < len(sizes):
        return None
    # Joined by their keys, tables give about as many rows as the largest has.
    whole = max(known)
    where = query.args.get("where")
    place = from_.this.meta.get("place") if len(sources) == 1 else None
    kept = filtered(whole, where.this if where is not None else None, place.table if place is not None else None)
    return kept if group is None or kept is None else max(int(kept * GROUPS), 1)


def _aggregates(part: exp.Expr) -> bool:
    return any(
        call.name.lower() in _AGGREGATES and not isinstance(call.parent, exp.Window)
        for call in part.find_all(exp.Anonymous)
        if call.find_ancestor(exp.Select) is part.find_ancestor(exp.Select)
    )


def _share(part: exp.Expr) -> float:  # noqa: PLR0911  # one return a kind of condition is the clearest table
    match part:
        case exp.EQ():
            return EQUAL
        case exp.Between():
            return WITHIN
        case exp.In():
            return min(len(part.expressions) * EQUAL, OTHER)
        case exp.Or():
            left, right = _share(part.left), _share(part.right)
            return left + right - left * right
        case exp.Paren():
            return _share(part.this)
        case exp.Not():
            return 1 - _share(part.this)
    return RANGE if isinstance(part, _RANGES) else OTHER


def _unique(part: exp.EQ, table: Table | None) -> bool:
    """Whether the condition names one row by its key."""
    column = next((side for side in (part.left, part.right) if isinstance(side, exp.Column)), None)
    known = table.column(column.name) if table is not None and column is not None else None
    return known is not None and (known.unique or (known.primary and table is not None and table.primary_key == (known.name,)))
