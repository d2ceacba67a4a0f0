"""Joins: those along a key go without saying, all others are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.path import between
from aiser_jupyter.ask.restate.say import raw, say
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.restate.scope import Place, Scope
    from aiser_jupyter.catalog import Key

OUTER = {"LEFT": "also without matching", "FULL": "also those without a match on either side, with", "RIGHT": "and all of"}
KEY_ENDINGS = ("id", "key", "code", "no")
FURTHER = frozenset(("match_condition", "expressions", "pivots"))


def joined(node: exp.Select, scope: Scope, keys: Sequence[exp.Expr], *, counted: bool = False) -> str:
    """What the joins of ``node`` do that its columns do not already say.

    ``keys`` are join tests that stood in WHERE; ``counted`` says that a count names its rows.
    """
    joins = node.args.get("joins") or []
    if not joins:
        return ""
    named = mentions(node, scope, counted=counted)
    via = [] if any(p is scope.places[0] for p in named) else [scope.places[0]]
    said = []
    for join, place in zip(joins, scope.places[1:], strict=True):
        special = kind_of(join, place, scope, keys)
        if special:
            said.append(special)
        elif place.query is not None or not any(p is place for p in named):
            via.append(place)
        said.extend(f"matched by {say(test, scope)}" for test in tests_of(join) if not matches(test, scope))
        said.extend(
            f"matched on {phrase.words(u.name)}" for u in join.args.get("using") or [] if not u.name.casefold().endswith(KEY_ENDINGS)
        )
        said.extend(f"by a clause: {raw(v, scope)}" for k, v in join.args.items() if k in FURTHER and isinstance(v, exp.Expr))
    silent = passed(joins, scope, named)
    via = [p for p in via if p.name.casefold() not in silent]
    if via:
        said.insert(0, f"via {phrase.listing([source(p, scope) for p in via])}")
    return "".join(f", {part}" for part in said)


def passed(joins: Sequence[exp.Join], scope: Scope, named: Sequence[Place]) -> frozenset[str]:
    """The tables that lie on the one shortest way between tables that the words name, each joined along its key."""
    tables = [p.name.casefold() for p in scope.places]
    steps = [pair for j in joins for t in tests_of(j) if matches(t, scope) and (pair := sides(t, scope))]
    plain = all(p.name for p in scope.places) and len(set(tables)) == len(tables) and len(steps) == len(joins)
    if scope.catalog is None or not plain:
        return frozenset()
    keys = [(k.table.casefold(), k.ref_table.casefold()) for k in scope.catalog.keys]
    return between([p.name.casefold() for p in named], [(a.name.casefold(), b.name.casefold()) for a, b in steps], keys)


def kind_of(join: exp.Join, place: Place, scope: Scope, keys: Sequence[exp.Expr]) -> str:
    """What a join does beyond matching rows; empty for an inner join on a condition."""
    other = source(place, scope)
    if join.args.get("method"):
        return f"with {other} matched on all common columns"
    if join.kind in {"SEMI", "ANTI"}:
        return f"{'with' if join.kind == 'SEMI' else 'without'} matching {other}"
    if join.side in OUTER:
        return f"{OUTER[join.side]} {other}"
    loose = not join.args.get("on") and not join.args.get("using") and not any(place is p for k in keys for p in sides(k, scope))
    return f"with every pairing of {other}" if loose else ""


def tests_of(join: exp.Join) -> list[exp.Expr]:
    """The tests of ON that must all hold."""
    on = join.args.get("on")
    return [] if on is None else list(on.flatten(unnest=False)) if isinstance(on, exp.And) else [on]


def source(place: Place, scope: Scope) -> str:
    """The plural of a table, or the nested query it is."""
    if place.query is not None:
        return f"[{say(place.query, scope.outer or scope)}]"
    return noun.plural(place.noun) if place.name else place.noun


def mentions(node: exp.Select, scope: Scope, *, counted: bool) -> list[Place]:
    """The tables that the words name: by a column outside the join conditions, or by what is counted."""
    found: list[Place] = []
    for column in node.find_all(exp.Column):
        if column.parent_select is node and not column.find_ancestor(exp.Join) and (place := scope.place(column)):
            test = column.parent
            if not (isinstance(test, exp.EQ) and isinstance(test.parent, exp.And | exp.Where) and matches(test, scope)):
                found.append(place)
    if counted:
        many = many_side(scope, node)
        found += [many] if many else scope.places
    return found


def many_side(scope: Scope, node: exp.Select) -> Place | None:
    """The table whose rows the joined rows are: all others are reached from it along keys towards the one side; None where there is no such table."""
    joins = node.args.get("joins") or []
    if (
        not joins
        or any(j.side or j.kind in {"SEMI", "ANTI"} or j.args.get("method") for j in joins)
        or any(not p.name for p in scope.places)
    ):
        return None
    tests = [t for j in joins for t in tests_of(j)]
    where = node.args.get("where")
    if where is not None:
        tests += where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    ones = [one for t in tests if (one := one_side(t, scope))]
    rest = [p for p in scope.places if not any(p is one for one in ones)]
    return rest[0] if len(rest) == 1 and len(ones) == len(scope.places) - 1 else None


def one_side(test: exp.Expr, scope: Scope) -> Place | None:
    """The table that a key equality points to: one row there for each row on the other side."""
    pair = sides(test, scope)
    if not pair or not isinstance(test, exp.EQ) or not matches(test, scope):
        return None
    for key in keys_between(pair, scope):
        return next((p for p in pair if p.name.casefold() == key.ref_table.casefold()), None) if len(key.columns) == 1 else None
    names = (test.left.name.casefold(), test.right.name.casefold())
    if names[0] != names[1]:
        return pair[names.index("id")] if "id" in names else None
    stem = phrase.words(test.left.name).rsplit(" ", 1)[0].replace(" ", "")
    owners = [p for p in pair if noun.singular(p.noun).replace(" ", "") == stem]
    return owners[0] if len(owners) == 1 else None


def sides(test: exp.Expr, scope: Scope) -> tuple[Place, ...]:
    """The two tables that an equality of two columns joins; empty for any other test."""
    if not (isinstance(test, exp.EQ) and isinstance(test.left, exp.Column) and isinstance(test.right, exp.Column)):
        return ()
    one, two = scope.place(test.left), scope.place(test.right)
    return (one, two) if one is not None and two is not None and one is not two else ()


def keys_between(pair: Sequence[Place], scope: Scope) -> list[Key]:
    """The foreign keys that the catalog knows between two tables."""
    names = {p.name.casefold() for p in pair}
    return [k for k in (scope.catalog.keys if scope.catalog else ()) if {k.table.casefold(), k.ref_table.casefold()} == names]


def matches(test: exp.Expr, scope: Scope) -> bool:
    """Whether ``test`` joins two tables along the one key between them: the catalog's, or by name (``id`` and ``customer_id``) where it knows none."""
    pair = sides(test, scope)
    if not pair or not isinstance(test, exp.EQ):
        return False
    names = (test.left.name.casefold(), test.right.name.casefold())
    if keys := keys_between(pair, scope):
        ends = {(p.name.casefold(), n) for p, n in zip(pair, names, strict=True)}
        found = any(
            ends == {(k.table.casefold(), a.casefold()), (k.ref_table.casefold(), b.casefold())}
            for k in keys
            for a, b in zip(k.columns, k.ref_columns, strict=True)
        )
        return found and len(keys) == 1
    one, two = names
    return (one == two and one.endswith(KEY_ENDINGS)) or (min(names, key=len) == "id" and max(names, key=len).endswith("id"))
