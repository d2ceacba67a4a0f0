"""Which of several grew the most: the first by the change of a figure from one period to another."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Order

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

YEAR = r"(?:19|20)\d\d"
ASKED = re.compile(
    rf"^\W*(?:which|what) (?P<group>[\w ]+?) (?P<way>grew|rose|increased|fell|declined|shrank|dropped|lost|gained) (?:the )?(?P<most>most|fastest|strongest|least)(?: in (?P<what>[\w ]+?))?,? (?:from|between) (?P<old>{YEAR}) (?:to|and) (?P<new>{YEAR})\W*$",
    re.IGNORECASE,
)
DOWN = frozenset({"fell", "declined", "shrank", "dropped", "lost"})


def grew(outer: Outer) -> list[Scored]:
    """The one group with the largest change in percent; none where the change is not read by that group."""
    said = ASKED.match(outer.text)
    if said is None:
        return []
    base = outer.sure(f"{said['what'] or 'revenue'} growth by {said['group']} {said['new']} vs {said['old']}")
    if base is None or not base.plan.group or base.plan.limit or base.plan.source:
        return []
    figures = [item for item in base.plan.select if item.aggregate]
    if len(figures) != 1 or figures[0].window != "change":
        return []
    up = (said["way"].lower() not in DOWN) == (said["most"].lower() != "least")
    note = () if said["what"] else ("what grew is the revenue, in percent",)
    return outer.made(replace(base.plan, order=(Order(figures[0], descending=up),), limit=1, ties=True), base, notes=note)
