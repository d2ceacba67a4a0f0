"""What was going on on a day: things that begin and end, whose time holds the day that is asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.reader.settle import BEGINS, CEASES, ENDS

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.schema import ColumnView
    from aiser_jupyter.ask.scored import Scored

GOING = r"(?:running|active|valid|ongoing|in force|in effect|live|going on|under way|open|current)"
ASKED = re.compile(
    rf"^\W*(?:(?P<many>how many|number of)|which|what|list|show(?: me)?)? ?(?:the |all |our )*(?P<what>[\w ]+?) (?:(?:that|which) )?(?:(?:were|was|are|is) )?{GOING}(?: (?:were|was|are|is) there)? (?:on|at) (?P<day>.+?)\W*$",
    re.IGNORECASE,
)
CLOSED = "the time of {0} goes from {1} to {2}"


def during(outer: Outer) -> list[Scored]:
    """The things, or how many, that had begun by the day and were not over; none where their table has no begin and end, or an end may be missing."""
    said = ASKED.match(outer.text)
    found = periods.find(f"on {said['day']}", date.min + timedelta(days=800)) if said is not None else []
    if said is None or len(found) != 1 or found[0].start is None or found[0].end is None or found[0].relative:
        return []
    base = outer.sure(f"number of {said['what']}")
    count = figure(base.plan) if base is not None else None
    if base is None or count is None or not isinstance(count.expression, Star) or base.plan.group:
        return []
    table = count.expression.table
    pair = _ends(outer, table)
    if pair is None:
        return []
    begin, end = pair
    last = found[0].end - timedelta(days=1)
    tests = (Condition(Item(begin), "<=", (last.isoformat(),)), Condition(Item(end), ">=", (found[0].start.isoformat(),)))
    shown = (count,) if said["many"] else tuple(Item(ref) for ref in display(outer.schema, table))
    plan = replace(base.plan, select=shown, where=(*base.plan.where, *tests))
    return outer.made(Plan(plan.select, plan.tables, plan.where), base, notes=(CLOSED.format(table, begin.column, end.column),))


def _ends(outer: Outer, table: str) -> tuple[ColumnRef, ColumnRef] | None:
    """The one begin and the one end of a row, both in each."""
    views = [outer.schema.columns[i] for i in outer.schema.table(table).columns if outer.schema.columns[i].temporal]
    named = [
        (a, b) for a in views for b in views if any(x in a.name.lower() and a.name.lower().replace(x, y) == b.name.lower() for x, y in ENDS)
    ]
    pairs = named or [(a, b) for a in views for b in views if set(a.stems) & BEGINS and set(b.stems) & CEASES]
    if len(pairs) != 1 or any(_missing(outer, view) for view in pairs[0]):
        return None
    return pairs[0][0].ref, pairs[0][1].ref


def _missing(outer: Outer, view: ColumnView) -> bool:
    """Whether a date may be empty."""
    table = outer.schema.catalog.table(view.ref.table)
    column = table.column(view.ref.column) if table else None
    return column is None or column.statistics is None or bool(column.statistics.nulls)
