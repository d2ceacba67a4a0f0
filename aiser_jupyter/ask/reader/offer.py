"""The reader's plans beside those of the other readings: how sure each of them is then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.reader.read import read
from aiser_jupyter.ask.reading import Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from aiser_jupyter.ask.interpret import Scored
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

SURE = 0.63  # from here on a plan that explains every word stands against those that leave words out
LEFT_OUT = 0.4  # what a word without a place costs where another plan has a place for each
OTHERWISE = 0.65  # what a plan of its own costs where another reading, which leaves no word out either, is sure
AGREED = 0.5  # how much of its doubt a plan loses that two readings found


def offered(linked: Linked, today: date, others: list[Scored], kind: type[Scored], same: Callable[[Plan, Plan], bool]) -> list[Scored]:
    """``others`` with the reader's plans among them; unordered, a query may stand in it twice."""
    found = read(linked, today)
    if not found:
        return others
    whole = [
        kind(one.plan, one.sql, one.confidence, (), one.notes, tuple(Trace(words, name) for words, name in one.trace), business=True)
        for one in found
    ]
    best, rest = whole[0], []
    agreed = False
    for other in others:
        if other.sql == best.sql or (same(other.plan, best.plan) and same(best.plan, other.plan)):
            agreed = agreed or other.confidence > 0.3
            rest.append(
                replace(
                    other,
                    confidence=max(other.confidence, either(other.confidence, best.confidence))
                    if other.confidence > 0.3
                    else other.confidence,
                )
            )
        elif (other.missing and best.confidence >= SURE) or (
            found[0].kind.startswith("count") and best.confidence >= SURE and _kinds(linked, other.plan)
        ):
            rest.append(replace(other, confidence=other.confidence * LEFT_OUT))
        else:
            rest.append(other)
    if not agreed and any(other.confidence >= SURE and not other.missing for other in rest):
        whole = [replace(one, confidence=one.confidence * OTHERWISE) for one in whole]  # training knows its questions better
    if agreed:
        # The other reading shows it as it was measured.
        whole = [replace(one, confidence=min(one.confidence, max(o.confidence for o in rest) * OTHERWISE)) for one in whole]
    return [*whole, *rest]


def either(left: float, right: float) -> float:
    """How sure a plan is that two readings found."""
    return right + (1 - right) * left * AGREED


def _kinds(linked: Linked, plan: Plan) -> bool:
    """Whether a plan counts the kinds that a column tells, where rows of a table can be counted."""
    for item in plan.select:
        ref = item.expression
        if item.aggregate == "count" and item.distinct and isinstance(ref, ColumnRef) and ref in linked.schema.index:
            view = linked.schema.view(ref)
            if not view.primary and not view.foreign:
                return True
    return False
