"""Both sides of a flag, and those for whom it holds by a noun: with and without dependents, churners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.wording.persons import BUYERS
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView, Schema

BOTH = re.compile(
    r"\b(?:(?:for|of|from|by) )?(?:(?:the )?(?P<who>[a-z]+s) )?(?:with (?:and|or|vs\.?|versus|compared (?:to|with)) without|without (?:and|or|vs\.?|versus) with) (?:an? |any )?(?P<what>[a-z]+(?: [a-z]+)?)\b",
    re.IGNORECASE,
)
DOER = re.compile(r"\b(?P<base>[a-z]{4,})ers\b", re.IGNORECASE)
YES_NO = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"})


def plainly(text: str, schema: Schema) -> str:
    """``text`` as by the flag where both of its sides are meant, and those for whom it holds as those who did it."""
    text = BOTH.sub(lambda match: _both(match, schema), text)
    return DOER.sub(lambda match: _doer(match, schema), text)


def _both(said: re.Match[str], schema: Schema) -> str:
    words = [stem(word) for word in said["what"].lower().split()]
    for length in range(len(words), 0, -1):
        found = [view for view in schema.columns if view.stems == tuple(words[:length]) and _sided(view, schema)]
        if len(found) == 1:
            rest = " ".join(said["what"].split()[length:])
            who = f"of {said['who']} " if said["who"] and said.group().lower().startswith(("of ", "for ")) else f"{said['who'] or ''} "
            return f"{who}by {' '.join(split(found[0].ref.column))} {rest}".strip()
    return said.group()


def _sided(view: ColumnView, schema: Schema) -> bool:
    """Whether a column says yes or no of each row."""
    if view.distinct != 2 or view.foreign:
        return False
    held = {kind.casefold() for kind in schema.kinds.get(view.ref, ())}
    return view.type == "boolean" or (view.type == "integer" and (view.low, view.high) == (0, 1)) or held in YES_NO


def _doer(said: re.Match[str], schema: Schema) -> str:
    root = stem(said["base"].lower())
    found = [view for view in schema.columns if view.stems == (root,) and _sided(view, schema)]
    if len(found) != 1 or (stem(said.group().lower()) in schema.vocabulary and stem(said.group().lower()) != root):
        return said.group()
    who = next((name for name in BUYERS if (stem(name),) in schema.things), "")
    return f"{who}s who {said['base']}ed" if who else said.group()
