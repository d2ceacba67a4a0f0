"""The share that those of one kind have among others: share of fiber customers among those who left, percentage of discontinued products among seafood products."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import ColumnRef, Star
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.plan import Item
    from aiser_jupyter.ask.scored import Scored

AMONG = re.compile(
    r"^\W*(?:(?:what|which)(?: is| was| are)? |show (?:me )?|give (?:me )?)?(?:the )?(?:share|percentage|percent|proportion|fraction|%) of (?:the |our )?(?P<part>[\w' -]+?) (?:among|amongst|out of|within) (?:all (?:of )?|the |our )*(?P<whole>.+?)\W*$",
    re.IGNORECASE,
)
ONES = re.compile(r"\b(?:ones|those)\b", re.IGNORECASE)


def among(outer: Outer) -> list[Scored]:
    """The share; none where one of the two is not read, or tells of other things."""
    said = AMONG.match(outer.text)
    if said is None:
        return []
    noun = said["part"].split()[-1]
    whole = outer.sure(f"number of {ONES.sub(noun, said['whole'])}")
    part = outer.sure(f"number of {said['part']}") if whole is not None else None
    count = figure(whole.plan) if whole is not None else None
    if whole is None or part is None or count is None or count.aggregate != "count" or count.distinct or whole.plan.group:
        return []
    other = figure(part.plan)
    if other is None or other.aggregate != "count" or _home(other) != _home(count) or part.plan.group:
        return []
    tests = tuple(c for c in part.plan.where if c not in whole.plan.where)
    plan = replace(whole.plan, select=(replace(count, among=tests),))
    asked = {leaf.table for c in tests for leaf in leaves(c.item.expression)}
    path = outer.schema.graph.path(tuple(dict.fromkeys((*tables_of(plan), *sorted(asked)))))
    if not tests or any(c.plan is not None for c in tests) or path is None or outer.schema.graph.multiplies(path, _home(count)):
        return []
    return outer.made(plan, whole, part)


def _home(item: Item) -> str:
    return item.expression.table if isinstance(item.expression, (Star, ColumnRef)) else ""
