"""Whether a join repeats the rows that a figure adds up, and what the figure is when each counts once.

A join from one to many repeats the one side, so its amounts are added once for each match: the fan trap of dimensional models (Kimball and Ross,
The Data Warehouse Toolkit, 2013).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.case import number
from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.format import noun
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked
    from aiser_jupyter.ask.restate.scope import Place
    from aiser_jupyter.catalog import Table

# Repeated rows change none of these.
STEADY = (exp.Min, exp.Max)
# What a figure that is proven to count rows twice does to the chance that the reading is right.
TWICE = 0.5


def double_count(case: Case, look: Look) -> Checked | None:  # noqa: PLR0911  # one return a finding is the clearest table
    """A sum, mean or count of one table's rows, where the query joins more tables; None where nothing can be counted twice."""
    select = case.select
    if select is None or not select.args.get("joins"):
        return None
    owners = {p.alias: p for a in sensitive(case) if (p := owner(case, a)) is not None}
    if not owners:
        return None
    repeated = [p for p in owners.values() if multiplied(case, p)]
    if not repeated:
        return passed("double_count", f"No join repeats a row of {phrase.listing([p.noun for p in owners.values()])}.")
    place = repeated[0]
    key = unique(place.table)
    if not key:
        return passed("double_count", f"{plural(place)} have no key, so whether the joins repeat some is not known.")
    query = counted(case, place, key)
    found = look(query)
    if found is None:
        return passed("double_count", f"The joins may repeat {plural(place)}; there was no time to count how many.", query)
    joined, once = (number(column[0].as_py()) for column in found.columns)
    if joined <= once:
        return passed("double_count", f"Each of the {text(once)} {plural(place)} counts once, whatever the joins.", query)
    told = f"The joins give {text(joined)} rows for {text(once)} {plural(place)}, so some are counted more than once."
    return noticed(
        "double_count",
        told,
        query,
        effect=TWICE,
        instead=distinct(case, place, key) or "",
        instead_said=f"each {noun.singular(place.noun)} counted once",
    )


def sensitive(case: Case) -> list[exp.Expr]:
    """The aggregates of the SELECT that repeated rows change."""
    assert case.select is not None
    found = [a for item in case.select.selects for a in item.find_all(exp.AggFunc) if a.parent_select is case.select]
    return [a for a in found if not isinstance(a, STEADY) and not a.find(exp.Distinct) and not isinstance(a.this, exp.Star)]


def owner(case: Case, aggregate: exp.Expr) -> Place | None:
    """The one table whose rows an aggregate is of: none for columns of several, and for a count of anything but a key, which counts joined rows.

    So does a sum of ones: what its CASE tests is not added up.
    """
    places = {p.alias: p for part in added(aggregate) for c in part.find_all(exp.Column) if (p := case.place(c)) is not None}
    place = next(iter(places.values())) if len(places) == 1 else None
    if place is None or place.table is None:
        return None
    if isinstance(aggregate, exp.Count):
        column = aggregate.this if isinstance(aggregate.this, exp.Column) else None
        return place if column is not None and is_unique(place.table, {column.name.casefold()}) else None
    return place


def added(aggregate: exp.Expr) -> list[exp.Expr]:
    """What an aggregate adds up or counts: of a CASE what it yields."""
    if not isinstance(aggregate, (exp.Sum, exp.Avg)) or not isinstance(aggregate.this, exp.Case):
        return [aggregate]
    case = aggregate.this
    default = case.args.get("default")
    return [*(branch.args["true"] for branch in case.args["ifs"]), *([default] if default is not None else [])]


def multiplied(case: Case, place: Place) -> bool:
    """Whether a row of ``place`` may come out of the joins more than once."""
    links = linked(case)
    waiting, seen = [place.alias], {place.alias}
    while waiting:
        here = waiting.pop()
        for (one, other), names in links.items():
            if one != here or other in seen:
                continue
            there = next(p for p in case.scope.places if p.alias == other)
            if there.table is None or not is_unique(there.table, names):
                return True
            seen.add(other)
            waiting.append(other)
    return len(seen) < len(case.scope.places)


