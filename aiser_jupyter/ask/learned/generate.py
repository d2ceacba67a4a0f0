"""Candidates for a question: likely skeletons, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.learned.derive import derived
from aiser_jupyter.ask.learned.fill import Filler

if TYPE_CHECKING:
    from aiser_jupyter.ask.learned.fill import Filled
    from aiser_jupyter.ask.learned.model import Model
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
    states = sorted((state for _, skeleton in likely for state in filler.fill(skeleton)), key=lambda state: -state.total)
    unique: dict[tuple, Filled] = {}
    for state in states:
        for filled in filler.close(state):
            if len(set(filled.plan.select)) == len(filled.plan.select):
                unique.setdefault(_meaning(filled.plan), filled)
        if len(unique) >= POOL:
            break
    return sorted(unique.values(), key=lambda filled: -filled.total)[:CANDIDATES], {
        skeleton.key: i for i, (_, skeleton) in enumerate(likely)
    }


def _meaning(plan: Plan) -> tuple:
    """What two plans that differ in the order of their columns alone have in common."""
    return frozenset(plan.select), *(value for name, value in vars(plan).items() if name not in ("select", "group")), frozenset(plan.group)
