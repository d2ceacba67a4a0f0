"""Numbers in a question: what each of them tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.reader.clause import Clause, NoClauseError
from aiser_jupyter.ask.reader.part import Part

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.reader.marks import Mark

KEYED = frozenset({"id", "key", "code", "zip"})


class Numbers:
    """What has been read of a question so far, and how its numbers are compared."""

    def __init__(self, linked: Linked, pieces: list[Mark | Part]) -> None:
        self.linked, self.schema, self.pieces = linked, linked.schema, pieces
        self.lower = linked.question.lower
        self.clause = Clause()
        self.pending: list[str] = []
        self.group_open = False
        self.negative = False
        self.compared: Mark | None = None
        self.adjectives: list[tuple[int, Condition]] = []
        self.per = False

    def _compare(self, mark: Mark, at: int) -> None:
        """A number: it tests the column just before it, or waits for what it counts."""
        before, after = (self.pieces[at - 1] if at else None), (self.pieces[at + 1] if at + 1 < len(self.pieces) else None)
        near_after = isinstance(after, Part) and after.start - mark.end <= 1
        clause = self.clause
        if isinstance(after, Part) and near_after and (after.sense.kind != "test" or isinstance(self._next(at + 2), Part)):
            numeric = after.sense.kind == "column" and after.sense.column is not None and self._numeric(after.sense.column)
            if after.sense.kind == "table" or numeric or after.sense.kind == "test":
                self.compared = mark
                return
        if isinstance(before, Part) and before.sense.column is not None and self._numeric(before.sense.column):
            ref = before.sense.column
            for pool in (clause.loose, clause.attributes):
                if ref in pool:
                    pool.remove(ref)
            self.adjectives = [a for a in self.adjectives if a[1].item.expression != ref]
            clause.tests = [a for a in clause.tests if a[1].item.expression != ref]
            if clause.figures and clause.figures[-1].column == ref:
                raise NoClauseError
            clause.tests.append((mark.start, self._test(ref, mark)))
            return
        if mark.kind == "number":
            raise NoClauseError
        self.compared = mark

    def _test(self, ref: ColumnRef, mark: Mark) -> Condition:
        view = self.schema.view(ref)
        values: tuple[Any, ...] = mark.values
        percent = "%" in mark.text or "percent" in self.lower[mark.end : mark.end + 1]
        if percent and isinstance(view.high, (int, float)) and view.high <= 1:
            values = tuple(round(v / 100, 6) for v in values)
        kind: Any = "=" if mark.kind == "number" else mark.kind
        if self.negative:
            raise NoClauseError
        return Condition(Item(ref), kind, values)

    def _numeric(self, ref: ColumnRef) -> bool:
        view = self.schema.view(ref)
        return view.numeric and not view.primary and not view.foreign and "year" not in view.stems and view.stems[-1] not in KEYED

    def _next(self, at: int) -> Mark | Part | None:
        return self.pieces[at] if at < len(self.pieces) else None
