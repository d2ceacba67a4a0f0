"""A filter as phrases: ``in Q3 2011``, ``in Germany``, ``for genre Rock``, ``with items above 5``; what has no such form follows "where"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.condition import (
    LIKES,
    TIMES,
    all_of,
    conjuncts,
    day,
    ends,
    operand,
    pattern,
    period,
    plain,
    turned,
    unguarded,
)
from aiser_jupyter.ask.restate.expression import kind, rows
from aiser_jupyter.ask.restate.join import joined, many_side, matches
from aiser_jupyter.ask.restate.key import alone, label, timed
from aiser_jupyter.ask.restate.say import say, words
from aiser_jupyter.ask.restate.scope import read
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.restate.scope import Scope

FOR, PLACE, TIME, WITH, WITHOUT = range(5)
PLACES = {"country": "", "continent": ""} | {
    p: f"the {p} of " for p in ("city", "town", "state", "region", "province", "county", "district")
}
COMPARED = {exp.EQ: "", exp.NEQ: "other than ", exp.GT: "above ", exp.GTE: "of at least ", exp.LT: "below ", exp.LTE: "of at most "}
COUNTED = {exp.EQ: "exactly", exp.NEQ: "other than", exp.GT: "more than", exp.GTE: "at least", exp.LT: "fewer than", exp.LTE: "at most"}
MATCHED = {"contains": "containing", "starts with": "starting with", "ends with": "ending with"}

Phrase = tuple[int, str]


def filtered(tests: Sequence[exp.Expr], scope: Scope, lead: str = "with") -> str:
    """Tests that must all hold, as `` for genre Rock in Germany in Q3 2011 with items above 5, where …``; empty where there are none.

    The name of a column is left out only where the catalog shows that no other in sight could be meant. ``lead`` goes before a text column.
    """
    slots: tuple[list[str], ...] = ([], [], [], [], [])
    rest = []
    for test in merged(tests):
        found = spanned(*test, scope) if isinstance(test, tuple) else phrased(test, scope, lead)
        if found is None:
            rest.extend(test if isinstance(test, tuple) else [test])
        else:
            slots[found[0]].append(found[1])
    said = f" for {phrase.listing(slots[FOR])}" if slots[FOR] else ""
    said += "".join(f" {p}" for p in (*slots[PLACE], *slots[TIME]))
    said += f" with {phrase.listing(slots[WITH])}" if slots[WITH] else ""
    said += f" without {phrase.listing(slots[WITHOUT], 'or')}" if slots[WITHOUT] else ""
    return said + (f"{',' if slots[WITH] or slots[WITHOUT] else ''} where {all_of(rest, scope)}" if rest else "")


@words(exp.Where)
def _where(node: exp.Where, scope: Scope) -> str:
    """A test inside a figure: ``in 2024``, ``with state paid``, ``where shipped date is after required date``."""
    test = node.this.unnest()
    return filtered(list(test.flatten(unnest=False)) if isinstance(test, exp.And) else [test], scope).strip(" ,")


def merged(tests: Sequence[exp.Expr]) -> list[exp.Expr | tuple[exp.Expr, exp.Expr]]:
    """The tests, each half-open range of days as one pair."""
    left, found = list(tests), []
    while left:
        test = left.pop(0)
        other = next((t for t in left if period(test, t)), None)
        left = [t for t in left if t is not other]
        found.append(test if other is None else (test, other))
    return found


def spanned(one: exp.Expr, two: exp.Expr, scope: Scope) -> Phrase | None:
    """``in Q3 2011`` for a range of days of the one date in sight, else ``order date in Q3 2011``."""
    found = period(one, two)
    if found is None:
        return None
    return (TIME, found[1]) if timed(found[0], scope) else (WITH, f"{say(found[0], scope)} {found[1]}")


@dataclass(frozen=True)
class Kept:
    """The days from ``start`` to before ``end`` that tests keep of a column."""

    column: exp.Expr
    tests: tuple[exp.Expr, ...]
    start: date
    end: date


def kept_periods(tests: Sequence[exp.Expr], scope: Scope) -> list[Kept]:
    """The periods that tests keep: ranges of days, and years."""
    found = []
    for test in merged(tests):
        if isinstance(test, tuple):
            if days := ends(*test):
                found.append(Kept(days[0], test, days[1], days[2]))
            continue
        values = test.expressions if isinstance(test, exp.In) else [test.right] if isinstance(test, exp.EQ) else []
        left = test.this if values else None
        column = year(left, values) if left is not None and say(left, scope).startswith("year of ") else None
        if column is not None:
            years = [int(v.name) for v in values]
            found.append(Kept(column, (test,), date(min(years), 1, 1), date(max(years) + 1, 1, 1)))
    return found


def phrased(test: exp.Expr, scope: Scope, lead: str) -> Phrase | None:
    """One test as a phrase; None where it has no such form."""
    negated = isinstance(test, exp.Not)
    inside = test.this.unnest() if negated else test
    if isinstance(inside, exp.In):
        return owned(inside, scope, negated=negated) or among(inside, scope, lead, negated=negated)
    if isinstance(test, exp.Like) and isinstance(test.this, exp.Column) and (found := pattern(test)):
        return WITH, f"{say(test.this, scope)} {MATCHED[LIKES[found[0]]]} {phrase.quoted(found[1])}"
    if isinstance(test, exp.Is) and isinstance(test.this, exp.Column) and isinstance(test.expression, exp.Null):
        return WITHOUT, say(test.this, scope)
    return compared(test, scope, lead) if isinstance(test, exp.Binary) and type(test) in COMPARED else None


def compared(test: exp.Binary, scope: Scope, lead: str) -> Phrase | None:  # noqa: PLR0911  # one return a form of comparison
    """``above 5`` and its like; None where a side needs a bracket."""
    left, operator, right = turned(test)
    if isinstance(left, exp.Count) and isinstance(left.this, exp.Star) and is_value(right):
        return WITH, f"{COUNTED[operator]} {say(right, scope)} {rows(scope)}"
    if not is_left(left, scope):
        return None
    value = operand(right, scope)
    if operator is exp.EQ and is_extreme(left, right) and value.startswith("the "):
        return WITH, value
    if not is_value(right) and not (value.startswith("the ") and operator not in {exp.EQ, exp.NEQ}):
        return None
    if operator in {exp.EQ, exp.NEQ}:
        return equal(left, [right], [value], scope, lead, negated=operator is exp.NEQ)
    if operator in TIMES and (kind(left, scope) == "time" or day(right)):
        when = f"{'since' if operator is exp.GTE else TIMES[operator].removeprefix('is ')} {value}"
        return (TIME, when) if isinstance(left, exp.Column) and timed(left, scope) else (WITH, f"{say(left, scope)} {when}")
    return WITH, f"{say(left, scope)} {COMPARED[operator]}{value}"


def among(test: exp.In, scope: Scope, lead: str, *, negated: bool) -> Phrase | None:
    """``in USA or Canada`` for a list of values."""
    extra = any(v for k, v in test.args.items() if k not in {"this", "expressions"})
    if extra or not test.expressions or not all(is_value(e) for e in test.expressions) or not is_left(test.this, scope):
        return None
    return equal(test.this, test.expressions, [operand(e, scope) for e in test.expressions], scope, lead, negated=negated)


def owned(test: exp.In, scope: Scope, *, negated: bool) -> Phrase | None:
    """``with orders`` or ``without orders`` for a primary key that is, or is not, in the like-named column of another table."""
    query, column = test.args.get("query"), test.this
    table = scope.places[0].table if len(scope.places) == 1 and isinstance(column, exp.Column) and not scope.correlated else None
    if query is None or table is None or [c.name.casefold() for c in table.columns if c.primary] != [column.name.casefold()]:
        return None
    inner = unguarded(query.unnest())
    if not isinstance(inner, exp.Select) or not plain(inner, joins=True) or len(inner.selects) != 1:
        return None
    nested, selected = read(inner, scope), inner.selects[0]
    many = many_side(nested, inner) or (nested.places[0] if len(nested.places) == 1 else None)
    held = nested.local(selected) if isinstance(selected, exp.Column) else None
    if many is None or held is None or not held.name or held.table is table:
        return None
    # Where a column is called orders, "without orders" is a missing value of it.
    taken = any(phrase.words(c.name) == noun.plural(held.noun) for c in table.columns)
    if taken or selected.name.casefold() != column.name.casefold():
        return None
    nested = replace(nested, many=many)
    only = filtered([t for t in conjuncts(inner) if not matches(t, nested)], nested)
    if joined(inner, nested, [], counted=held is many):
        return None
    said = noun.plural(held.noun) + only
    return WITHOUT if negated else WITH, f"[{said}]" if " with" in only or " where " in only or "," in only else said


def equal(left: exp.Expr, nodes: Sequence[exp.Expr], values: list[str], scope: Scope, lead: str, *, negated: bool) -> Phrase:  # noqa: PLR0911  # one return a form of value
    """``in Germany``, ``in 2011``, ``for genre Rock`` or ``with items 5`` for a value that is one of ``values``."""
    value = phrase.listing(values, "and" if negated else "or")
    said, text = say(left, scope), all(isinstance(n, exp.Literal) and n.is_string and not day(n) for n in nodes)
    if not negated and said.startswith("year of ") and (cut := year(left, nodes)) is not None and timed(cut, scope):
        return TIME, f"in {phrase.listing([n.name for n in nodes], 'or')}"
    if not negated and text and said.startswith("name of the weekday of ") and timed(next(left.find_all(exp.Column)), scope):
        return TIME, f"on {value}"
    if not negated and (cuts := [first_day(said, day(n)) for n in nodes]) and all(cuts) and timed(next(left.find_all(exp.Column)), scope):
        return TIME, f"in {phrase.listing(cuts, 'or')}"
    if isinstance(left, exp.Column):
        known = scope.column(left)
        days = known is not None and known.type == "date" and all(len(day(n)) == 10 for n in nodes)
        if not negated and days and timed(left, scope):
            return TIME, f"on {value}"
        own = phrase.words(left.name)
        if text and own in PLACES and alone(left, scope, lambda c: phrase.words(c.name).endswith(own)):
            return PLACE, f"{'outside' if negated else 'in'} {PLACES[own]}{value}"
        place = scope.local(left)
        if text and place is not None and len(scope.places) > 1 and place is not scope.many and label(left, place, scope):
            return FOR, f"{noun.singular(place.noun)} {'other than ' if negated else ''}{value}"
    slot = FOR if text and lead == "for" and isinstance(left, exp.Column) else WITH
    return slot, f"{said} {'other than ' if negated else ''}{value}"


def first_day(said: str, written: str) -> str:
    """``Q1 2024`` or ``March 2024`` for the first day of a quarter or month to which ``said`` cuts; else empty."""
    grain, _, rest = said.partition(" of ")
    if not rest or grain not in ("quarter", "month") or len(written) != 10:
        return ""
    start = date.fromisoformat(written)
    if start.day != 1 or (grain == "quarter" and start.month % 3 != 1):
        return ""
    return f"Q{(start.month + 2) // 3} {start.year}" if grain == "quarter" else f"{start:%B} {start.year}"


def is_extreme(left: exp.Expr, right: exp.Expr) -> bool:
    """Whether ``right`` is a query of the largest or smallest of what ``left`` is."""
    query = right.this if isinstance(right, exp.Subquery) else None
    best = query.selects[0].unalias() if isinstance(query, exp.Select) and len(query.selects) == 1 else None
    if not isinstance(best, exp.Max | exp.Min) or best.expressions:
        return False
    return best.this.sql().rpartition(".")[2].casefold() == left.sql().rpartition(".")[2].casefold()


def year(node: exp.Expr, values: Sequence[exp.Expr]) -> exp.Column | None:
    """The column whose year ``node`` is, where the values are years of the type it yields."""
    column = next(iter(node.find_all(exp.Column)), None)
    text = isinstance(node, exp.TimeToStr) or (isinstance(node, exp.Anonymous) and node.name.lower() == "strftime")
    fits = all(isinstance(v, exp.Literal) and v.is_string == text and v.name.isdecimal() and 1000 <= int(v.name) <= 9998 for v in values)
    return column if fits else None


def is_value(node: exp.Expr) -> bool:
    """Whether ``node`` is a literal, or a literal day."""
    if isinstance(node, exp.Neg):
        node = node.this
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Cast) and bool(day(node)))


def is_left(node: exp.Expr, scope: Scope) -> bool:
    """Whether ``node`` is a value whose words need no bracket."""
    return isinstance(node, exp.Column) or (
        isinstance(node, exp.Func) and not isinstance(node, exp.Predicate) and "(" not in say(node, scope)
    )
