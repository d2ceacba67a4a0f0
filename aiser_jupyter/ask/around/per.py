"""One total over another, by group: monthly rent per square foot by city, good units per hour by shift, raised per euro of budget."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef, Item, Order, Plan
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read
    from aiser_jupyter.ask.schema import Schema

GROUP = r"(?:by|for each|for every|in each|in every|across|per|(?P<each>[a-z]+) by (?P=each))"
PER = re.compile(
    rf"^\W*(?:(?:what (?:is|was|are)|show(?: me)?|give me) )?(?:the )?(?P<what>(?!.*\b(?:average|avg|mean|median|top|most|highest|lowest|share|rate)\b).+?) (?:per|for every|a) (?:(?:euro|dollar|pound|unit) of )?(?P<unit>[a-z]+(?: [a-z]+)?)(?P<tail>,? {GROUP} .+)?\W*$",
    re.IGNORECASE,
)
TIMES = {"hour": 60.0, "minute": 1.0}
MINUTES, HOURS = frozenset(map(stem, ("minute", "minutes", "min", "mins"))), frozenset(map(stem, ("hour", "hours", "hrs", "hr")))
NAMED = 0.8
FEW = 3.0  # rows that share one row of the other table, up to which each may be told by what it has there


def per(asked: Asked) -> list[Read]:
    """The ratio of two totals; none where the unit is no amount of the data, which then is a thing that is counted."""
    said = PER.match(asked.text)
    if said is None:
        return []
    tail = said["tail"] or ""
    for unit in dict.fromkeys((said["unit"], said["unit"].split()[0])):
        rest = said["unit"][len(unit) :]
        base = core(asked.part(f"total {said['what']}{tail}{rest}")) if amounts(asked.schema, unit) or unit.lower() in TIMES else None
        plan = _ratio(asked, base.plan, unit) if base is not None else None
        made = turned(asked, base, plan[0], "per", plan[1]) if base is not None and plan is not None else None
        if made is not None:
            return [made]
    return []


def grouped_by(schema: Schema, text: str, plan: Plan) -> bool:
    """Whether a plan groups by the amount that a figure is told per, which then divides nothing."""
    said = PER.match(text)
    return said is not None and any(ref in plan.group for ref in amounts(schema, said["unit"]))


def amounts(schema: Schema, unit: str) -> list[ColumnRef]:
    """The amounts that a unit names: the square feet of a square foot, the seats of a seat."""
    words = tuple(unit.lower().split())
    if measures.REVENUE & {stem(w) for w in words}:
        return []
    found = [(s, n.column) for s, n, _ in names_of(schema).meant(words) if n.column is not None and s >= NAMED]
    return [c for s, c in found if measures.amount(schema.view(c)) and s >= found[0][0] - 0.03]


def _timed(asked: Asked, home: str, unit: str) -> tuple[ColumnRef, float] | None:
    """The one column of minutes or hours in a table, and what makes the unit of it."""
    views = [asked.schema.columns[i] for i in asked.schema.table(home).columns]
    found = [(v.ref, 1.0 if set(v.stems) & HOURS else 60.0) for v in views if measures.amount(v) and set(v.stems) & (MINUTES | HOURS)]
    if len(found) != 1:
        return None
    ref, minutes = found[0]
    return ref, minutes if unit == "hour" else minutes / 60.0


def _ratio(asked: Asked, plan: Plan, unit: str) -> tuple[Plan, tuple[str, ...]] | None:
    figures = [i for i in plan.select if i.aggregate]
    if len(figures) != 1 or plan.limit or plan.source or plan.having or plan.compound or plan.either or plan.rank_within:
        return None
    item = figures[0]
    if item.aggregate != "sum" or item.window or item.among or item.over or item.only or item.less or item.distinct:
        return None
    home = leaves(item.expression)[0].table
    if unit.lower() in TIMES:
        timed = _timed(asked, home, unit.lower())
        below = Item(timed[0], "sum", scale=timed[1]) if timed else None
        notes: tuple[str, ...] = (f"the {unit}s are those of {timed[0].column}",) if timed else ()
    else:
        below, notes = _below(asked, plan, home, amounts(asked.schema, unit))
    if below is None or below.expression == item.expression:
        return None
    made_item = replace(item, over=below)
    shown = tuple(i for i in plan.select if not i.aggregate)
    if any(i.expression == below.expression for i in shown):
        return None
    order = tuple(replace(o, item=made_item) if o.item == item else o for o in plan.order)
    made = replace(plan, select=(*shown, made_item), order=order or ((Order(made_item, descending=True),) if plan.group else ()))
    path = asked.schema.graph.path(tables_of(made), plan.via)
    return None if path is None or asked.schema.graph.multiplies(path, home) else (made, notes)


def _below(asked: Asked, plan: Plan, home: str, options: list[ColumnRef]) -> tuple[Item | None, tuple[str, ...]]:
    """What the total is divided by: the total of the same rows, or of the one row that a group is."""
    own = [ref for ref in options if ref.table == home]
    if len(own) == 1:
        return Item(own[0], "sum"), ()
    graph, found = asked.schema.graph, []
    for ref in options:
        path = graph.path((home, ref.table))
        if path is not None and not graph.multiplies(path, home):
            found.append(ref)
    if own or len(found) != 1:
        return None, ()
    ref = found[0]
    if asked.schema.table(ref.table).key in plan.group:
        return Item(ref, "max"), ()
    views = asked.schema.view(ref), next(asked.schema.columns[i] for i in asked.schema.table(home).columns)
    if views[1].rows > FEW * views[0].rows:
        return None, ()
    return Item(ref, "sum"), (f"each row of {home} counts with the {ref.column} of its {ref.table}",)
