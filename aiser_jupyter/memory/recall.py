"""What memory gives a model for one question, within a budget that says what it left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.memory.memory import of

if TYPE_CHECKING:
    from aiser_jupyter.context import Context
    from aiser_jupyter.memory.entry import Entry

# Letters of English a token has, about (the rule of thumb of the model makers).
LETTERS = 4


@dataclass(frozen=True)
class Recalled:
    """Parts of text, the most useful first; ``omitted`` is how many found no room, ``tokens`` about how many the parts take."""

    parts: tuple[str, ...] = ()
    omitted: int = 0
    tokens: int = 0

    @property
    def text(self) -> str:
        """The parts as one text, which says what was left out."""
        left = (f"({self.omitted} more left out: no room.)",) if self.omitted else ()
        return "\n".join((*self.parts, *left))


def recall(context: Context, question: str, budget: int = 600, *, on: str | None = None) -> Recalled:
    """Preferences, taught words of the question, then the verified queries and episodes nearest to it, in at most ``budget`` tokens.

    Everything in it comes from entries that may be kept of that connection, so no cell value is in it under ``copy = metadata``.
    """
    memory = of(context)
    if not memory.enabled:
        return Recalled()
    found = memory.near(question, on)
    parts: list[str] = []
    omitted = spent = 0
    for entry in found:
        part = _told(entry)
        cost = -(-len(part) // LETTERS)
        if spent + cost > budget:
            omitted += 1
            continue
        parts.append(part)
        spent += cost
    return Recalled(tuple(parts), omitted, spent)


def _told(entry: Entry) -> str:
    match entry.kind:
        case "preference":
            return f"Preference: {entry.value.get('value', entry.text)}"
        case "synonym":
            return f"Word: {entry.summary}"
        case "verified":
            return f"Verified query for “{entry.text}”: {entry.value.get('sql', '')}"
        case _:
            return f"Asked before: {entry.text} -> {entry.value.get('sql', '')}"
