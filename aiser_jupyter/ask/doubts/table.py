"""The whole table of doubts, and what is believed of a query by it.

To see what a doubt does: ``broken(Seen(linked, plan, frame, asked))`` tells those that a plan breaks. To add one: a predicate over `Seen` in the
file of its topic, a line in that file's DOUBTS, and a case that breaks it and one that keeps it in its test.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import faithful, shapes, trained
from aiser_jupyter.ask.doubts.doubt import Doubt, called_for
from aiser_jupyter.ask.doubts.early import TOPICS

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

TABLE = (*TOPICS, *shapes.DOUBTS)
LACKING = tuple(doubt for doubt in TABLE if not doubt.weight)
DOUBTED = tuple(doubt for doubt in TABLE if doubt.weight)


def lacking(seen: Seen) -> bool:
    """Whether the plan answers another question: what was asked for is not in it."""
    return any(doubt.breaks(seen) for doubt in called_for(LACKING, seen.text))


def lost(seen: Seen) -> bool:
    """Whether the plan loses the shape of its question."""
    return any(doubt.breaks(seen) for doubt in called_for(shapes.DOUBTS, seen.text))


def belief(seen: Seen) -> float:
    """What is left of the confidence in the plan by every reading: 1.0 where it breaks nothing."""
    return _left(seen, DOUBTED)


def fidelity(seen: Seen) -> float:
    """What is left of the confidence in a plan that grammar or training read: 1.0 where it keeps every part of the question."""
    return _left(seen, faithful.DOUBTS) * _product(seen, trained.DOUBTS)


def broken(seen: Seen) -> tuple[Doubt, ...]:
    """All doubts that the plan breaks, the heaviest first."""
    free = () if seen.linked.spoken.found else (*DOUBTED, *faithful.DOUBTS)
    found = [doubt for doubt in called_for((*LACKING, *free, *trained.DOUBTS), seen.text) if doubt.breaks(seen)]
    return tuple(sorted(found, key=lambda doubt: doubt.weight))


def _left(seen: Seen, doubts: tuple[Doubt, ...]) -> float:
    """The product of the weights of those that the plan breaks. What the semantic model says is met by its own definitions."""
    return 1.0 if seen.linked.spoken.found else _product(seen, doubts)


def _product(seen: Seen, doubts: tuple[Doubt, ...]) -> float:
    return math.prod(doubt.weight for doubt in called_for(doubts, seen.text) if doubt.breaks(seen))
