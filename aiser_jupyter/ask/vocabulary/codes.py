"""Words for what a column keeps as a letter: married is M of a marital status, single S; only where no value is the word itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import bag, stem
from aiser_jupyter.catalog.values import ValueHit

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

FEW = 8
# The words of a column's name, and for each word of a question the letters that may stand for it there.
LETTERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("marital marriage civil", {"married": "m", "single": "s", "unmarried": "s", "divorced": "d", "widowed": "w", "separated": "p"}),
    ("gender sex gndr", {"female": "f w", "women": "f w", "woman": "f w", "ladies": "f w", "girls": "f", "male": "m", "men": "m", "man": "m", "gentlemen": "m", "boys": "m"}),
    ("priority severity urgency", {"high": "h", "medium": "m", "low": "l", "critical": "c", "urgent": "u"}),
)  # fmt: skip
SAID = {word: (frozenset(map(stem, bag(names))), letters.split()) for names, words in LETTERS for word, letters in words.items()}
# Whole words that some columns keep in place of the letter.
SPELLED = {"ladies": "female", "women": "female", "woman": "female", "girls": "female", "gentlemen": "male", "men": "male", "man": "male", "boys": "male", "unmarried": "single"}  # fmt: skip


def meant(schema: Schema, text: str) -> list[ValueHit]:
    """The stored letters, or plain words, that ``text`` may stand for, each in a column of that name with few values."""
    word = text.lower()
    if word not in SAID:
        return []
    names, letters = SAID[word]
    wanted = {*letters, SPELLED.get(word, "")} - {""}
    return [
        ValueHit(view.ref.table, view.ref.column, kind)
        for view in schema.columns
        if view.type == "text" and view.distinct <= FEW and set(view.stems) & names
        for kind in schema.kinds.get(view.ref, ())
        if kind.casefold() in wanted
    ]
