"""The doubts that the reader of noun phrases has of a plan of its own, before it offers any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import counts, denials, groups, happened, keys, money, periods, ranks, shares, shown, states, views
from aiser_jupyter.ask.doubts.doubt import called_for

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

TOPICS = (
    *money.DOUBTS, *counts.DOUBTS, *keys.DOUBTS, *shares.DOUBTS, *views.DOUBTS, *ranks.DOUBTS, *periods.DOUBTS, *groups.DOUBTS,
    *states.DOUBTS, *happened.DOUBTS, *shown.DOUBTS, *denials.DOUBTS,
)  # fmt: skip
EARLY = tuple(doubt for doubt in TOPICS if doubt.early)


def misread(seen: Seen) -> bool:
    """Whether a word of the question stands in the plan for what it doesn't mean."""
    return any(doubt.breaks(seen) for doubt in called_for(EARLY, seen.text))
