"""The median of how many each has: the median number of different articles per invoice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import BASE, ColumnRef, Item, Plan
from aiser_jupyter.ask.sql.aliases import aliases

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.plan import Aggregate
    from aiser_jupyter.ask.scored import Scored

MIDDLE = re.compile(
    r"^\W*(?:(?:what (?:is|was)|show(?: me)?) )?(?:the |our )*(?P<how>median|standard deviation of the) number of (?P<what>[\w ]+?) (?:per|by|for each|in each|of each|for every|in every|each) (?P<of>(?!day\b|week\b|month\b|quarter\b|year\b)[\w ]+?)(?P<when> (?:in|during|since) (?:19|20)\d\d)?\W*$",
    re.IGNORECASE,
)


def middle(outer: Outer) -> list[Scored]:
    """The median of the counts that each of the things has, of those that have any."""
    said = MIDDLE.match(outer.text)
    if said is None:
        return []
    part = outer.sure(f"number of {said['what']} by {said['of']}{said['when'] or ''}")
    one = figure(part.plan) if part is not None else None
    if part is None or one is None or one.aggregate != "count" or not part.plan.group:
        return []
    if not _things(outer, part.plan):
        return []  # kinds of something: what each country has is by country
    keys = tuple(Item(e) for e in part.plan.group if isinstance(e, ColumnRef))
    inner = Plan((*keys, one), part.plan.tables, part.plan.where, group=part.plan.group, via=part.plan.via)
    how: Aggregate = "median" if said["how"].lower() == "median" else "stddev"
    plan = Plan((Item(ColumnRef(BASE, aliases(inner)[-1]), how),), source=inner)
    return outer.made(plan, part, notes=(f"the {said['how'].lower().removesuffix(' of the')} is over the {said['of']} that have any",))


def _things(outer: Outer, plan: Plan) -> bool:
    """Whether a group holds a thing each: by its key, or by a number that many rows of a flat file share."""
    columns = [e for e in plan.group if isinstance(e, ColumnRef)]
    if len(columns) != len(plan.group):
        return False
    views = [outer.schema.view(e) for e in columns]
    return any(v.primary or v.foreign or v.distinct == v.rows or v.distinct >= MANY for v in views)


MANY = 200  # different values from which on a column numbers things, and tells no kinds
