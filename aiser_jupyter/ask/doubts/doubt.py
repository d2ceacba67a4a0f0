"""One thing that must hold between a question and the query that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from aiser_jupyter.ask.doubts.seen import Seen

NONE, LOST, HALF, PARTLY = 0.0, 0.45, 0.5, 0.6  # what is left of the confidence: nothing where the query answers another question


@dataclass(frozen=True, eq=False)  # each is itself alone: they are looked up by question
class Doubt:
    """What ``says`` is wrong with a query for which ``breaks`` holds, and the ``weight``, what is then left of the confidence in it.

    Only questions with words like ``cue`` can break it, all where there is none. With ``early`` the reader of noun phrases drops a plan of its
    own that breaks it, before it offers any.
    """

    name: str
    says: str
    weight: float
    breaks: Callable[[Seen], bool]
    cue: re.Pattern[str] | None = None
    early: bool = False


@lru_cache(maxsize=256)
def called_for(doubts: tuple[Doubt, ...], text: str) -> tuple[Doubt, ...]:
    """Those of ``doubts`` that a question can break, by its words: looked for once for all of its candidates."""
    return tuple(doubt for doubt in doubts if doubt.cue is None or doubt.cue.search(text))
