"""Candidates for a question: likely skeletons, filled."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from aiser_jupyter.ask.learned.derive import derived
from aiser_jupyter.ask.learned.fill import Filler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.learned.fill import Filled, State
    from aiser_jupyter.ask.learned.model import Model
    from aiser_jupyter.ask.learned.skeleton import Skeleton
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

SKELETONS, POOL, CANDIDATES = 32, 70, 36


def candidates(linked: Linked, model: Model) -> tuple[list[Filled], dict[str, int]]:
    """The most promising filled skeletons, best first, and each skeleton's place among the likely ones."""
    if model.encoder is not None and linked.foretold is None:
        linked.foretold = model.encoder.foretell(linked)
    likely = model.shapes.best(linked, SKELETONS)
    likely += derived(linked, likely, model.shapes.known)
    filler = Filler(linked, model.columns, model.tables)
    filler.prepare(likely)
    unique: dict[tuple, Filled] = {}
    for state in _falling(filler, [skeleton for _, skeleton in likely]):
        for filled in filler.close(state):
            if len(set(filled.plan.select)) == len(filled.plan.select):
                unique.setdefault(_meaning(filled.plan), filled)
        if len(unique) >= POOL:
            break
    return sorted(unique.values(), key=lambda filled: -filled.total)[:CANDIDATES], {
        skeleton.key: i for i, (_, skeleton) in enumerate(likely)
    }


def _falling(filler: Filler, skeletons: list[Skeleton]) -> Iterator[State]:
    """The fillings of all skeletons, best first; a skeleton is only filled once none of what is there exceeds its bound."""
    waiting = sorted((filler.bound(skeleton), -i) for i, skeleton in enumerate(skeletons))
    ready: list[tuple[float, int, int, State]] = []
    while waiting or ready:
        while waiting and (not ready or waiting[-1][0] >= -ready[0][0]):
            bound, place = waiting.pop()
            if bound == -math.inf:
                continue
            for j, state in enumerate(filler.fill(skeletons[-place])):
                heapq.heappush(ready, (-state.total, -place, j, state))
        if ready:
            yield heapq.heappop(ready)[3]


def _meaning(plan: Plan) -> tuple:
    """What two plans that differ in the order of their columns alone have in common."""
    return frozenset(plan.select), *(value for name, value in vars(plan).items() if name not in ("select", "group")), frozenset(plan.group)
