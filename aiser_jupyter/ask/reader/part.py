"""A chunk of a question in one of its meanings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.reader.marks import Mark
    from aiser_jupyter.ask.reader.senses import Sense


@dataclass(frozen=True)
class Part:
    """A chunk in one of its meanings."""

    start: int
    end: int
    sense: Sense

    @property
    def stored(self) -> bool:
        """Whether it tests for a stored value."""
        test = self.sense.test
        return test is not None and test.operator == "=" and bool(test.values) and isinstance(test.values[0], str)


def apposed(part: Part, pieces: Sequence[Mark | Part], at: int) -> bool:
    """Whether a column only says again what kind of value stands beside it: two-year contracts, the status open."""
    ref = part.sense.column
    if part.sense.kind != "column" or part.sense.measure is not None or ref is None:
        return False
    before = pieces[at - 1] if at else None
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    beside = [
        *([before] if before is not None and before.end == part.start else []),
        *([after] if after is not None and after.start == part.end else []),
    ]
    return any(isinstance(one, Part) and one.stored and one.sense.column == ref for one in beside)
