"""A table sorted by what its columns can do in a chart, with the questions that the rules ask of it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.series import as_datetime

if TYPE_CHECKING:
    from aiser_jupyter.chart.asked import Wish
    from aiser_jupyter.chart.table import Column, View

MOST_GROUPS = 120
STARTS = frozenset(["start", "starts", "begin", "begins", "began", "from", "opened", "since", "planned_start", "check_in"])
ENDS = frozenset(["end", "ends", "finish", "finishes", "finished", "until", "to", "due", "closed", "deadline", "check_out"])
TARGETS = frozenset(["target", "goal", "budget", "plan", "planned", "quota", "forecast", "objective", "expected"])
PLACES = frozenset(["lat", "latitude", "lon", "lng", "long", "longitude"])
LEVELS = frozenset(["rate", "tariff", "limit", "level", "fee", "price", "threshold", "state", "status"])
COHORTS = frozenset(["cohort", "intake", "joined", "signup", "acquired", "acquisition", "vintage"])


@dataclass(frozen=True)
class Seen:
    """The columns by role, and what was asked."""

    table: View
    wish: Wish
    measures: tuple[Column, ...]
    times: tuple[Column, ...]
    names: tuple[Column, ...]
    ids: tuple[Column, ...]
    texts: tuple[Column, ...]
    ordered: frozenset[str]

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return self.table.row_count

    def span(self) -> tuple[Column, Column] | None:
        """The start and the end column of intervals, if the table has them."""
        starts = [c for c in self.times if c.semantic == "start" or last_word(c) in STARTS or first_word(c) in STARTS]
        ends = [c for c in self.times if c.semantic == "end" or last_word(c) in ENDS or first_word(c) in ENDS]
        return next(((a, b) for a in starts for b in ends if a is not b), None)

    def target(self) -> tuple[Column, Column] | None:
        """The measure and the target it is held against, if the table has both."""
        goals = [m for m in self.measures if m.semantic in TARGETS or set(roles.words(m.name)) & TARGETS]
        actual = [m for m in self.measures if m not in goals]
        return (actual[0], goals[0]) if goals and actual else None

    def place(self) -> tuple[Column, Column] | None:
        """The latitude and longitude, if the table has them."""
        found = [c for c in self.table.columns if c.numeric and (c.semantic in PLACES or set(roles.words(c.name)) & PLACES)]
        return (found[0], found[1]) if len(found) >= 2 else None

    def comparable(self) -> bool:
        """Whether the measures share a unit and a scale, so that one axis can carry them."""
        return roles.comparable(self.measures)

    def named_place(self, column: Column) -> int:
        """Where the question's grouping words name the column; past the last where they do not."""
        said = set(roles.words(column.name)) | {word + "s" for word in roles.words(column.name)}
        return next((i for i, word in enumerate(self.wish.by) if word in said), len(self.wish.by))

    def negative(self, measure: Column) -> bool:
        """Whether the measure has values below zero."""
        return measure.low is not None and measure.low < 0

    def irregular(self, time: Column) -> bool:
        """Whether the moments come at uneven distances: the longest gap over twice the median one."""
        moments = sorted({as_datetime(m) for m in map(roles.moment, time.values) if m})
        gaps = sorted((b - a).total_seconds() for a, b in itertools.pairwise(moments))
        return len(gaps) >= 2 and gaps[-1] > 2.1 * max(gaps[len(gaps) // 2], gaps[0], 1)

    def level(self, measure: Column) -> bool:
        """Whether the measure holds a value until the next decision, as rates and limits do."""
        return measure.semantic == "rate" or bool(set(roles.words(measure.name)) & LEVELS)

    def nested(self, parent: Column, child: Column) -> bool:
        """Whether every child has one parent."""
        if parent.semantic == "parent":
            return True
        if self.table.sampled or child.distinct <= parent.distinct:
            return False
        above: dict[object, set[object]] = defaultdict(set)
        for p, c in zip(parent.values, child.values, strict=True):
            above[c].add(p)
        return parent.distinct >= 2 and all(len(found) == 1 for found in above.values())


def first_word(column: Column) -> str:
    """The first word of a name."""
    return (roles.words(column.name) or ("",))[0]


def last_word(column: Column) -> str:
    """The last word of a name."""
    return (roles.words(column.name) or ("",))[-1]


def see(table: View, asked: Wish) -> Seen:
    """``table`` sorted by roles."""
    said = roles.roles(table)
    for column in table.columns:
        # A whole number that the question groups by is a group, if something else is left to measure.
        grouped = column.type == "integer" and said[column.name] == "measure" and set(roles.words(column.name)) & set(asked.by)
        if grouped and list(said.values()).count("measure") > 1 and column.distinct <= MOST_GROUPS:
            said[column.name] = "ordinal"

    def having(*wanted: str) -> tuple[Column, ...]:
        return tuple(column for column in table.columns if said[column.name] in wanted)

    return Seen(
        table, asked, having("measure"), having("time"), having("category", "ordinal", "geo"), having("id"), having("text"),
        frozenset(name for name, role in said.items() if role == "ordinal"),
    )  # fmt: skip
