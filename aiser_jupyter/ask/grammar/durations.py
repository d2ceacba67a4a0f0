"""How long something took: the length of a stay, the time to resolve a ticket, the days from booking to arrival; each between two dates of a row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.over_time import OverTime
from aiser_jupyter.ask.grammar.spans import KINDS
from aiser_jupyter.ask.plan import ColumnRef, Days, Item
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Aggregate, Plan
    from aiser_jupyter.ask.schema import ColumnView

UNITS = {"hour": 3_600.0, "minute": 60.0, "second": 1.0}
UNIT = re.compile(r"\b(?:in |how many |number of )(hour|minute|second)s\b|\b(hour|minute)s (?=to |from |between |until )", re.IGNORECASE)
AMOUNTS: dict[str, Aggregate] = {
    "median": "median", "longest": "max", "maximum": "max", "max": "max", "shortest": "min", "minimum": "min", "min": "min", "total": "sum",
}  # fmt: skip
SPOKEN = frozenset(
    map(
        stem,
        (
            "take",
            "takes",
            "days",
            "day",
            "nights",
            "night",
            "hours",
            "hour",
            "minutes",
            "long",
            "time",
            "ahead",
            "advance",
            "people",
            "length",
            "book",
            "stay",
            "average",
            "typical",
            "need",
        ),
    )
)


@dataclass(frozen=True)
class Span:
    """Two dates of a row, and the characters of the question that ask for the time between them."""

    start: ColumnRef
    end: ColumnRef
    place: tuple[int, int]
    timed: bool


class Durations(OverTime):
    """Forms about how long something took."""

    def _duration(self) -> Plan | None:
        """The time between two dates of a row as one figure, by group where one is named."""
        found = self._span()
        if found is None:
            return None
        inside = {i for i, t in enumerate(self.linked.question.tokens) if t.start < found.place[1] and found.place[0] < t.end}
        nouns = tuple(n for n in self.frame.nouns if not set(range(n.segment.start, n.segment.end)) & inside)
        if self.frame.tests or self.frame.window or self.frame.without is not None:
            raise NoPlanError
        lower = self.linked.question.lower
        how = next((AMOUNTS[w] for i, w in enumerate(lower) if w in AMOUNTS and i not in self.linked.spoken.named), "avg")
        unit = UNIT.search(self.linked.question.text)
        word = ((unit[1] or unit[2]) if unit else "").lower()
        if word and not found.timed:
            raise NoPlanError  # days hold no hours
        self.frame = replace(self.frame, nouns=nouns, used=self.frame.used | inside, unit="", adjective="")
        self.anchors.insert(0, found.start.table)
        item = Item(Days(found.start, found.end, "second" if word else ""), how, scale=UNITS.get(word, 1.0))  # type: ignore[arg-type]  # an aggregate
        what = f"{word}s" if word else "days"
        self.assumptions.append(
            f"the {what} are from {found.start.table}.{found.start.column} to {found.end.column}, of rows that have both"
        )
        self.explained |= SPOKEN | {*self.schema.view(found.start).stems, *self.schema.view(found.end).stems}
        groups = [n for n in nouns if n.role == "group"]
        if self.frame.extreme and not groups:
            groups = [n for n in nouns if n.segment.best.table or n.segment.best.column][:1]
            if not groups:
                self.frame = replace(self.frame, extreme=False, limit=None)
        return self._aggregate([item], groups, [], [])

    def _span(self) -> Span | None:
        text = self.linked.spoken.masked(self.linked.question)
        for pattern, start, end in KINDS:
            said = pattern.search(text)
            if said is None:
                continue
            if any(self._named(n.segment.best.column) and self._covers(n, said.span()) for n in self.frame.nouns):
                continue  # a number of its own
            homes = [n.segment.best.home for n in self.frame.nouns if n.segment.best.home in self.schema.table_index]
            rest = [t.name for t in self.schema.tables if t.name not in homes and not t.derived]
            for home in (*homes, *rest):
                pair = self._dates(home, start.split(), end.split())
                if pair is not None:
                    timed = pair[0].type == pair[1].type == "timestamp"
                    return Span(pair[0].ref, pair[1].ref, said.span(), timed)
        return None

    def _named(self, column: ColumnRef | None) -> bool:
        return column is not None and self.schema.view(column).numeric

    def _covers(self, noun: object, span: tuple[int, int]) -> bool:
        segment = noun.segment  # type: ignore[attr-defined]  # a Noun
        tokens = self.linked.question.tokens
        inside = [i for i, t in enumerate(tokens) if t.start < span[1] and span[0] < t.end]
        return segment.end - segment.start > 1 and any(segment.start <= i < segment.end for i in inside)

    def _dates(self, home: str, starts: list[str], ends: list[str]) -> tuple[ColumnView, ColumnView] | None:
        views = [self.schema.columns[i] for i in self.schema.table(home).columns if self.schema.columns[i].temporal]
        start, end = _first(views, starts), _first(views, ends)
        return (start, end) if start and end and start is not end else None


def _first(views: list[ColumnView], words: list[str]) -> ColumnView | None:
    for word in words:
        parts = tuple(stem(part) for part in word.split("_"))
        for view in views:
            if all(part in view.stems for part in parts) and not {"due", stem("promised"), stem("required")} & set(view.stems):
                return view
    return None
