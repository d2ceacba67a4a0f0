"""The bounds of a role, held within one process: rows of a result, queries at once, queries a minute."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from aiser_jupyter.policy import Grant

MINUTE_S = 60.0
_lock = Lock()
_running: dict[tuple[str, str], int] = {}
_begun: dict[tuple[str, str], deque[float]] = {}


class Use:
    """One query of a user: begun where the bounds allow it, counted row by row, ended once."""

    def __init__(self, granted: Grant) -> None:
        self._quota = granted.role.quota
        self._role = granted.role.name
        self._who = (granted.identity.user, granted.role.name)
        self._open = False
        self.rows = 0

    def begin(self) -> None:
        """Take a place; raises RefusedError where there is none, or where the minute is full."""
        bounds, now = self._quota, time.monotonic()
        with _lock:
            times = _begun.setdefault(self._who, deque())
            while times and times[0] <= now - MINUTE_S:
                times.popleft()
            if bounds.concurrent and _running.get(self._who, 0) >= bounds.concurrent:
                raise RefusedError(
                    f"The role {self._role} may run {bounds.concurrent} queries at once, and they are running.",
                    hint="Wait for one to end, or stop one.",
                )
            if bounds.per_minute and len(times) >= bounds.per_minute:
                wait = times[0] + MINUTE_S - now
                raise RefusedError(
                    f"The role {self._role} may run {bounds.per_minute} queries a minute.", hint=f"The next may run in {wait:.0f} s."
                )
            times.append(now)
            _running[self._who] = _running.get(self._who, 0) + 1
            self._open = True

    def count(self, rows: int) -> None:
        """Count rows before they are given; raises RefusedError where they are more than the role may take at once."""
        if self._quota.rows and self.rows + rows > self._quota.rows:
            raise RefusedError(
                f"The result has more than the {self._quota.rows:,} rows that the role {self._role} may take at once.",
                hint="Ask for less: a filter, a total, or LIMIT.",
            )
        self.rows += rows

    def end(self) -> None:
        """Give the place back."""
        with _lock:
            if self._open:
                self._open = False
                _running[self._who] -= 1
