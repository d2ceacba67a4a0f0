"""The SQL of one figure in percent of another of other rows, less it or plus it, by the same groups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item, Plan, Told
from aiser_jupyter.ask.sql.aliases import aliases

if TYPE_CHECKING:
    from collections.abc import Callable


def told_against(
    plan: Plan, how: Told, part: Plan, query: Callable[[Plan], exp.Query], named: Callable[[str], exp.Identifier]
) -> exp.Select:
    """The figure of ``part`` in percent of that of ``plan``, taken from it or added to it, by their groups, which are the same; 0 where a group has none of the part.

    Each is added up by itself first: joined row by row they would repeat each other.
    """
    labels = tuple(item.expression for item in plan.select if not item.aggregate)
    keys = tuple(dict.fromkeys((*labels, *plan.group)))  # a name may stand for two things, and its key for one
    one, other = (replace(p, select=(*map(Item, keys), p.select[-1]), compound=None, order=(), limit=None) for p in (plan, part))
    names = [
        alias or (i.expression.column if isinstance(i.expression, ColumnRef) else "")
        for i, alias in zip(one.select, aliases(one), strict=True)
    ]
    figure = aliases(other)[-1]
    whole = exp.column(named(names[-1]), table="whole")
    there = exp.Coalesce(this=exp.column(named(figure), table="part"), expressions=[exp.Literal.number(0)])
    name = {"against": f"{figure}_in_percent", "less": f"{names[-1]}_less_{figure}", "plus": f"{names[-1]}_plus_{figure}"}[how]
    rate = exp.alias_(_value(whole, how, there), name)
    columns = [exp.column(named(name), table="whole") for name in names[:-1]]
    on = [
        exp.EQ(this=column.copy(), expression=exp.column(named(name), table="part")) for column, name in zip(columns, names, strict=False)
    ]
    built = exp.Select().select(*columns[: len(labels)], rate).from_(query(one).subquery("whole"))
    below = query(other).subquery("part")
    if not on:
        return built.join(below, join_type="cross")
    built = built.join(below, on=exp.and_(*on), join_type="left")
    if isinstance(labels[0], Bucket):
        return built.order_by(exp.Ordered(this=columns[0].copy()))
    return built.order_by(exp.Ordered(this=exp.column(name), desc=True))


def _value(whole: exp.Expr, how: Told, part: exp.Expr) -> exp.Expr:
    """What becomes of the two figures."""
    if how == "less":
        return exp.Sub(this=whole, expression=part)
    if how == "plus":
        return exp.Add(this=whole, expression=part)
    above = exp.Mul(this=exp.Literal.number("100.0"), expression=part)
    return exp.Div(this=above, expression=exp.Nullif(this=whole, expression=exp.Literal.number(0)), typed=False, safe=False)
