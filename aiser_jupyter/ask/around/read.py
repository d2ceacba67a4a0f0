"""Reads a question from its outside in: what stands around the core, then the core, whose plan is turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.beside import beside
from aiser_jupyter.ask.around.compared import compared
from aiser_jupyter.ask.around.core import Asked
from aiser_jupyter.ask.around.shared import shared
from aiser_jupyter.ask.around.within import within
from aiser_jupyter.ask.reader.read import Read, read

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.link import Linked

SURE = 0.63
FORMS = (beside, compared, shared, within)


def around(linked: Linked, today: date) -> list[Read]:
    """The plans of ``linked``: those of the reader where it is sure of one, else the core's with what stands around it."""
    found = read(linked, today)
    if (found and found[0].confidence >= SURE) or linked.spoken.found or len(linked.question.tokens) > 40:
        return found
    asked = Asked(linked, today)
    for form in FORMS:
        made = form(asked)
        if made:
            return [*made, *found]
    return found
