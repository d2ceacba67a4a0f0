"""A sentence under construction: runs of text and facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.answer.answer import Part
from aiser_jupyter.facts import Fact, check

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Line:
    """Parts in order, the facts they state and the names in them that may hold digits."""

    parts: list[Part] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def say(self, text: str) -> Line:
        """Plain words of our own."""
        self.parts.append(Part(text))
        return self

    def name(self, text: str, *, strong: bool = False) -> Line:
        """A name, date or condition from the data or the query: its digits are no claim."""
        self.names.append(text.strip())
        self.parts.append(Part(text, strong=strong))
        return self

    def state(self, fact: Fact, text: str | None = None, *, strong: bool = True) -> Line:
        """A number with its fact."""
        if all(f.id != fact.id for f in self.facts):
            self.facts.append(fact)
        self.parts.append(Part(fact.text if text is None else text, fact.id, strong))
        return self

    @property
    def text(self) -> str:
        """The sentence."""
        return "".join(p.text for p in self.parts)

    def holds(self) -> bool:
        """Whether every number said has its fact."""
        return not check(self.text, self.facts, self.names)

    def listing(self, names: Iterable[str]) -> Line:
        """``A, B and C``, each a name."""
        items = list(names)
        for index, item in enumerate(items):
            self.say("" if index == 0 else " and " if index == len(items) - 1 else ", ").name(item)
        return self


def upper_first(line: Line) -> Line:
    """``line`` with a capital at its start."""
    first = next((i for i, p in enumerate(line.parts) if p.text), None)
    if first is not None:
        part = line.parts[first]
        text = part.text[:1].upper() + part.text[1:]
        line.parts[first] = Part(text, part.fact, part.strong)
        if part.text in line.names:
            line.names.append(text)
    return line
