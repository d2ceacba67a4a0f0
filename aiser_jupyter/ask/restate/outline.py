"""A query's parts in English, for a sentence to be made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.ask.restate import measure as figure
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.expression import kind
from aiser_jupyter.ask.restate.filter import filtered, kept_periods
from aiser_jupyter.ask.restate.join import many_side
from aiser_jupyter.ask.restate.key import entity
from aiser_jupyter.ask.restate.ranked import unranked
from aiser_jupyter.ask.restate.say import say
from aiser_jupyter.ask.restate.scope import Scope, read
from aiser_jupyter.ask.restate.statement import conditions, grouping, kept, measures, preposition, resolve, subject
from aiser_jupyter.ask.restate.window import ordering
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog


# Three mean gaps between days with data: of a random arrival, one gap in twenty is longer (exponential gaps, exp(-3) = 0.05).
GAPS = 3
WEEKEND = 3


@dataclass(frozen=True)
class Value:
    """A column of the result: what it is in English, and ``short`` where a sentence has a shorter name for it.

    It may be an aggregate, ``additive`` where its values add up to a total, ``counts`` what it counts, a ``predicate`` is a yes or no, and ``alias``
    is what the query calls it. ``covers`` are the first and last day that the data of a date surely hold, by the catalog's statistics.
    """

    text: str
    aggregate: bool = False
    additive: bool = False
    counts: str = ""
    predicate: bool = False
    alias: str = ""
    short: str = ""
    covers: tuple[date, date] | None = None


@dataclass(frozen=True)
class Outline:
    """The parts of a SELECT: its columns, `` of orders``, its filter, the first key of its order, and whether rows were cut or dropped.

    ``only`` is the filter as phrases (`` in Germany in Q3 2011``) and ``apart`` the same without a period on the one date that rows are by; it keeps days from
    ``since`` to before ``until``. ``held`` is the filter on groups. ``topped`` says that only the first few rows were kept. ``things`` is what a row is, in the plural, where each row is one; ``kind`` is the order's: number, time or text,
    empty where a missing value may come first.
    """

    values: tuple[Value, ...]
    subject: str = ""
    only: str = ""
    apart: str = ""
    held: str = ""
    since: date | None = None
    until: date | None = None
    things: str = ""
    order: str = ""
    ordering: str = ""
    kind: str = ""
    descending: bool = False
    limited: bool = False
    topped: bool = False
    grouped: bool = False


def outline(sql: str, dialect: str, catalog: Catalog | None = None) -> Outline | None:
    """The outline of ``sql``; None where it is no plain SELECT with one column an expression."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError, IndexError):  # sqlglot runs off the end of SHOW ALL
        return None
    if not isinstance(tree, exp.Select) or any(item.is_star for item in tree.selects):
        return None
    tree, top = unranked(tree)
    if top is not None and top.alone:
        tree.set("order", None)  # what is shown is neither the most nor the least
    scope = read(tree, Scope(dialect, catalog))
    scope = replace(scope, many=many_side(scope, tree))
    tests, _ = conditions(tree, scope)
    cut = top is not None or any(tree.args.get(k) for k in ("limit", "offset", "having", "qualify", "distinct"))
    order = tree.args.get("order")
    first = order.expressions[0] if order else None
    by = resolve(first.this, tree) if isinstance(first, exp.Ordered) else None
    groups = [resolve(e, tree) for e in grouping(tree)]
    whose = subject(tree, scope, [item.unalias() for item in measures(tree, groups)])
    lead = preposition(tree.selects)
    periods = kept_periods(tests, scope)
    shown = [c for item in tree.selects for c in item.find_all(exp.Column)]
    inside = [t for found in periods if found.column in shown for t in found.tests]
    return Outline(
        tuple(value(item, scope) for item in tree.selects),
        "" if "[" in whose else whose,
        filtered(tests, scope, lead),
        filtered([t for t in tests if not any(t is i for i in inside)], scope, lead),
        filtered(kept(tree), scope),
        max((found.start for found in periods), default=None),
        min((found.end for found in periods), default=None),
        things(tree, scope),
        say(by, scope) if by is not None else "",
        said_order(tree, scope),
        kind(by, scope) if by is not None and first is not None and not first.args.get("nulls_first") else "",
        bool(first is not None and first.args.get("desc")),
        cut,
        top is not None or bool(tree.args.get("limit")),
        bool(grouping(tree)),
    )


def things(tree: exp.Select, scope: Scope) -> str:
    """What each row of a query without grouping is: a row of its one table, or of the table that all its names are of and that no join repeats."""
    groups = [resolve(e, tree) for e in grouping(tree)]
    shown = [item.unalias() for item in tree.selects]
    if groups:
        owner = entity([g for g in groups if g not in shown], scope) or entity(groups, scope)
        return noun.plural(owner.noun) if owner is not None else ""
    if tree.args.get("distinct") or any(e.find(exp.AggFunc) for e in shown) or not scope.places:
        return ""
    place = scope.places[0] if len(scope.places) == 1 else scope.many
    return noun.plural(place.noun) if place is not None and place.name else ""


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
        figure.short(item, scope),
        covers(node, scope),
    )


def covers(node: exp.Expr, scope: Scope) -> tuple[date, date] | None:
    """The first and the last day that the data of the one date in ``node`` surely hold; None where nothing is known of them.

    Data that end on a Friday, or within a few of their usual gaps from the end of a month, hold that month: both ends are widened by that much.
    """
    columns = list(dict.fromkeys(node.find_all(exp.Column)))
    known = scope.column(columns[0]) if len(columns) == 1 else None
    seen = known.statistics if known is not None and known.type in {"date", "timestamp"} else None
    if seen is None or not isinstance(seen.minimum, date) or not isinstance(seen.maximum, date):
        return None
    low, high = (v.date() if isinstance(v, datetime) else v for v in (seen.minimum, seen.maximum))
    slack = timedelta(days=max(WEEKEND, GAPS * (high - low).days // max(seen.distinct - 1, 1)))
    return low - min(slack, low - date.min), high + min(slack, date.max - high)
