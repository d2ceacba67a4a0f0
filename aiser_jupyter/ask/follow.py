"""Follow-ups: a short question that changes the plan before it: "just for Brazil", "and by month", "only 2009", "top 5", "in percent"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import frame as frames
from aiser_jupyter.ask.compose import Composer
from aiser_jupyter.ask.ground import NoPlanError
from aiser_jupyter.ask.lexicon import CUE_WORDS
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Order, Plan
from aiser_jupyter.ask.render import leaves
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.link import Linked

LONGEST = 9
OPENING = re.compile(
    r"^\W*(?:and|just|only|what about|how about|now|but|same|then|also|instead|in percent|as a percentage|by|per|for|in|top|bottom|without|excluding|show (?:it|that|this|them)|split|break|limit)\b",
    re.IGNORECASE,
)
SMALL_TALK = bag(
    "just only now same then also instead about it that this them those please show again thing one ones filter limit restrict split break down"
)


def changed(linked: Linked, before: Plan, today: date) -> tuple[Plan, tuple[str, ...]] | None:
    """The plan before with what the follow-up adds, and what was taken for granted; None where it is a question of its own."""
    if len(linked.question.tokens) > LONGEST or not OPENING.search(linked.question.text) or before.compound or not before.select:
        return None
    frame = frames.read(linked, today)
    known = {cue for words in CUE_WORDS.values() for cue in words}
    if any(word.lower() not in SMALL_TALK | known for word in frames.unused(linked, frame)):
        return None
    composer = Composer(linked, frame, anchors=[leaf.table for item in reversed(before.select) for leaf in leaves(item.expression)])
    try:
        plan = _apply(composer, frame, before)
    except NoPlanError:
        return None
    return None if plan == before else (plan, tuple(composer.assumptions))


def _apply(composer: Composer, frame: Frame, before: Plan) -> Plan:
    if any(noun.role in ("measure", "count") for noun in frame.nouns):
        raise NoPlanError
    added = (*composer.values(), *composer.periods())
    places = {condition.item for condition in added}
    kept = tuple(c for c in before.where if c.item not in places or not _narrows(c, added))
    plan = replace(before, where=(*kept, *added))
    aggregated = any(item.aggregate for item in plan.select)
    groups = [noun for noun in frame.nouns if noun.role == "group"]
    if (frame.grain or groups) and not aggregated:
        raise NoPlanError
    for noun in groups:
        keys, shown = composer.group(noun)
        plan = _grouped(plan, keys, shown)
    if frame.grain:
        plan = _grouped(plan, [], [Bucket(composer.date(), frame.grain)], timed=True)
    if frame.limit and aggregated:
        measure = next(item for item in plan.select if item.aggregate)
        plan = replace(plan, limit=frame.limit, order=(Order(measure, frame.descending),), ties=True)
    if frame.window == "share" and plan.group and sum(bool(i.aggregate) for i in plan.select) == 1:
        plan = replace(plan, select=tuple(replace(i, window="share") if i.aggregate else i for i in plan.select), order=())
    return plan


def _narrows(condition: Condition, added: tuple[Condition, ...]) -> bool:
    """Whether a new condition takes the place of ``condition``: the same column tested again."""
    return any(c.item == condition.item for c in added)


def _grouped(plan: Plan, keys: list, shown: list, *, timed: bool = False) -> Plan:
    fresh = [Item(e) for e in shown if Item(e) not in plan.select]
    if timed:
        plan = replace(
            plan,
            select=tuple(i for i in plan.select if not isinstance(i.expression, Bucket)),
            group=tuple(e for e in plan.group if not isinstance(e, Bucket)),
        )
    old = [item for item in plan.select if not item.aggregate]
    values = [item for item in plan.select if item.aggregate]
    group = tuple(dict.fromkeys((*plan.group, *keys, *(e for e in shown if isinstance(e, (ColumnRef, Bucket))))))
    first = next((i for i in fresh if isinstance(i.expression, Bucket)), None)
    order = (Order(first),) if first else plan.order or (Order(values[0], descending=True),)
    return replace(plan, select=(*fresh, *old, *values), group=group, order=order)
