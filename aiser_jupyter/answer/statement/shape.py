"""Rules on how a query is written: what makes the engine work more than it need, and what hides what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.statement import ranges
from aiser_jupyter.answer.statement.forms import tested
from aiser_jupyter.answer.statement.review import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiser_jupyter.answer.statement.look import Look

COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like)


def star(look: Look) -> Iterator[Point]:
    """``*`` in the outermost list, which takes columns that come later too."""
    outer = look.tree
    while isinstance(outer, exp.SetOperation):
        outer = outer.left
    if not isinstance(outer, exp.Select):
        return
    for shown in outer.expressions:
        if isinstance(shown, exp.Star) or (isinstance(shown, exp.Column) and isinstance(shown.this, exp.Star)):
            own = next((block for block in look.blocks if block.select is outer), None)
            names = [c.name for table in (own.tables.values() if own else ()) if table is not None for c in table.columns]
            advice = f"Name those you need, such as {', '.join(names[:5])}." if names else "Name those you need."
            yield Point(
                "select_star",
                "style",
                "* takes every column, those that are added later too.",
                advice,
                shown.this if isinstance(shown, exp.Column) else shown,
            )


def hidden_column(look: Look) -> Iterator[Point]:
    """A filter that computes with its column, so that no index on it can be used."""
    for block in look.blocks:
        for part in block.where:
            if not isinstance(part, COMPARED):
                continue
            found = ranges.span(part, block)
            if found is not None and not isinstance(part, exp.Like):
                better = ranges.condition(found, block, look.catalog.dialect).sql(dialect=look.catalog.dialect)
                yield Point(
                    "hidden_column",
                    "slow",
                    f"The filter computes with {found.column.name} for every row, so no index on it helps.",
                    f"Write {better}.",
                    part,
                )
                continue
            side = part.this
            fixed = (
                next(iter(part.args.get("expressions") or ()), None)
                if isinstance(part, exp.In)
                else part.args.get("expression") or part.args.get("low")
            )
            computed = isinstance(side, exp.Func | exp.Cast | exp.Binary) and not isinstance(side, exp.AggFunc)
            column = side.find(exp.Column) if computed else None
            if column is not None and fixed is not None and fixed.find(exp.Column) is None and block.alias(column):
                yield Point(
                    "hidden_column",
                    "slow",
                    f"The filter computes with {column.name} for every row, so no index on it helps.",
                    f"Compare {column.name} itself, with the other side worked out before.",
                    part,
                )


def open_pattern(look: Look) -> Iterator[Point]:
    """LIKE with a wildcard in front."""
    for block in look.blocks:
        for node in block.own(exp.Like, exp.ILike):
            pattern = node.expression
            if isinstance(pattern, exp.Literal) and pattern.name.startswith(("%", "_")) and len(pattern.name.strip("%_")) > 0:
                yield Point(
                    "open_pattern",
                    "slow",
                    f"A pattern that begins with {pattern.name[0]} makes the engine read every value.",
                    "Begin it with what is known, or use full-text search.",
                    node,
                )


def inner_order(look: Look) -> Iterator[Point]:
    """ORDER BY within a query whose order nobody sees."""
    for block in look.blocks:
        select = block.select
        order = select.args.get("order")
        inside = select.parent is not None and not (isinstance(select.parent, exp.SetOperation) and select.parent is look.tree)
        if order is not None and inside and select is not look.tree and not select.args.get("limit") and not select.args.get("distinct"):
            yield Point(
                "inner_order",
                "slow",
                "ORDER BY within a subquery sorts rows whose order is lost again.",
                "Leave it out, or sort the outer query.",
                order,
            )


def unused_with(look: Look) -> Iterator[Point]:
    """A WITH that nothing reads."""
    for cte in look.tree.find_all(exp.CTE):
        used = any(
            table.name.casefold() == cte.alias.casefold() and not table.db and table.find_ancestor(exp.CTE) is not cte
            for table in look.tree.find_all(exp.Table)
        )
        if not used:
            yield Point("unused_with", "style", f"Nothing reads {cte.alias}.", "Leave it out.", cte.args["alias"])


def group_filter(look: Look) -> Iterator[Point]:
    """A HAVING that tests no aggregate."""
    for block in look.blocks:
        having = block.select.args.get("having")
        if having is None:
            continue
        for part in having.this.flatten() if isinstance(having.this, exp.And) else [having.this]:
            if part.find(exp.AggFunc) is None and part.find(exp.Column) is not None and part.find(exp.Window) is None:
                yield Point(
                    "group_filter",
                    "slow",
                    "HAVING tests a column, after all rows were grouped.",
                    "Move it to WHERE, which drops rows before.",
                    part,
                )


def needless_distinct(look: Look) -> Iterator[Point]:
    """DISTINCT within IN or EXISTS."""
    for block in look.blocks:
        distinct = block.select.args.get("distinct")
        if distinct is None or distinct.args.get("on"):
            continue
        if tested(block.select):
            yield Point(
                "needless_distinct",
                "slow",
                "DISTINCT does nothing within IN or EXISTS but work.",
                "Leave it out.",
                block.select.expressions[0],
            )


def either_join(look: Look) -> Iterator[Point]:
    """A join by one of several conditions, which most engines try pair by pair."""
    for block in look.blocks:
        for join in block.joins:
            on = join.args.get("on")
            on = on.unnest() if on is not None else None
            if isinstance(on, exp.Or) and all(isinstance(part.unnest(), exp.EQ) for part in on.flatten()):
                yield Point(
                    "either_join",
                    "slow",
                    "A join by OR is tried for every pair of rows by most engines.",
                    "Join once for each condition and put the rows together with UNION.",
                    on,
                )


RULES: tuple[Callable[[Look], Iterator[Point]], ...] = (
    star, hidden_column, open_pattern, inner_order, unused_with, group_filter, needless_distinct, either_join,
)  # fmt: skip
