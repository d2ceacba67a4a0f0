"""A chunk of a question in one of its meanings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import flags
from aiser_jupyter.ask.reader.marks import Mark

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef, Condition
    from aiser_jupyter.ask.reader.senses import Sense
    from aiser_jupyter.ask.schema import Schema

HAVING = frozenset({"have", "has", "had", "with", "having"})
# … and in a share, where no row is shown that could be one of several.
WITHIN = frozenset(
    {"used", "use", "uses", "using", "include", "includes", "included", "including", "contain", "contains", "carry", "carries"}
)


@dataclass(frozen=True)
class Part:
    """A chunk in one of its meanings."""

    start: int
    end: int
    sense: Sense


def says(before: list[Mark | Part], ref: ColumnRef) -> bool:
    """Whether the column right before a value says whose value it is, as in whose country is not Switzerland, and is not asked for itself."""
    last = next((piece for piece in reversed(before) if not (isinstance(piece, Mark) and piece.kind == "neg")), None)
    return isinstance(last, Part) and last.sense.kind == "column" and last.sense.column == ref


def said(before: list[Mark | Part], part: Part, ref: ColumnRef) -> bool:
    """Whether the value right before a column is one of that column."""
    last = before[-1] if before else None
    tested = last.sense.test if isinstance(last, Part) and last.end == part.start and last.sense.kind == "test" else None
    return tested is not None and tested.item.expression == ref


def lacked(pieces: list[Mark | Part], at: int, home: str) -> bool:
    """Whether the test at a place only tells which rows of another table than ``home`` are not there: without an active contract."""
    here, after, before = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else None, pieces[at - 1] if at else None
    thing = isinstance(here, Part) and isinstance(after, Part) and after.start == here.end and after.sense.kind == "table"
    if not thing or not isinstance(here, Part) or not isinstance(after, Part) or after.sense.table != here.sense.table:
        return False
    without = isinstance(before, Mark) and before.text.split()[0] in ("without", "no", "lacking")
    return after.sense.table != home and (bool(home) or without)


def possessed(schema: Schema, lower: tuple[str, ...], part: Part, ref: ColumnRef, *, share: bool) -> Condition | None:
    """The test that a row has some of what a column tells, after "with a" or, in a share, "used a"; None elsewhere."""
    if part.start < 2 or lower[part.start - 1] not in ("a", "an", "any"):
        return None
    verb = lower[part.start - 2]
    return flags.has(schema, ref) if verb in HAVING or (share and verb in WITHIN) else None
