"""A candidate query and how sure a reading is of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.segments import Option
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reading import Trace


@dataclass(frozen=True)
class Scored:
    """A candidate query with the probability that it is right, the words it leaves out, and what it took for granted."""

    plan: Plan
    sql: str
    confidence: float
    missing: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    trace: tuple[Trace, ...] = ()
    business: bool = False
    summed: bool = False  # whether the question names a business measure
    rivals: tuple[tuple[int, Option], ...] = ()  # other columns that a noun phrase may mean, by where it starts
