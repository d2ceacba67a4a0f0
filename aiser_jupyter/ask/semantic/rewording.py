"""A question in the catalog's own words: what was learned from questions knows nothing of the names that a semantic model gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.question import read
from aiser_jupyter.ask.words import split

if TYPE_CHECKING:
    from aiser_jupyter.ask.semantic.definitions import Said


def in_own_words(linked: Linked) -> Linked:
    """``linked`` with the other names of tables and columns put as the catalog writes them; the same where there are none."""
    tokens, text = linked.question.tokens, linked.question.text
    for one in reversed(linked.spoken.found):
        own = _own(one)
        start, end = tokens[one.start].start, tokens[one.end - 1].end
        if own and own != text[start:end].lower():
            text = text[:start] + own + text[end:]
    return linked if text == linked.question.text else Linked(read(text), linked.schema, linked.lexicon)


def _own(said: Said) -> str:
    """The words of the table's or column's own name; empty for what the model defines anew."""
    term = said.terms[0]
    if term.decisive:
        return ""
    name = term.table or (term.column.column if term.column else "")
    return " ".join(split(name)) or name.lower()
