"""Reads a question as one that is made of others, where it has such a form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer import but_never as denied
from aiser_jupyter.ask.outer import together as joint
from aiser_jupyter.ask.outer.against import against
from aiser_jupyter.ask.outer.but_never import but_never
from aiser_jupyter.ask.outer.core import Outer
from aiser_jupyter.ask.outer.latest import latest
from aiser_jupyter.ask.outer.middle import middle
from aiser_jupyter.ask.outer.of_them import of_them
from aiser_jupyter.ask.outer.stock import stock
from aiser_jupyter.ask.outer.together import together
from aiser_jupyter.ask.wording.normal import mended

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

FORMS = (but_never, together, of_them, stock, latest, middle, against)
TWO = (denied.asked, joint.asked)
ONE_OF_TWO = 0.6  # what a reading costs that asks for two things, and tests one or mixes them


def heard(schema: Schema, text: str, read: Callable[[str], list[Scored]]) -> list[Scored]:
    """The readings of ``text``: of the first form whose parts are all read, else those of the whole."""
    outer = Outer(schema, mended(text, schema), read)
    for form in FORMS:
        if made := form(outer):
            return made
    found = read(text)
    if not any(asked(outer.text) for asked in TWO):
        return found
    return [
        one if one.plan.where and len([c for c in one.plan.where if c.plan]) > 1 else replace(one, confidence=one.confidence * ONE_OF_TWO)
        for one in found
    ]
