"""Denials and lists: nothing else but these, both of two, those that lack something, and each value of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.plan import ColumnRef

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

# Nothing else but these: a test that some are there does not say so.
ONLY = re.compile(
    r"\b(?:have|has|had|own|owns|owned|buy|buys|bought|take|takes|took|taken|use|uses|used|order|ordered|sell|sells|sold|visit|visited|keep|keeps|kept) (?:only|nothing but)\b(?! (?:one|once|an?|\d+)\b)",
    re.IGNORECASE,
)
LIST_MARKS = frozenset({",", "and", "or", "&", "/"})
REPEATED = 0.8  # different values by rows up to which a column tells kinds


def _either(seen: Seen) -> bool:
    """Whether of two values of one column one is enough where both must hold: the two are of no different columns, and no groups of their own."""
    if seen.frame is None or "both" not in seen.free or len(seen.frame.values) < 2:
        return False
    plan = seen.plan
    either = [test for test in seen.tests if test.operator == "in" and len(test.values) > 1 and test.plan is None]
    if not either or plan.having or plan.compound is not None or any(test.plan is not None for test in seen.tests):
        return False
    return not any(test.item.expression in plan.group for test in either)


def _only(seen: Seen) -> bool:
    return not any(test.operator in ("!=", "not like", "not holds") for test in seen.tests)


def _finer(seen: Seen) -> bool:
    """Whether kinds are shown, such as states, for rows of theirs that lack something: a state lacks what none of its towns has."""
    if len(seen.plan.select) != 1:
        return False
    view = seen.view(seen.plan.select[0].expression)
    if view is None or not 0 < view.distinct < REPEATED * view.rows or view.ref in seen.schema.table(view.ref.table).display:
        return False
    for test in seen.plan.where:
        own = seen.view(test.item.expression) if test.operator == "not in" and test.plan is not None else None
        if own is not None and own.primary and own.table == view.table and own.ref != view.ref:
            return True
    return False


def _told_inside(seen: Seen) -> bool:
    """Whether what holds of the rows themselves is only tested of those that they must not be: never ordered, and lives in Germany."""
    for test in seen.plan.where:
        view, inner = seen.view(test.item.expression), test.plan
        if test.operator != "not in" or inner is None or view is None or not view.primary or inner.select[0].expression == view.ref:
            continue
        tested = [(one.item.expression, one.values) for one in inner.where]
        if any(isinstance(ref, ColumnRef) and ref.table == view.ref.table and values for ref, values in tested):
            return True
    return False


def _in_part(seen: Seen) -> bool:
    """Whether of a list of values one is left out that stands beside the others: new, used and demo."""
    lower = seen.linked.question.lower
    for test in seen.tests:
        ref = test.item.expression
        if test.operator != "in" or len(test.values) < 2 or not isinstance(ref, ColumnRef):
            continue
        told = {str(value).casefold() for value in test.values}
        others = {value.casefold() for value in seen.schema.kinds.get(ref, ())} - told
        for i, word in enumerate(lower):
            if word in others and {*lower[max(0, i - 1) : i], *lower[i + 1 : i + 2]} & LIST_MARKS:
                return True
    return False


DOUBTS = (
    Doubt("either_of_both", "both of two were asked for, and one of them is enough", NONE, _either),
    Doubt("not_only", "only these were asked for, and nothing is tested away", NONE, _only, ONLY, early=True),
    Doubt("rows_for_kinds", "kinds that lack something were asked for, and kinds of rows that lack it are shown", NONE, _finer),
    Doubt("told_inside", "what holds of the rows is only tested of those that they must not be", LOST, _told_inside),
    Doubt("list_in_part", "of a list of values one is left out", LOST, _in_part),
)
