"""What detectors look at: the relation, its roles and its series, each read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.discover.roles import Roles, roles
from aiser_jupyter.discover.series import Calendar, Series, calendar, series
from aiser_jupyter.discover.words import rows

if TYPE_CHECKING:
    from aiser_jupyter.discover.table import Relation


@dataclass(frozen=True)
class Evidence:
    """A relation and what is read of it as detectors ask."""

    relation: Relation

    @cached_property
    def roles(self) -> Roles:
        """What each column is for."""
        return roles(self.relation)

    @cached_property
    def calendar(self) -> Calendar | None:
        """How time is cut, where rows have a time."""
        time = self.roles.time
        return calendar(self.relation, time) if time else None

    @cached_property
    def rows_are(self) -> str:
        """What a row is, in the plural."""
        return rows(self.relation.called, [f.name for f in self.roles.of("id") if f.distinct == self.roles.rows])

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Each measure, and the number of rows, over time."""
        return series(self.relation, self.calendar, self.roles.measures, rows_are=self.rows_are) if self.calendar else ()

    @cached_property
    def panels(self) -> tuple[tuple[Series, ...], ...]:
        """The series of each segment of the categories whose every level goes through all of time."""
        if not self.calendar or self.roles.rows < 2 * max((len(s.values) for s in self.series), default=self.roles.rows):
            return ()
        out = []
        for by in self.roles.groupings:
            if len(by.levels) > 12:
                continue
            parts = series(self.relation, self.calendar, self.roles.measures, by, rows_are=self.rows_are)
            out += [group for group in _by_measure(parts) if len(group) == len(by.levels) and _complete(group)]
        return tuple(out)


def _by_measure(parts: tuple[Series, ...]) -> list[tuple[Series, ...]]:
    groups: dict[str | None, list[Series]] = {}
    for part in parts:
        groups.setdefault(part.measure.name if part.measure else None, []).append(part)
    return [tuple(group) for group in groups.values()]


def _complete(group: tuple[Series, ...]) -> bool:
    return len({part.starts for part in group}) == 1
