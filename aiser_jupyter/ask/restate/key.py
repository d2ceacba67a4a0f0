"""What rows are grouped by, in as few words as the catalog shows to be enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.say import say
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiser_jupyter.ask.restate.scope import Place, Scope
    from aiser_jupyter.catalog import Column

GRAINS = ("year", "quarter", "month", "week", "day")
PERSON = ["first name", "last name"]


def alone(column: exp.Column, scope: Scope, like: Callable[[Column], bool]) -> bool:
    """Whether ``column`` is the only one of that likeness among the tables of its query, each of them in the catalog."""
    place = scope.local(column)
    if place is None or scope.correlated or any(p.table is None for p in scope.places):
        return False
    found = [(p, c.name) for p in scope.places if p.table is not None for c in p.table.columns if like(c)]
    return len(found) == 1 and found[0][0] is place and found[0][1].casefold() == column.name.casefold()


def timed(node: exp.Expr, scope: Scope) -> bool:
    """Whether ``node`` is the one date in sight, or the one that carries its table's name (the order date of orders): a period alone means it."""
    if not isinstance(node, exp.Column) or scope.correlated or any(p.table is None for p in scope.places):
        return False
    own = [
        (p, c.name.casefold())
        for p in scope.places
        if p.table is not None
        for c in p.table.columns
        if c.type in {"date", "timestamp"}
        and phrase.words(c.name) in {f"{noun.singular(p.noun)} {w}" for w in ("date", "time", "timestamp")}
    ]
    if len(own) == 1:
        return own[0][0] is scope.local(node) and own[0][1] == node.name.casefold()
    return alone(node, scope, lambda c: c.type in {"date", "timestamp"})


def label(column: exp.Column, place: Place, scope: Scope) -> bool:
    """Whether ``column`` is what a row of its table is called, and no column in sight goes by the table's own noun."""
    if place.table is None or any(p.table is None for p in scope.places):
        return False
    owner = noun.singular(place.noun)
    if any(phrase.words(c.name) == owner for p in scope.places if p.table is not None for c in p.table.columns):
        return False
    named = [w for c in place.table.columns if (w := phrase.words(c.name)).endswith(("name", "title"))]
    own = phrase.words(column.name)
    return own in named and (own in {"name", "title", f"{owner} name"} or len(named) == 1)


def keys(shown: Sequence[exp.Expr], apart: Sequence[exp.Expr], scope: Scope) -> str:
    """The keys of a grouping: ``genre`` for a table's rows by its primary key, ``month`` for that of the one date in sight.

    ``shown`` are the keys among the result's columns, ``apart`` those that only tell rows apart.
    """
    owned = [(e, [k for k in shown if isinstance(k, exp.Column) and scope.local(k) is e]) for e in entities(apart, scope)]
    if not owned or not all(mine for _, mine in owned):
        told = f" (told apart by {phrase.listing([say(k, scope) for k in apart])})" if apart else ""
        return phrase.listing([key(k, scope) for k in shown]) + told
    said = []
    for each in shown:
        found = next(((e, mine) for e, mine in owned if any(each is k for k in mine)), None)
        if found is None:
            said.append(key(each, scope))
        elif each is found[1][0]:
            said.append(row(found[0], found[1], scope))
    return phrase.listing(said)


def row(owner: Place, mine: Sequence[exp.Column], scope: Scope) -> str:
    """A row of a table, by the columns that show it: ``genre`` by its name, ``customer (email)`` by another."""
    own = [phrase.words(k.name) for k in mine]
    called = own == PERSON or (len(mine) == 1 and label(mine[0], owner, scope))
    return noun.singular(owner.noun) + ("" if called else f" ({phrase.listing(own)})")


def entities(apart: Sequence[exp.Expr], scope: Scope) -> list[Place]:
    """The tables whose primary keys ``apart`` are; empty where some key is of none."""
    places = [scope.local(k) if isinstance(k, exp.Column) else None for k in apart]
    found = [p for i, p in enumerate(places) if p is not None and not any(p is q for q in places[:i])]
    whole = all(entity([k for k, q in zip(apart, places, strict=True) if q is p], scope) is p for p in found)
    return found if whole and None not in places else []


def entity(apart: Sequence[exp.Expr], scope: Scope) -> Place | None:
    """The table whose primary key ``apart`` is; None where it is none."""
    places = [scope.local(k) if isinstance(k, exp.Column) else None for k in apart]
    place = places[0] if places else None
    if place is None or place.table is None or any(p is not place for p in places):
        return None
    primary = {c.name.casefold() for c in place.table.columns if c.primary}
    return place if {k.name.casefold() for k in apart} == primary else None


def key(node: exp.Expr, scope: Scope) -> str:
    """One key: ``month`` where only one date could be meant, else its words."""
    said = say(node, scope)
    columns = list(dict.fromkeys(node.find_all(exp.Column)))
    grain = said.partition(" of ")[0]
    short = grain in GRAINS and len(columns) == 1 and said == f"{grain} of {scope.name(columns[0])}" and timed(columns[0], scope)
    return grain if short else said
