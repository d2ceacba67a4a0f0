"""A query's parts in English, for a sentence to be made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.condition import all_of
from aiser_jupyter.ask.restate.join import many_side
from aiser_jupyter.ask.restate.ranked import unranked
from aiser_jupyter.ask.restate.say import say
from aiser_jupyter.ask.restate.scope import Scope, read
from aiser_jupyter.ask.restate.statement import conditions, grouping, resolve, subject
from aiser_jupyter.ask.restate.window import ordering

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog


@dataclass(frozen=True)
class Value:
    """A column of the result: what it is in English.

    It may be an aggregate, ``additive`` where its values add up to a total, ``counts`` what it counts, a ``predicate`` is a yes or no,
    and ``alias`` is what the query calls it.
    """

    text: str
    aggregate: bool = False
    additive: bool = False
    counts: str = ""
    predicate: bool = False
    alias: str = ""


@dataclass(frozen=True)
class Outline:
    """The parts of a SELECT: its columns, `` of orders``, what follows "where", the first key of its order, and whether rows were cut or dropped."""

    values: tuple[Value, ...]
    subject: str = ""
    where: str = ""
    order: str = ""
    ordering: str = ""
    descending: bool = False
    limited: bool = False
    grouped: bool = False


def outline(sql: str, dialect: str, catalog: Catalog | None = None) -> Outline | None:
    """The outline of ``sql``; None where it is no plain SELECT with one column an expression."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None
    if not isinstance(tree, exp.Select) or any(item.is_star for item in tree.selects):
        return None
    tree, top = unranked(tree)
    scope = read(tree, Scope(dialect, catalog))
    scope = replace(scope, many=many_side(scope, tree))
    tests, _ = conditions(tree, scope)
    cut = top is not None or any(tree.args.get(k) for k in ("limit", "offset", "having", "qualify", "distinct"))
    order = tree.args.get("order")
    first = order.expressions[0] if order else None
    whose = subject(tree, scope, [item.unalias() for item in tree.selects])
    return Outline(
        tuple(value(item, scope) for item in tree.selects),
        "" if "[" in whose else whose,
        all_of(tests, scope) if tests else "",
        say(resolve(first.this, tree), scope) if isinstance(first, exp.Ordered) else "",
        said_order(tree, scope),
        bool(first is not None and first.args.get("desc")),
        cut,
        bool(grouping(tree)),
    )


def said_order(tree: exp.Select, scope: Scope) -> str:
    """``by birth date, oldest first``; empty where there is no order."""
    order = tree.args.get("order")
    if order is None:
        return ""
    ordered = order.copy()
    for key in ordered.expressions:
        key.set("this", resolve(key.this, tree).copy())
    return ordering(ordered, scope)


def value(item: exp.Expr, scope: Scope) -> Value:
    """One selected value in English."""
    node = item.unalias()
    said = say(node, scope)
    bare = node.unnest()
    plain = isinstance(bare, exp.Count | exp.Sum) and not isinstance(bare.this, exp.Distinct)
    counted = said.removeprefix("count of ") if isinstance(bare, exp.Count) and said.startswith("count of ") and "(" not in said else ""
    return Value(
        said,
        bool(node.find(exp.AggFunc)),
        plain,
        counted,
        isinstance(bare, exp.Predicate),
        phrase.words(item.alias) if isinstance(item, exp.Alias) else "",
    )
