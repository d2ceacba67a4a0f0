"""What a place that keeps the history can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiser_jupyter.state.run import Run


class History(Protocol):
    """Keeps runs. Each call is one transaction: when it returns, what it wrote outlives the process. Each raises `StateError` where it cannot be done."""

    def add(self, run: Run) -> int:
        """Keep a run; its number."""
        ...

    def amend(self, number: int, run: Run) -> None:
        """Enter how the run of that number ended."""
        ...

    def find(
        self, limit: int, words: Sequence[str], without: Collection[str], on: str | None, status: str | None, *, favourites: bool
    ) -> list[Run]:
        """The latest runs that fit, newest first; each of ``words`` stands somewhere in the SQL, in any case."""
        ...

    def get(self, number: int) -> Run | None:
        """The run of that number."""
        ...

    def star(self, number: int, *, favourite: bool) -> None:
        """Make a run a favourite, or no longer one."""
        ...

    def prune(self, before: datetime) -> int:
        """Drop runs from before that moment that are no favourites; how many."""
        ...

    def wait(self, seconds: float) -> None:
        """From now on wait so long for whoever else uses it."""
        ...

    def close(self) -> None:
        """Give it back; the next call opens it again, or is not made."""
        ...
