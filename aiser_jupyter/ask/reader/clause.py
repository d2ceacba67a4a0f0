"""What a question asks, part by part: its figures, groups, tests, periods, order, and what must be there or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.measures import Measure
    from aiser_jupyter.ask.grammar.periods import Period
    from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Grain, Operator
    from aiser_jupyter.ask.schema import Schema


class NoClauseError(ValueError):
    """The parts make no question that this reader knows."""


@dataclass
class Figure:
    """A value asked for: ``kind`` is count, an aggregate, rate or days; of a table, a column, or the rows that pass ``tests``."""

    kind: str
    table: str = ""
    column: ColumnRef | None = None
    tests: tuple[Condition, ...] = ()
    start: int = 0
    measure: Measure | None = None
    over: str | ColumnRef | None = None
    days: Days | None = None
    unit: str = ""

    def told_per(self, schema: Schema) -> bool:
        """Whether its mean per thing is its total over the number of things; that of scores or prices is their mean by thing."""
        rated = self.column is not None and bool(set(schema.view(self.column).stems) & measures.RATES)
        return self.kind == "avg count" or (self.kind == "avg" and not rated)


@dataclass
class Clause:
    """The parts of one question."""

    figures: list[Figure] = field(default_factory=list)
    subject: str = ""
    groups: list[str | ColumnRef] = field(default_factory=list)
    within: list[str | ColumnRef] = field(default_factory=list)
    grain: Grain | None = None
    grained: bool = False
    theirs: bool = False
    tests: list[tuple[int, Condition]] = field(default_factory=list)
    having: tuple[str, Operator, int | float, tuple[Condition, ...]] | None = None
    absent: str = ""
    lacking: tuple[Condition, ...] = ()  # what the rows that must not be there pass: no active contract
    periods: list[Period] = field(default_factory=list)
    when: ColumnRef | None = None
    dates: list[ColumnRef] = field(default_factory=list)
    attributes: list[ColumnRef] = field(default_factory=list)
    loose: list[ColumnRef] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    limit: int | None = None
    descending: bool = True
    ranked: bool = False
    order: ColumnRef | None = None
    exists: bool = False
    share: bool = False
    days: bool = False
    listed: bool = False
    counting: bool = False
    notes: list[str] = field(default_factory=list)
    subject_at: int = -1
    shown_at: int = -1
    sort: bool | None = None
    each: bool = False
    sold: bool = False
    over: str | ColumnRef | None = None
    adjective: str = ""
    dated: bool = False
    spread: str = "avg"


def default(schema: Schema, ref: ColumnRef) -> str:
    """How a numeric column is summed up where nothing is said."""
    view = schema.view(ref)
    said = measures.of_column(view).aggregate
    timed = {stem(w) for w in ("minutes", "hours", "score", "satisfaction", "csat", "age", "wait", "duration")} & set(view.stems)
    return "avg" if timed else said


def merged(tests: list[tuple[int, Condition]]) -> tuple[Condition, ...]:
    """The tests, those for several values of one column as one."""
    found: dict[Any, Condition] = {}
    for _, test in sorted(tests, key=lambda pair: pair[0]):
        key = (test.item, test.operator) if test.operator in ("=", "!=") else (test.item, test.operator, test.values)
        if key in found and found[key].values != test.values:
            values = tuple(dict.fromkeys((*found[key].values, *test.values)))
            found[key] = replace(found[key], operator="in" if test.operator == "=" else "not in", values=values)
        else:
            found.setdefault(key, test)
    return tuple(found.values())
