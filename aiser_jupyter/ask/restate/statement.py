"""A whole query in English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from aiser_jupyter.ask.restate import key as keyed
from aiser_jupyter.ask.restate import measure as figure
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.condition import conjuncts
from aiser_jupyter.ask.restate.expression import is_total
from aiser_jupyter.ask.restate.filter import filtered
from aiser_jupyter.ask.restate.join import joined, many_side, matches
from aiser_jupyter.ask.restate.ranked import unranked
from aiser_jupyter.ask.restate.say import raw, say, words
from aiser_jupyter.ask.restate.scope import Scope, read
from aiser_jupyter.ask.restate.window import ordering
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.restate.scope import Place
    from aiser_jupyter.catalog import Catalog

WORDED = frozenset(
    (
        "expressions",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "qualify",
        "order",
        "limit",
        "offset",
        "distinct",
        "with_",
        "operation_modifiers",
    )
)


def restate(sql: str, dialect: str, catalog: Catalog | None = None) -> str:
    """What ``sql`` computes, in one English phrase: ``Count of orders where country is Brazil, per month, largest first, top 5``.

    Made from the syntax tree only; ``catalog`` adds types (newest, largest, A to Z) and keys, along which joins go without saying. What has no
    words is shown as its SQL between guillemets, so nothing is left out. Never raises: a text that is no query comes back as it is.
    """
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError, IndexError):  # sqlglot runs off the end of SHOW ALL
        return f"The SQL as written: {sql}"
    if not isinstance(tree, exp.Query):
        return f"The statement: {tree.sql(dialect=dialect, comments=False, unsupported_level=ErrorLevel.IGNORE)}"
    return phrase.upper_first(say(tree, Scope(dialect, catalog)))


@words(exp.Subquery)
def _nested(node: exp.Subquery, scope: Scope) -> str:
    if above := _above(node):
        return above
    inner = say(node.this, scope)
    scalar = (
        isinstance(node.this, exp.Select)
        and not any(v for k, v in node.this.args.items() if k not in {"expressions", "from_"})
        and len(inner.split()) < 10
    )
    return f"the {inner}" if scalar and isinstance(node.this.selects[0].unalias(), exp.AggFunc) else f"[{inner}]"


def _above(node: exp.Subquery) -> str:
    """``reports to: first name`` for a nested query that only looks up the row which a key of the same table points to; else empty."""
    inner = node.this
    source = inner.args.get("from_") if isinstance(inner, exp.Select) else None
    test = inner.args["where"].this if source is not None and inner.args.get("where") else None
    if source is None or not isinstance(test, exp.EQ) or not source.this.alias.endswith("_above") or len(inner.selects) != 1:
        return ""
    column, key = inner.selects[0], test.right
    return (
        f"{phrase.words(key.name)}: {phrase.words(column.name)}" if isinstance(column, exp.Column) and isinstance(key, exp.Column) else ""
    )


@words(exp.Union, exp.Intersect, exp.Except)
def _compound(node: exp.SetOperation, scope: Scope) -> str:
    one, two = (f"[{say(side.unnest(), scope)}]" for side in (node.left, node.right))
    repeats = "" if node.args.get("distinct", True) else ", repeats kept"
    if isinstance(node, exp.Union):
        said = f"rows of {one} together with {two}{repeats}"
    elif isinstance(node, exp.Intersect):
        said = f"rows found both in {one} and in {two}{repeats}"
    else:
        said = f"rows of {one} that are not in {two}{repeats}"
    return defined(node, scope) + said + tail(node, scope, alone="")


@words(exp.Select)
def select(node: exp.Select, around: Scope) -> str:
    """Measures, tables, filter, grouping, order and cut of a SELECT, in that order."""
    nested = isinstance(node.parent, exp.Subquery | exp.CTE)  # its names are used outside, so none is left out
    node, top = unranked(node)
    scope = read(node, around)
    scope = replace(scope, many=many_side(scope, node))
    tests, keys = conditions(node, scope)
    groups = [resolve(e, node) for e in grouping(node)]
    listed = node.selects if nested else measures(node, groups)
    names = list(dict.fromkeys(called(item, scope) for item in listed))
    link = joined(node, scope, keys, counted=any(counts(e) for e in [*listed, *kept(node)]))
    said = distinct(node, scope, phrase.listing(names or ["nothing"])) + subject(node, scope, listed) + link
    only = filtered(tests, scope, preposition(listed))
    said += ("," if link and only else "") + only
    said += per(node, scope, groups, close=not link and len(names) == 1 and " with " not in only and " where " not in only)
    said += f", keeping only those{filtered(kept(node), scope)}" if node.args.get("having") else ""
    if held := node.args.get("qualify"):
        said += f", keeping only rows where {say(unaliased(held.this, node), scope)}"
    shown = [g for g in groups if any(item.unalias() == g for item in node.selects)]
    said += tail(
        node, scope, alone=say(listed[0].unalias(), scope) if len(names) == 1 else "", each=say(shown[0], scope) if len(shown) == 1 else ""
    )
    if top is not None:
        said += f", {'only place' if top.alone else 'top'} {top.count}{' within each ' + phrase.listing([say(e, scope) for e in top.within]) if top.within else ''}, ties included"
    return defined(node, around) + said + leftovers(node, scope)


def measures(node: exp.Select, groups: list[exp.Expr]) -> list[exp.Expr]:
    """The selected values that are named first: all, or without the keys where each key is selected and said by "per"."""
    shown = [item.unalias() for item in node.selects]
    plain = [e for e in shown if not e.find(exp.AggFunc)]
    if plain == shown or not plain or not set(plain) <= set(groups):
        return node.selects
    return [item for item in node.selects if item.unalias() not in groups]


def distinct(node: exp.Select, scope: Scope, said: str) -> str:
    """``distinct`` before the selected values, with the columns it is on."""
    clause = node.args.get("distinct")
    if clause is None:
        return said
    on = clause.args.get("on")
    return f"distinct {said}" + (f" (the first for each {phrase.listing([say(e, scope) for e in on.expressions])})" if on else "")


def per(node: exp.Select, scope: Scope, groups: list[exp.Expr], *, close: bool) -> str:
    """`` per country``, after a comma unless ``close``; keys without any aggregate only make rows unique."""
    if not groups:
        return ""
    plain = [e for e in (item.unalias() for item in node.selects) if not e.find(exp.AggFunc)]
    if len(plain) == len(node.selects) and set(plain) == set(groups):
        return ", one row each"
    shown = [g for g in groups if g in plain]
    if not shown or set(plain) - set(groups):
        return f"{'' if close else ','} per {phrase.listing([say(g, scope) for g in groups])}{'' if plain else ' (not shown)'}"
    return f"{'' if close else ','} per {keyed.keys(shown, [g for g in groups if g not in plain], scope)}"


def leftovers(node: exp.Select, scope: Scope) -> str:
    """Clauses that have no words, as SQL."""
    rest = [v for k, v in node.args.items() if k not in WORDED and v]
    parts = [r for part in rest for r in (part if isinstance(part, list) else [part]) if isinstance(r, exp.Expr)]
    return "".join(f", and by a clause: {raw(r, scope)}" for r in parts)


def called(item: exp.Expr, scope: Scope) -> str:
    """A selected value; inside a nested query also the name that the outer one uses for it."""
    around = item.parent_select.parent if item.parent_select else None
    nested = isinstance(around, exp.CTE) or (isinstance(around, exp.Subquery) and isinstance(around.parent, exp.From | exp.Join))
    said = say(item.unalias(), scope) if nested else figure.measure(item, scope)
    if isinstance(item.unalias(), exp.Predicate):
        said = f"whether {said}"
    named = nested and isinstance(item, exp.Alias) and phrase.words(item.alias) != said
    return f"{said} (called {phrase.words(item.alias)})" if named else said


def counts(node: exp.Expr) -> bool:
    """Whether a value counts whole rows, so that its words name the table."""
    return any(isinstance(c.this, exp.Star) for c in node.find_all(exp.Count))


def totals(node: exp.Expr, scope: Scope) -> bool:
    """Whether a value is the sum of a column called ``total``, whose words name the table."""
    return any(is_total(s.this, scope) for s in node.find_all(exp.Sum))


def preposition(listed: Sequence[exp.Expr]) -> str:
    """What goes before the value of a text column: amounts are for it, rows are with it."""
    return "for" if any(item.find(exp.Sum, exp.Avg) for item in listed) else "with"


def kept(node: exp.Select) -> list[exp.Expr]:
    """The tests of HAVING, with the names of selected values replaced by the values."""
    held = node.args.get("having")
    test = unaliased(held.this, node) if held is not None else None
    return [] if test is None else list(test.flatten(unnest=False)) if isinstance(test, exp.And) else [test]


def subject(node: exp.Select, scope: Scope, listed: list[exp.Expr]) -> str:
    """`` of orders``, unless a count already says it or columns carry their table."""
    if not scope.places:
        return ""
    if len(scope.places) == 1:
        place = scope.places[0]
        source = place.query
        if source is not None:
            return f" of [{say(source, scope.outer or scope)}]"
        if not place.name and isinstance(node.args["from_"].this, exp.Table) and isinstance(node.args["from_"].this.this, exp.Identifier):
            return f" of {place.noun}"
        if not place.name:
            return f" of {raw(node.args['from_'].this, scope)}"
        rows = noun.plural(place.noun)
        named = any(counts(e) or totals(e, scope) for e in listed) or all(evident(e, place, scope) for e in listed)
        return "" if named or all(f" {rows} " in f" {say(e.unalias(), scope)} " for e in listed) else f" of {rows}"
    return ""


def evident(node: exp.Expr, place: Place, scope: Scope) -> bool:
    """Whether a figure needs no table's name: it is of business, or there is but one table, and no other table has such a column."""
    column = next(iter(node.find_all(exp.Column)), None)
    if scope.catalog is None or column is None or not node.find(exp.AggFunc) or node.find(exp.Count):
        return False
    own = phrase.words(column.name)
    others = [t for t in scope.catalog.tables if t is not place.table]
    return not any(phrase.words(c.name) == own for t in others for c in t.columns) and (not others or figure.business(own))


