"""Things first and then what is asked of them: products with "lamp" in their name: units sold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

ASKED = re.compile(
    r"^\W*(?P<what>[^:?]+?) ?: (?:the |their )?(?P<figure>(?!how\b|which\b|what\b|list\b|number and\b)[^:?,]+?)(?: (?:in total|altogether|overall))?\W*$",
    re.IGNORECASE,
)


def colon(outer: Outer) -> list[Scored]:
    """The figure of those things; none where it is not one figure, or the things test nothing."""
    said = ASKED.match(outer.text)
    if said is None:
        return []
    alone = outer.sure(said["figure"])
    item = figure(alone.plan) if alone is not None else None
    if alone is None or item is None or alone.plan.group or alone.plan.where:
        return []
    for way in (f"{said['figure']} of {said['what']}", f"{said['figure']} for {said['what']}"):
        found = outer.sure(way)
        if found is not None and figure(found.plan) == item and found.plan.where and not found.plan.group:
            return outer.made(found.plan, found)
    return []
