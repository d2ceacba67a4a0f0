"""What is shown: what was asked for beside the rest, an answer to yes or no, and nothing that the question has said itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, PARTLY, Doubt
from aiser_jupyter.ask.plan import ColumnRef, Defined
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

THEIRS = re.compile(r"\b(?:and|with|plus) (?:their|its) \w+", re.IGNORECASE)
SUMMED = bag("average avg mean total sum number count many much median combined overall share percentage percent rate ratio")
THEIRS_LAST = re.compile(r"\b(?:and|with|plus) (?:their|its) \w+[?.]?\s*$", re.IGNORECASE)
ASKED = bag("average avg mean total sum median maximum minimum max min highest lowest overall combined")
# Is there, do we have: yes or no, and no list of columns. "Do you have" and "can you" ask for one.
WHETHER = re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|had) (?!(?:you|i)\b)", re.IGNORECASE)
TRAILING = re.compile(r"(?:,| and)? (?:with|along with|together with) (?:their |its |the )?(?P<what>[\w ]+?)[?.!]?\s*$", re.IGNORECASE)
NAMED_WHOLE = 0.8  # how much of a table's name must be said
AND_THEIR = re.compile(r",? and (?:their|its) (?P<what>[\w ]+?)[?.!]?\s*$", re.IGNORECASE)


def _theirs(seen: Seen) -> bool:
    """Whether something of each thing is asked for beside it: the products and their price; not where figures go before."""
    found, plan = THEIRS.search(seen.text), seen.plan
    if found is None or set(seen.text[: found.start()].lower().split()) & SUMMED:
        return False
    only_figures = bool(plan.select) and seen.shown_figures == len(plan.select) and not plan.group
    return len(plan.select) < 2 or only_figures


def _theirs_alone(seen: Seen) -> bool:
    """Whether one figure of all is shown where something of each thing was asked for."""
    plan = seen.plan
    lone = len(plan.select) == 1 and bool(plan.select[0].aggregate) and not plan.group
    return lone and not seen.lower & ASKED and seen.linked.question.lower[:2] != ("how", "many")


def _no_yes(seen: Seen) -> bool:
    return seen.plan.source is None and not any(item.aggregate or item.window for item in seen.plan.select)


def _told_already(seen: Seen) -> bool:
    """Whether a plan shows nothing but what it tests for, which the question has said itself."""
    plan = seen.plan
    if not seen.schema.trade or plan.compound is not None or plan.either:
        return False
    return set(plan.select) <= {test.item for test in plan.where if test.operator == "=" and test.values}


def _unshown(seen: Seen) -> bool:
    """Whether a column that is named last, after a with, has no place: guests without a booking, with their nationality."""
    found = TRAILING.search(seen.text) or AND_THEIR.search(seen.text)
    if found is None or seen.plan.source is not None:
        return False
    places = seen.between(found.start("what"), len(seen.text))
    whole = [
        view
        for view, match in zip(seen.schema.columns, seen.linked.columns, strict=True)
        if match.exact == 1.0 and set(match.positions) == places and view.ref.table in seen.tables
    ]
    used = set(seen.refs)
    return (
        bool(whole)
        and not any(view.ref in used for view in whole)
        and not any(seen.schema.view(ref).stems == whole[0].stems for ref in used)
    )


def _named_whole(seen: Seen) -> bool:
    """Whether a column of several words is named word by word, and neither it nor another that those words may mean is in the plan."""
    used = set(seen.refs)
    if any(isinstance(part, Defined) for part in seen.parts):
        return False
    near = [seen.match(ref).positions for ref in used]
    covered = {i for places in near if places and places[-1] - places[0] < len(places) for i in places}
    covered |= {i for mention in seen.linked.mentions if mention.stored for i in range(mention.start, mention.end)}
    for view, match in zip(seen.schema.columns, seen.linked.columns, strict=True):
        places = match.positions
        in_a_row = match.exact == 1.0 and len(places) > 1 and places[-1] - places[0] == len(places) - 1 and len(places) == len(view.stems)
        if not in_a_row or view.ref in used or set(places) <= covered:
            continue
        if not any(seen.schema.view(ref).stems == view.stems for ref in used):
            return True
    return False


def _whose(seen: Seen) -> bool:
    """Whether of things and what each has only the latter is shown, once each: turbines and their wind farms."""
    plan, said = seen.plan, THEIRS_LAST.search(seen.text) or AND_THEIR.search(seen.text)
    if (
        said is None
        or len(plan.select) != 1
        or plan.group
        or plan.compound is not None
        or not isinstance(plan.select[0].expression, ColumnRef)
    ):
        return False
    shown, before = plan.select[0].expression.table, seen.between(0, said.start())
    return any(
        view.name != shown and set(match.positions) & before and match.cover >= NAMED_WHOLE
        for view, match in zip(seen.schema.tables, seen.linked.tables, strict=True)
    )


DOUBTS = (
    Doubt("theirs", "something of each thing was asked for beside it, and is not shown", NONE, _theirs, THEIRS),
    Doubt("theirs_alone", "something of each thing was asked for, and one figure of all is shown", NONE, _theirs_alone, THEIRS_LAST, early=True),
    Doubt("yes_or_no", "yes or no was asked for, and rows are listed", NONE, _no_yes, WHETHER, early=True),
    Doubt("told_already", "nothing is shown but what the question has said itself", NONE, _told_already, early=True),
    Doubt("whose", "things and what each has were asked for, and the things are not shown", LOST, _whose, THEIRS),
    Doubt("unshown", "the column that was named last is not shown", LOST, _unshown),
    Doubt("named_whole", "a column was named word by word, and is not read", PARTLY, _named_whole),
)  # fmt: skip
