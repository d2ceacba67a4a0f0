"""The latest value of a figure of something: the latest closing rate of the euro, the most recent weight of Rex."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan
from aiser_jupyter.ask.reader.when import event_date
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

LATEST = re.compile(
    r"^\W*(?:(?:what (?:is|was)|show(?: me)?) )?(?:the |our )*(?P<end>latest|most recent|newest|last known|last recorded|first recorded|earliest recorded) (?P<told>[\w]+[^,?]*? (?:of|for) [^,?]+?)\W*$",
    re.IGNORECASE,
)
EACH = re.compile(r"\b(?:each|every|all|per|by|in|since|before|after)\b|\b(?:19|20)\d\d\b", re.IGNORECASE)


def latest(outer: Outer) -> list[Scored]:
    """The figure in the row with the latest date of those that are named; none where no date tells when it happened."""
    said = LATEST.match(outer.text)
    if said is None:
        return []
    told, end = said["told"], said["end"].lower()
    for joint in re.finditer(r" (?:of|for) ", told):
        what, whose = told[: joint.start()], told[joint.end() :]
        words = tuple(map(stem, what.lower().split()))
        if not EACH.search(whose) and any(v.numeric and v.stems[-len(words) :] == words for v in outer.schema.columns):
            return _latest(outer, what, whose, end)
    return []


def _latest(outer: Outer, what: str, whose: str, end: str) -> list[Scored]:
    part = outer.sure(f"average {what} of {whose}")
    one = figure(part.plan) if part is not None else None
    if (
        part is None
        or one is None
        or not isinstance(one.expression, ColumnRef)
        or one.aggregate != "avg"
        or not part.plan.where
        or part.plan.group
    ):
        return []
    ref = one.expression
    found = event_date(outer.schema, ref.table, ())
    if found is None or found[0].table != ref.table or any(c.plan is not None for c in part.plan.where):
        return []
    when, first = found[0], end.startswith(("first", "earliest"))
    where = (*part.plan.where, Condition(Item(ref), "is not null"))
    plan = Plan((Item(ref),), (), where, order=(Order(Item(when), descending=not first),), limit=1, via=part.plan.via)
    return outer.made(plan, part, notes=(f"the {end} is that with the {'first' if first else 'last'} {when.table}.{when.column}",))
