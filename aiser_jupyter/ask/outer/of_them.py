"""How many there are, and how many of them pass a test: fiber customers without support, how many of them left."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

THEM = (
    re.compile(r"^\W*(?P<what>[^:?]+?) ?(?::|–|-|,) ?how many(?: (?:are|were) there)?,? and how many of (?:them|those|these) (?P<test>[^?]+?)\W*$", re.IGNORECASE),
    re.compile(r"^\W*how many (?P<what>[^,?]+?)(?: (?:are|were) there| do we have| exist)?,? and how many of (?:them|those|these) (?P<test>[^?]+?)\W*$", re.IGNORECASE),
)  # fmt: skip


def of_them(outer: Outer) -> list[Scored]:
    """The count of all, and that of those with the test beside it."""
    said = next((match for pattern in THEM if (match := pattern.match(outer.text))), None)
    if said is None:
        return []
    whole = outer.sure(f"number of {said['what']}")
    count = figure(whole.plan) if whole is not None else None
    if whole is None or count is None or count.aggregate != "count":
        return []
    test = re.sub(r"^(?:have|has|are|were|is|was|had) (?=\w+ed\b)", "", said["test"].strip())
    for telling in (
        f"number of {said['what']} that {said['test']}",
        f"number of {test} {said['what']}",
        f"number of {said['what']} who {said['test']}",
    ):
        part = outer.sure(telling)
        if part is None or part.plan.group != whole.plan.group or figure(part.plan) != count:
            continue
        only = tuple(c for c in part.plan.where if c not in whole.plan.where)
        if not only or any(c.plan is not None for c in only) or not set(whole.plan.where) <= set(part.plan.where):
            continue
        plan = replace(whole.plan, select=(*whole.plan.select, replace(count, only=only)))
        return outer.made(plan, whole, part)
    return []
