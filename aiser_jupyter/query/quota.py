"""The bounds of a role, held over all processes that share a workspace: rows of a result, queries and model calls at once and a minute, money a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy.uses import Bounds, Full

if TYPE_CHECKING:
    from aiser_jupyter.policy import Grant, Role
    from aiser_jupyter.policy.uses import Uses

QUERY, MODEL = "query", "model"


class Use:
    """One query of a user: begun where the bounds allow it, counted row by row, ended once."""

    def __init__(self, granted: Grant, uses: Uses) -> None:
        self._role = granted.role
        self._rows = granted.role.quota.rows
        self._bounds = Bounds(granted.role.quota.concurrent, granted.role.quota.per_minute)
        self._who = granted.who
        self._uses = uses
        self._place: int | None = None
        self.rows = 0

    def begin(self) -> None:
        """Take a place; raises RefusedError where there is none, where the minute is full, or where it cannot be counted."""
        if not self._bounds.any:
            return
        try:
            self._place = self._uses.begin(self._who, QUERY, self._bounds)
        except Full as full:
            raise _refused(full, self._role, "queries") from None

    def count(self, rows: int) -> None:
        """Count rows before they are given; raises RefusedError where they are more than the role may take at once."""
        if self._rows and self.rows + rows > self._rows:
            raise RefusedError(
                f"The result has more than the {self._rows:,} rows that the role {self._role.name} may take at once.",
                hint="Ask for less: a filter, a total, or LIMIT.",
            )
        self.rows += rows

    def end(self) -> None:
        """Give the place back."""
        place, self._place = self._place, None
        if place is not None:
            self._uses.end(place)


class ModelUse:
    """One call of a language model: begun where the bounds allow it, ended with what it cost."""

    def __init__(self, granted: Grant, uses: Uses) -> None:
        quota = granted.role.quota
        self._role = granted.role
        self._bounds = Bounds(0, quota.model_per_minute, quota.model_cost)
        self._who = granted.who
        self._uses = uses
        self._place: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether money is bounded, so that a model whose price nobody knows cannot be asked."""
        return bool(self._bounds.cost)

    def begin(self) -> None:
        """Let a call begin; raises RefusedError where the minute is full or the money of the day is spent."""
        if not self._bounds.any:
            return
        try:
            self._place = self._uses.begin(self._who, MODEL, self._bounds)
        except Full as full:
            raise _refused(full, self._role, "model calls") from None

    def end(self, cost: float | None) -> None:
        """Say that the call ended, and its US dollars where they are known."""
        place, self._place = self._place, None
        if place is not None:
            self._uses.end(place, self._who, cost or 0.0)


def _refused(full: Full, role: Role, what: str) -> RefusedError:
    quota = role.quota
    if full.which == "places":
        return RefusedError(
            f"The role {role.name} may run {quota.concurrent} {what} at once, and they are running.",
            hint="Wait for one to end, or stop one; those of your other notebooks count too.",
        )
    if full.which == "cost":
        return RefusedError(
            f"The role {role.name} may spend ${quota.model_cost:g} a day on models, and it is spent.",
            hint="The built-in engine needs no model: engine='offline'. The next day begins at midnight UTC.",
        )
    most = quota.per_minute if what == "queries" else quota.model_per_minute
    return RefusedError(f"The role {role.name} may run {most} {what} a minute.", hint=f"The next may run in {full.wait_s:.0f} s.")
