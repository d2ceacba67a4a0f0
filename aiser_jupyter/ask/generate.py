"""Candidates for a question: likely skeletons, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.fill import Filler

if TYPE_CHECKING:
    from aiser_jupyter.ask.fill import Filled
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.model import Model

SKELETONS, CANDIDATES = 36, 30


def candidates(linked: Linked, model: Model) -> tuple[list[Filled], dict[str, int]]:
    """The most promising filled skeletons, best first, and each skeleton's place among the likely ones."""
    likely = model.shapes.best(linked, SKELETONS)
    filler = Filler(linked, model.columns, model.tables)
    filler.prepare(likely)
    found = [filled for _, skeleton in likely for filled in filler.fill(skeleton)]
    unique = {}
    for filled in sorted(found, key=lambda f: -f.total):
        unique.setdefault(filled.plan, filled)
    return list(unique.values())[:CANDIDATES], {skeleton.key: i for i, (_, skeleton) in enumerate(likely)}
