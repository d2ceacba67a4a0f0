"""Those who did one thing and never another: customers who bought Chai but never Chang."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.plan import Condition, Plan
    from aiser_jupyter.ask.scored import Scored

VERB = r"(?:bought|ordered|purchased|booked|rented|used|visited|watched|played|attended|received|taken|took|had|tried|sold|handled|read)"
BUT = re.compile(
    rf"^(?P<head>.+?) (?:(?:who|that|which) )?(?:have |has |had |ever )*(?P<verb>{VERB}) (?P<one>(?!only\b|both\b|nothing\b|anything\b)[^,?]+?),? (?:but|and|yet|though) (?:(?:who|that) )?"
    rf"(?:(?:have|has|had|did) )?(?:never|not|(?:haven|hasn|hadn|didn)['’]?t|no)(?: ever)?(?: (?:{VERB}|buy|order|purchase|book|rent|use|visit|watch|play|attend|receive|take|have|try|sell|handle|read))?(?: any)? (?P<other>[^,?]+?)\W*$",
    re.IGNORECASE,
)
TIMED = re.compile(
    r"^(?:in|on|since|before|after|during|at|from|until|this|last|again|yet|any|one|it|them|once|twice)\b|\b(?:19|20)\d\d\b", re.IGNORECASE
)


def asked(text: str) -> re.Match[str] | None:
    """What a question for the one and not the other says; None where it is none, or is of two times."""
    said = BUT.match(text)
    return said if said and not TIMED.search(said["one"]) and not TIMED.search(said["other"]) else None


def but_never(outer: Outer) -> list[Scored]:
    """Those with the one and without the other, each read as what is denied: a denial is an inner list of keys, which is turned for the one."""
    said = asked(outer.text)
    if said is None:
        return []
    head = re.sub(r"\b(?:who|that|which)$", "", said["head"].strip()).strip()
    found = []
    for thing in (said["one"], said["other"]):
        part = outer.sure(f"{head} who never {said['verb']} {thing}")
        test = _denial(part.plan) if part is not None else None
        if part is None or test is None:
            return []
        found.append((part, test))
    (first, has), (second, lacks) = found
    rest = tuple(c for c in second.plan.where if c != lacks)
    if (
        has.item != lacks.item
        or has == lacks
        or rest != tuple(c for c in first.plan.where if c != has)
        or _shape(first.plan) != _shape(second.plan)
    ):
        return []
    plan = replace(second.plan, where=(*rest, replace(has, operator="in"), lacks))
    return outer.made(plan, second, first)


def _denial(plan: Plan) -> Condition | None:
    """The one test that leaves out the keys of an inner plan, which tests some value."""
    found = [c for c in plan.where if c.operator == "not in" and c.plan is not None and len(c.plan.where) > 1]
    return found[0] if len(found) == 1 and not plan.either and not plan.source and not plan.compound else None


def _shape(plan: Plan) -> Plan:
    return replace(plan, where=())