def linked(case: Case) -> dict[tuple[str, str], set[str]]:
    """For each pair of tables that equal columns join, both ways round, the columns of the second."""
    assert case.select is not None
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    where = case.select.args.get("where")
    tests = list(where.this.flatten()) if where is not None else []
    for join in case.select.args.get("joins") or []:
        condition = join.args.get("on")
        tests += list(condition.flatten()) if isinstance(condition, exp.And) else [condition] if condition is not None else []
        for name in join.args.get("using") or []:
            here = next((p for p in case.scope.places if p.alias == join.this.alias_or_name), None)
            before = [p for p in case.scope.places if p is not here and p.table is not None and p.table.column(name.name)]
            if here is not None and before:
                found[before[0].alias, here.alias].add(name.name.casefold())
                found[here.alias, before[0].alias].add(name.name.casefold())
    for test in tests:
        if isinstance(test, exp.EQ) and isinstance(test.left, exp.Column) and isinstance(test.right, exp.Column):
            one, two = case.place(test.left), case.place(test.right)
            if one is not None and two is not None and one is not two:
                found[one.alias, two.alias].add(test.right.name.casefold())
                found[two.alias, one.alias].add(test.left.name.casefold())
    return found


def is_unique(table: Table, names: set[str]) -> bool:
    """Whether a value of these columns stands in one row at most: by declaration, or because so it is in every row there is."""
    if table.primary_key and {c.casefold() for c in table.primary_key} <= names:
        return True
    return any(c.unique or alone(table, c.name) for c in table.columns if c.name.casefold() in names)


def alone(table: Table, name: str) -> bool:
    """Whether no two rows share a value of a column."""
    column = table.column(name)
    seen = column.statistics if column is not None else None
    return seen is not None and seen.rows > 0 and seen.distinct == seen.rows


def unique(table: Table | None) -> tuple[str, ...]:
    """The columns that tell a table's rows apart; empty where none are known to."""
    if table is None:
        return ()
    if table.primary_key:
        return table.primary_key
    return next(((c.name,) for c in table.columns if c.unique or alone(table, c.name)), ())


def counted(case: Case, place: Place, key: tuple[str, ...]) -> str:
    """How many rows the joins give, and how many of them are a row of ``place`` of its own in its group."""
    keys = [exp.column(name, table=place.alias, quoted=True) for name in key]
    parts = [exp.alias_(e.copy(), f"k{i}") for i, e in enumerate([*case.groups, *keys])]
    present = exp.Not(this=exp.Is(this=keys[0].copy(), expression=exp.Null()))
    inner = case.base().select(*parts, exp.alias_(exp.Count(this=exp.Star()), "n")).where(present)
    inner = inner.group_by(*(e.copy() for e in (*case.groups, *keys)))
    outer = exp.select(exp.alias_(exp.Sum(this=exp.column("n")), "joined_rows"), exp.alias_(exp.Count(this=exp.Star()), "once"))
    return case.sql(outer.from_(inner.subquery("r")))


def distinct(case: Case, place: Place, key: tuple[str, ...]) -> str | None:
    """The query with each row of ``place`` counted once in its group; None where another figure needs the repeated rows."""
    select = case.select
    assert select is not None
    if select is not case.evidence.tree or any(owner(case, a) is not place for a in sensitive(case)) or select.find(exp.Star):
        return None
    kept = ("expressions", "group", "having", "order")
    nodes = [n for name in kept for v in [select.args.get(name)] if v for n in (v if isinstance(v, list) else [v])]
    aliases = {i.alias.casefold() for i in select.selects if isinstance(i, exp.Alias)}
    used = [c for n in nodes for c in n.find_all(exp.Column) if c.table or c.name.casefold() not in aliases]
    if any(c.parent_select is not select for c in used):
        return None
    columns = {written(c): c for c in (*(exp.column(name, table=place.alias, quoted=True) for name in key), *used)}
    alike = Counter(c.name.casefold() for c in columns.values())
    names = {k: c.name if alike[k[1]] == 1 else f"{c.table or 'own'}_{c.name}" for k, c in columns.items()}
    inner = case.base().select(*(exp.alias_(c.copy(), names[k], quoted=True) for k, c in columns.items())).distinct()
    outer = select.copy()
    for name in ("joins", "where"):
        outer.set(name, None)
    items = [i if isinstance(i, exp.Alias) or not isinstance(i, exp.Column) else exp.alias_(i, i.name, quoted=True) for i in outer.selects]
    outer.set("expressions", items)
    renamed = outer.transform(
        lambda n: exp.column(names[written(n)], table="once", quoted=True) if isinstance(n, exp.Column) and written(n) in names else n
    )
    assert isinstance(renamed, exp.Select)
    return case.sql(renamed.from_(inner.subquery("once")))


def written(column: exp.Column) -> tuple[str, str]:
    """A column by its table and name, however they are quoted."""
    return column.table.casefold(), column.name.casefold()


def plural(place: Place) -> str:
    """What the rows of a table are."""
    return noun.plural(place.noun)
