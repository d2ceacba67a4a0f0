"""A question of several parts, and how a part of it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Item
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

LEAST = 0.7  # what a part must be sure of
JOINED = 0.95  # what putting two parts together costs


@dataclass(frozen=True)
class Outer:
    """The question, the data that it is about, and what reads a part of it."""

    schema: Schema
    text: str
    read: Callable[[str], list[Scored]]

    def sure(self, text: str) -> Scored | None:
        """The one reading of a part that leaves no word out; None where it is not sure enough."""
        found = self.read(" ".join(text.split()))
        return found[0] if found and found[0].confidence >= LEAST and not found[0].missing else None

    def made(self, plan: Plan, *parts: Scored, notes: tuple[str, ...] = ()) -> list[Scored]:
        """One reading with the plan that was made of its parts; none where its tables hang together in no way."""
        try:
            sql = render.sql(plan, self.schema.graph)
        except render.NoJoinError:
            return []
        said = tuple(dict.fromkeys((*(note for part in parts for note in part.assumptions), *notes)))
        sure = min(part.confidence for part in parts) * JOINED
        return [replace(parts[0], plan=plan, sql=sql, confidence=sure, assumptions=said, rivals=())]


def figure(plan: Plan) -> Item | None:
    """The one plain figure of a plan without limits and inner plans; None where it has another shape."""
    figures = [item for item in plan.select if item.aggregate]
    if len(figures) != 1 or plan.limit or plan.having or plan.source or plan.compound or plan.either or plan.rank_within:
        return None
    one = figures[0]
    return one if one == Item(one.expression, one.aggregate, one.distinct) else None
