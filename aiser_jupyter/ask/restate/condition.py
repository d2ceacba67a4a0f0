"""Conditions in English."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.expression import kind
from aiser_jupyter.ask.restate.join import joined, matches
from aiser_jupyter.ask.restate.say import raw, say, words
from aiser_jupyter.ask.restate.scope import read
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.ask.restate.scope import Scope

COMPARISONS = {
    exp.EQ: ("is", "is not"),
    exp.NEQ: ("is not", "is"),
    exp.GT: ("is more than", "is not more than"),
    exp.GTE: ("is at least", "is not at least"),
    exp.LT: ("is less than", "is not less than"),
    exp.LTE: ("is at most", "is not at most"),
}
TIMES = {exp.GT: "is after", exp.GTE: "is on or after", exp.LT: "is before", exp.LTE: "is on or before"}
LIKES = {(True, True): "contains", (False, True): "starts with", (True, False): "ends with"}
NEGATED = {"contains": "does not contain", "starts with": "does not start with", "ends with": "does not end with"}


@words(*COMPARISONS)
def _comparison(node: exp.Binary, scope: Scope) -> str:
    left, operator, right = turned(node)
    verb = TIMES[operator] if operator in TIMES and (kind(left, scope) == "time" or bool(day(right))) else COMPARISONS[operator][0]
    return f"{say(left, scope)} {verb} {operand(right, scope)}"


def turned(node: exp.Binary) -> tuple[exp.Expr, type[exp.Expr], exp.Expr]:
    """The two sides of a comparison and its operator, a literal on the right."""
    left, right, operator = node.left, node.right, type(node)
    if isinstance(left, exp.Literal) and not isinstance(right, exp.Literal):
        flipped = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}.get(operator, operator)
        return right, flipped, left
    return left, operator, right


def operand(node: exp.Expr, scope: Scope) -> str:
    """The right side of a comparison: a day in words, a nested query in brackets, or a value."""
    if isinstance(node, exp.Cast) and (found := day(node)):
        return phrase.day(found) or say(node, scope)
    return say(node, scope)


def day(node: exp.Expr) -> str:
    """The ISO text of a literal that is a day or moment, cast or bare; empty for anything else."""
    inner = node.this if isinstance(node, exp.Cast | exp.Date | exp.TsOrDsToDate | exp.TsOrDsToTimestamp) and not node.expressions else node
    return inner.name if isinstance(inner, exp.Literal) and inner.is_string and phrase.day(inner.name) else ""


@words(exp.And)
def _conjunction(node: exp.And, scope: Scope) -> str:
    return all_of(list(node.flatten(unnest=False)), scope)


def all_of(tests: list[exp.Expr], scope: Scope) -> str:
    """Tests that must all hold; a half-open range of days becomes its period."""
    said, used = [], set()
    for index, test in enumerate(tests):
        if index in used:
            continue
        for other in range(index + 1, len(tests)):
            if other not in used and (together := span(test, tests[other], scope)):
                said.append(together)
                used.add(other)
                break
        else:
            inner = say(test, scope)
            said.append(f"({inner})" if isinstance(test, exp.Or) and len(tests) > 1 else inner)
    return " and ".join(said)


def span(one: exp.Expr, two: exp.Expr, scope: Scope) -> str:
    """``order date is in Q3 2026`` for ``>=`` the first day and ``<`` the day after the last; else empty."""
    found = period(one, two)
    return f"{say(found[0], scope)} is {found[1]}" if found else ""


def ends(one: exp.Expr, two: exp.Expr) -> tuple[exp.Expr, date, date] | None:
    """The value that ``>=`` a day and ``<`` another is between, with the first day in and the first day out; None for other tests."""
    if isinstance(one, exp.LT) and isinstance(two, exp.GTE):
        one, two = two, one
    if not (isinstance(one, exp.GTE) and isinstance(two, exp.LT) and one.left == two.left):
        return None
    start, end = day(one.right), day(two.right)
    if len(start) != 10 or len(end) != 10 or start >= end:
        return None
    return one.left, date.fromisoformat(start), date.fromisoformat(end)


def period(one: exp.Expr, two: exp.Expr) -> tuple[exp.Expr, str] | None:
    """The value that two tests keep within a period, and ``in Q3 2026``, ``on 5 Oct 2026`` or ``from 1 Jul to 30 Aug 2026``."""
    found = ends(one, two)
    if found is None:
        return None
    value, start, end = found
    said = dates.period(start, end - timedelta(days=1))
    return value, f"{'from' if ' to ' in said else 'on' if said[0].isdigit() and ' ' in said else 'in'} {said}"


@words(exp.Or)
def _disjunction(node: exp.Or, scope: Scope) -> str:
    said = []
    for test in node.flatten(unnest=False):
        inner = say(test, scope)
        said.append(f"({inner})" if isinstance(test, exp.And) else inner)
    return " or ".join(said)


@words(exp.Not)
def _negation(node: exp.Not, scope: Scope) -> str:
    inner = node.this.unnest()
    if isinstance(inner, exp.Is):
        return _is_(inner, scope, negated=True)
    if isinstance(inner, exp.In):
        return _among(inner, scope, negated=True)
    if isinstance(inner, exp.Like | exp.ILike):
        return _like(inner, scope, negated=True)
    if isinstance(inner, exp.Exists):
        return _exists(inner, scope, negated=True)
    if isinstance(inner, exp.Between):
        return _between(inner, scope, negated=True)
    return f"not ({say(inner, scope)})"


@words(exp.Is)
def _is_(node: exp.Is, scope: Scope, *, negated: bool = False) -> str:
    return f"{say(node.this, scope)} is {'not ' if negated else ''}{say(node.expression, scope)}"


@words(exp.Between)
def _between(node: exp.Between, scope: Scope, *, negated: bool = False) -> str:
    low, high = operand(node.args["low"], scope), operand(node.args["high"], scope)
    return f"{say(node.this, scope)} is {'not ' if negated else ''}between {low} and {high}"


@words(exp.Like, exp.ILike)
def _like(node: exp.Like | exp.ILike, scope: Scope, *, negated: bool = False) -> str:
    anycase = ", in any case" if isinstance(node, exp.ILike) else ""
    if not isinstance(node.expression, exp.Literal):
        return f"{say(node.this, scope)} {'does not match' if negated else 'matches'} {say(node.expression, scope)}{anycase}"
    found = pattern(node)
    if found is None:
        verb, shown = ("does not match" if negated else "matches"), f"the pattern “{node.expression.name}”"
    else:
        verb = LIKES[found[0]]
        verb, shown = NEGATED[verb] if negated else verb, phrase.quoted(found[1])
    return f"{say(node.this, scope)} {verb} {shown}{anycase}"


def pattern(node: exp.Like | exp.ILike) -> tuple[tuple[bool, bool], str] | None:
    """Whether anything may stand before and after the fixed part of a pattern, and that part; None for any other pattern."""
    text = node.expression.name if isinstance(node.expression, exp.Literal) else ""
    core, free = text.strip("%"), (text.startswith("%"), text.endswith("%"))
    plain = core and not set(core) & set("%_\\") and any(free) and core == text[free[0] : len(text) - free[1]]
    return (free, core) if plain else None


@words(exp.In)
def _among(node: exp.In, scope: Scope, *, negated: bool = False) -> str:
    left = say(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        inner = unguarded(query.unnest())  # a missing value is equal to none
        short = appears(node.this, inner, scope, negated=negated) or one_of(node.this, inner, scope, negated=negated)
        return short or f"{left} is {'not among' if negated else 'among'} [{say(inner, scope)}]"
    if any(v for k, v in node.args.items() if k not in {"this", "expressions"}) or not node.expressions:
        return f"{'not ' if negated else ''}{raw(node, scope)}"
    values = [operand(e, scope) for e in node.expressions]
    if len(values) == 1:
        return f"{left} is {'not ' if negated else ''}{values[0]}"
    return f"{left} is {'none of ' if negated else ''}{phrase.listing(values, 'and' if negated else 'or')}"


def unguarded(query: exp.Query) -> exp.Query:
    """A query without the test that keeps NOT IN from failing on a missing value."""
    if not isinstance(query, exp.Select) or len(query.selects) != 1:
        return query
    guard = exp.Not(this=exp.Is(this=query.selects[0].copy(), expression=exp.Null()))
    tests = conjuncts(query)
    kept = [t.copy() for t in tests if t != guard]
    if len(kept) == len(tests):
        return query
    found = query.copy()
    found.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    return found


def appears(column: exp.Expr, inner: exp.Query, scope: Scope, *, negated: bool) -> str:
    """``artist id does not appear in albums`` where a plain query selects a column of the same name; else empty."""
    if not (isinstance(inner, exp.Select) and isinstance(column, exp.Column) and plain(inner) and len(inner.selects) == 1):
        return ""
    selected, nested = inner.selects[0], read(inner, scope)
    if (
        not isinstance(selected, exp.Column)
        or selected.name.casefold() != column.name.casefold()
        or len(nested.places) != 1
        or not nested.places[0].name
    ):
        return ""
    rows, tests = noun.plural(nested.places[0].noun), conjuncts(inner)
    return f"{say(column, scope)} {'does not appear' if negated else 'appears'} in {f'[{rows} where {all_of(tests, nested)}]' if tests else rows}"


def one_of(column: exp.Expr, inner: exp.Query, scope: Scope, *, negated: bool) -> str:
    """``reports to is one of the employees with last name Buchanan``, or ``employee id is the reports to of one of …``, for rows of one table; else empty."""
    if not (isinstance(inner, exp.Select) and isinstance(column, exp.Column) and plain(inner) and len(inner.selects) == 1):
        return ""
    selected, nested = inner.selects[0], read(inner, scope)
    table = nested.places[0].table if len(nested.places) == 1 else None
    if not isinstance(selected, exp.Column) or table is None or nested.correlated:
        return ""
    rows, tests = noun.plural(nested.places[0].noun), conjuncts(inner)
    only = f" {say(exp.Where(this=exp.and_(*(t.copy() for t in tests))), nested)}" if tests else ""
    key = [c.name.casefold() for c in table.columns if c.primary] == [selected.name.casefold()]
    of = "" if key else f"the {phrase.words(selected.name)} of "
    said = f"{say(column, scope)} is {'none of' if negated and key else 'not' if negated else 'one of' if key else ''}".rstrip()
    return f"{said} {of}{'the ' if key else 'any of the '}{rows}{only}"


@words(exp.Exists)
def _exists(node: exp.Exists, scope: Scope, *, negated: bool = False) -> str:
    inner = node.this.unnest()
    there = "there is no" if negated else "there is a"
    if isinstance(inner, exp.Select) and plain(inner, joins=True) and inner.args.get("from_"):
        nested = read(inner, scope)
        tests = [t for t in conjuncts(inner) if not matches(t, nested)]
        first = nested.places[0]
        said = f"{there} {noun.singular(first.noun) if first.name else 'row'}{joined(inner, nested, [], counted=True)}"
        return said + (f" (with {all_of(tests, nested)})" if tests else "")
    return f"{there} row in {say(node.this, scope)}"


def conjuncts(select: exp.Select) -> list[exp.Expr]:
    """The tests of a WHERE that must all hold."""
    where = select.args.get("where")
    if where is None:
        return []
    return list(where.this.flatten(unnest=False)) if isinstance(where.this, exp.And) else [where.this]


def plain(select: exp.Select, *, joins: bool = False) -> bool:
    """Whether a query is but a table, perhaps joined, and a condition."""
    return not any(v for k, v in select.args.items() if k not in {"expressions", "from_", "where"} and not (joins and k == "joins"))


@words(exp.RegexpLike)
def _regular(node: exp.RegexpLike, scope: Scope) -> str:
    flag = node.args.get("flag")
    return raw(node, scope) if flag is not None else f"{say(node.this, scope)} matches the regular expression {say(node.expression, scope)}"


@words(exp.Xor, exp.NullSafeEQ, exp.NullSafeNEQ)
def _special(node: exp.Binary, scope: Scope) -> str:
    return f"by a condition: {raw(node, scope)}"