def grouping(node: exp.Select) -> list[exp.Expr]:
    """The keys of GROUP BY; all plain columns for GROUP BY ALL."""
    group = node.args.get("group")
    if group is None:
        return []
    if group.args.get("all"):
        return [item.unalias() for item in node.selects if not item.find(exp.AggFunc)]
    special = [e for key in ("rollup", "cube", "grouping_sets") for e in group.args.get(key) or []]
    return [*group.expressions, *special]


def resolve(key: exp.Expr, node: exp.Query) -> exp.Expr:
    """The selected value that an ordinal or an alias stands for."""
    items = node.selects
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit() and 1 <= int(key.name) <= len(items):
        return items[int(key.name) - 1].unalias()
    if isinstance(key, exp.Column) and not key.table and isinstance(node, exp.Select):
        return next((i.this for i in items if isinstance(i, exp.Alias) and i.alias.casefold() == key.name.casefold()), key)
    return key


def unaliased(test: exp.Expr, node: exp.Select) -> exp.Expr:
    """A condition with the names of selected values replaced by the values."""
    return test.copy().transform(lambda part: resolve(part, node).copy() if isinstance(part, exp.Column) else part)


def conditions(node: exp.Select, scope: Scope) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The tests of WHERE, and apart from them those that only join two tables along their key."""
    tests = conjuncts(node)
    keys = [t for t in tests if len(scope.places) > 1 and matches(t, scope)]
    return [t for t in tests if not any(t is k for k in keys)], keys


def tail(node: exp.Query, scope: Scope, *, alone: str, each: str = "") -> str:
    """Order, limit and offset; a figure that the query names goes by that name."""
    said = ""
    order, limit, offset = node.args.get("order"), node.args.get("limit"), node.args.get("offset")
    if order:
        ordered = order.copy()
        for key in ordered.expressions:
            if isinstance(key, exp.Ordered):
                key.set(
                    "this", unaliased(resolve(key.this, node), node) if isinstance(node, exp.Select) else resolve(key.this, node).copy()
                )
        named = {say(i.unalias(), scope): name for i in node.selects if isinstance(node, exp.Select) and (name := figure.called(i))}
        said += f", {ordering(ordered, scope, alone=alone, per=each, named=named)}"
    if offset:
        said += f", after the first {say(offset.expression, scope)}"
    if limit:
        count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
        ties = limit.args.get("limit_options") or (limit.args.get("expressions") if isinstance(limit, exp.Limit) else None)
        size = say(count, scope) if count is not None else "1"
        said += f", {raw(limit, scope)}" if ties else f", {'top' if order else 'any'} {size}"
    return said


def defined(node: exp.Query, scope: Scope) -> str:
    """``with sales as [...]: `` for each named query before the main one."""
    ctes = node.args.get("with_")
    if ctes is None:
        return ""
    said = [f"{phrase.words(c.alias)} as [{say(c.this, scope)}]" for c in ctes.expressions]
    return f"with {'; '.join(said)}: "
