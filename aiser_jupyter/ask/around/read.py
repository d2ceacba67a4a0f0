"""Reads a question from its outside in: what stands around the core, then the core, whose plan is turned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.ages import ages
from aiser_jupyter.ask.around.ahead import ahead
from aiser_jupyter.ask.around.beside import beside
from aiser_jupyter.ask.around.best import best
from aiser_jupyter.ask.around.columns import columns
from aiser_jupyter.ask.around.compared import compared
from aiser_jupyter.ask.around.core import Asked
from aiser_jupyter.ask.around.kinds import kinds
from aiser_jupyter.ask.around.per import per
from aiser_jupyter.ask.around.portion import portion
from aiser_jupyter.ask.around.running import percent, running
from aiser_jupyter.ask.around.shared import shared
from aiser_jupyter.ask.around.sides import sides
from aiser_jupyter.ask.around.span import span
from aiser_jupyter.ask.around.took import took
from aiser_jupyter.ask.around.within import within
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import lost
from aiser_jupyter.ask.reader.read import Read, read

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.link import Linked

SURE, LOST = 0.63, 0.5
SHAPES = (
    portion,
    kinds,
    ages,
    columns,
    per,
    ahead,
    running,
    percent,
    best,
    took,
    span,
    sides,
)  # what a reading that only follows the nouns takes for something else
FORMS = (beside, compared, shared, within)


def around(linked: Linked, today: date) -> list[Read]:
    """The plans of ``linked``: what its shape calls for, else those of the reader where it is sure of one, else the core's with what stands around it."""
    if linked.spoken.found or len(linked.question.tokens) > 40:
        return read(linked, today)
    asked = Asked(linked, today)
    for form in SHAPES:
        try:
            made = form(asked)
        except LookupError:  # what is asked about has no key
            continue
        if made:
            return made
    found = [replace(one, confidence=one.confidence * LOST) if lost(Seen(linked, one.plan)) else one for one in read(linked, today)]
    if found and found[0].confidence >= SURE:
        return found
    for form in FORMS:
        made = form(asked)
        if made:
            return [*made, *found]
    return found
