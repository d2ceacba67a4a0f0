"""Whether a plan takes a word for something else than it says: an age that is a count, a sum of rates, a high priority that tests none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.measures import RATES
from aiser_jupyter.ask.plan import ColumnRef, Condition, Formula, Item
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

AGE = re.compile(r"\b(?:ages?|aged|how old|years old)\b", re.IGNORECASE)
PRIORITY = re.compile(r"\b(?:high|low|medium|top|critical|urgent)(?:est)?[- ](?P<what>priority|severity|urgency)\b", re.IGNORECASE)
STOCK = re.compile(r"\b(?:stock|inventory) (?:value|worth)\b|\b(?:value|worth) of (?:the |our |all )*(?:stock|inventory)\b", re.IGNORECASE)
THEIRS = re.compile(r"\b(?:and|with|plus) (?:their|its) \w+[?.]?\s*$", re.IGNORECASE)
BY_DAY = re.compile(r", (?:by|based on|going by|using) (?:the |their |its )?\w+ dates?\b", re.IGNORECASE)  # says which day a period is of
LONGEST = re.compile(r"\b(?:longest|shortest)\b", re.IGNORECASE)
COUNTED = bag("most fewest least number many count often")
ASKED = bag("average avg mean total sum median maximum minimum max min highest lowest overall combined")
BORN = frozenset(map(stem, bag("age aged birth birthday birthdate born dob")))
WORTH = frozenset(map(stem, bag("value worth amount")))


def said(plan: Plan, linked: Linked, held: list[object], named: set[str]) -> bool:
    """Whether some word of the question stands in ``plan``, whose parts and names of columns are given, for what it doesn't mean."""
    text, lower = linked.question.text, set(linked.question.lower)
    conditions = [part for part in held if isinstance(part, Condition)]
    tested = {word for one in conditions if isinstance(one.item.expression, ColumnRef) for word in _stems(linked, one.item.expression)}
    priority = PRIORITY.search(text)
    lone = len(plan.select) == 1 and bool(plan.select[0].aggregate) and not plan.group
    return any(
        (
            bool(AGE.search(text)) and not named & BORN,
            priority is not None and stem(priority["what"]) in named - tested,
            bool(STOCK.search(text)) and not named & WORTH and not any(isinstance(part, Formula) for part in held),
            bool(THEIRS.search(text)) and lone and not lower & ASKED and linked.question.lower[:2] != ("how", "many"),
            bool(BY_DAY.search(text)) and any(isinstance(e, ColumnRef) and _temporal(linked, e) for e in plan.group),
            bool(LONGEST.search(text)) and not lower & COUNTED and any(one.item.aggregate == "count" for one in plan.order),
            any(_added(linked, part) for part in held if isinstance(part, Item)),
        )
    )


def _added(linked: Linked, item: Item) -> bool:
    """Whether shares of a whole are added up, such as discounts between 0 and 1."""
    ref = item.expression
    if item.aggregate != "sum" or not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
        return False
    view = linked.schema.view(ref)
    return bool(set(view.stems) & RATES) and view.type == "number" and isinstance(view.high, (int, float)) and 0 < view.high <= 1


def _temporal(linked: Linked, ref: ColumnRef) -> bool:
    return ref in linked.schema.index and linked.schema.view(ref).temporal


def _stems(linked: Linked, ref: ColumnRef) -> tuple[str, ...]:
    return linked.schema.view(ref).stems if ref in linked.schema.index else ()
