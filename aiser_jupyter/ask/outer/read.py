"""Reads a question as one that is made of others, where it has such a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.normal import mended
from aiser_jupyter.ask.outer.against import against
from aiser_jupyter.ask.outer.but_never import but_never
from aiser_jupyter.ask.outer.core import Outer
from aiser_jupyter.ask.outer.latest import latest
from aiser_jupyter.ask.outer.middle import middle
from aiser_jupyter.ask.outer.of_them import of_them
from aiser_jupyter.ask.outer.stock import stock
from aiser_jupyter.ask.outer.together import together

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

FORMS = (but_never, together, of_them, stock, latest, middle, against)


def heard(schema: Schema, text: str, read: Callable[[str], list[Scored]]) -> list[Scored]:
    """The readings of ``text``: of the first form whose parts are all read, else those of the whole."""
    outer = Outer(schema, mended(text, schema), read)
    for form in FORMS:
        if made := form(outer):
            return made
    return read(text)
