"""The reader's plans beside those of the other readings: how sure each of them is then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.reading import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reader.read import Read
    from aiser_jupyter.ask.scored import Scored

SURE = 0.63  # from here on a plan that explains every word stands against those that leave words out
TWO_NAMES = 0.6  # what a value costs that names things of two kinds
LEFT_OUT = 0.4  # what a word without a place costs where another plan has a place for each
OTHERWISE = 0.65  # what a plan of its own costs where another reading, which leaves no word out either, is sure
HEARD = 0.3  # from here on a plan of another reading counts as one that agrees
AGREED = 0.5  # how much of its doubt a plan loses that two readings found


def offered(
    linked: Linked, found: list[Read], others: list[Scored], kind: type[Scored], same: Callable[[Plan, Plan], bool]
) -> list[Scored]:
    """``others`` with the plans that the reader ``found`` among them; unordered, a query may stand in it twice."""
    if not found:
        return others
    whole = [
        kind(one.plan, one.sql, one.confidence, (), one.notes, tuple(Trace(words, name) for words, name in one.trace), business=True)
        for one in found
    ]
    two = _two_names(linked)
    whole = [replace(one, confidence=one.confidence * TWO_NAMES) if two else one for one in whole]
    best, rest, agreed, shown = whole[0], [], False, False
    for other in others:
        if other.sql == best.sql or (same(other.plan, best.plan) and same(best.plan, other.plan) and _alike(other.plan, best.plan)):
            heard = other.confidence > HEARD and not two  # that both took the same of two makes neither likelier
            agreed = agreed or heard
            if heard and _groups(best.plan) <= _groups(other.plan):
                shown = True  # as it was measured, so it is kept
                rest.append(replace(other, confidence=max(other.confidence, either(other.confidence, best.confidence))))
            else:
                rest.append(other)
        elif best.confidence >= SURE and (other.missing or (found[0].kind.startswith("count") and _kinds(linked, other.plan))):
            rest.append(replace(other, confidence=other.confidence * LEFT_OUT))
        else:
            rest.append(other)
    if shown:
        whole = [replace(one, confidence=one.confidence * OTHERWISE) for one in whole]
    elif agreed:
        whole[0] = replace(best, confidence=either(HEARD, best.confidence))
        rest = [replace(o, confidence=o.confidence * OTHERWISE) if same(o.plan, best.plan) else o for o in rest]
    elif any(other.confidence >= SURE and not other.missing for other in rest):
        whole = [replace(one, confidence=one.confidence * OTHERWISE) for one in whole]  # training knows its questions better
    return [*whole, *rest]


def _alike(other: Plan, best: Plan) -> bool:
    """Whether a plan shows the figures of another, or ranks the same way by them."""
    figures = {item for item in best.select if item.aggregate}
    if best.limit is not None:
        return [o.descending for o in other.order[:1]] == [o.descending for o in best.order[:1]]
    return figures <= set(other.select)


def _two_names(linked: Linked) -> bool:
    """Whether a value names things of two kinds, an artist and an album, and no word right before it says which."""
    schema = linked.schema
    for mention in linked.mentions:
        tables = {ref.table for ref, _ in mention.stored if ref in schema.table(ref.table).display}
        told = {view.name for view, match in zip(schema.tables, linked.tables, strict=True) if mention.start - 1 in match.positions}
        if len(tables) > 1 and not tables & told:
            return True
    return False


def _groups(plan: Plan) -> set[object]:
    """What a plan shows that is no figure."""
    return {item.expression for item in plan.select if not item.aggregate}


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
