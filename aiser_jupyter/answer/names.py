"""The names of rows, and the small words around them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from aiser_jupyter.facts.build import wording
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.line import Line
    from aiser_jupyter.answer.shape import Field, Shape

FIRST, LAST = "first name", "last name"
SUPERLATIVES = {"time": ("earliest", "latest"), "number": ("smallest", "largest")}


def called(line: Line, evidence: Evidence, names: tuple[Field, ...], row: int, *, strong: bool = False, bare: bool = False) -> Line:
    """The names of a row, first and last name as one; a number is said with what it is, unless ``bare``."""
    for index, field in enumerate(names):
        value = evidence.cells[field.index][row]
        text = "(missing)" if value is None else wording(value, grain=field.grain)
        number = isinstance(value, int | float | Decimal) and field.grain is None
        if number or (isinstance(value, str) and value.isdecimal()):
            what = field.value.text.partition(" number of ")[0].removesuffix(" id")
            text = str(value) if bare or what == "id" else f"{what} {value}"
        person = index > 0 and field.value.text.endswith(LAST) and names[index - 1].value.text.endswith(FIRST)
        previous = names[index - 1] if index else None
        if previous is not None and field.value.text.startswith("quarter number of ") and previous.grain == "year":
            line.parts.pop()
            text, person = f"Q{value} {evidence.cells[previous.index][row]}", False
            line.name(text, strong=strong)
            continue
        line.say("" if index == 0 else " " if person else ", ").name(text, strong=strong)
    return line


def parts(names: tuple[Field, ...]) -> int:
    """How many names a row has, first and last name counted as one."""
    return len(names) - sum(a.value.text.endswith(FIRST) and b.value.text.endswith(LAST) for a, b in pairwise(names))


def over(evidence: Evidence, shape: Shape) -> bool:
    """Whether the period that the query keeps has passed, so that the past tense is right."""
    until = shape.outline.until
    return until is not None and until <= evidence.as_of.date()


def counted(things: str, count: int) -> str:
    """``things`` as they follow their count."""
    return noun.singular(things) if count == 1 else noun.plural(things)


def superlative(shape: Shape) -> str:
    """``latest order date`` for the order's first key, as the first row has it; empty where the first row need not have it."""
    outline = shape.outline
    words = SUPERLATIVES.get(outline.kind)
    return f"{words[outline.descending]} {outline.order}" if words and outline.limited and outline.order else ""
