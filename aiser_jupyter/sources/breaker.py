"""A circuit breaker: a server that does not answer is left alone for a while instead of being waited for by every query."""

from __future__ import annotations

import math
import os
import time
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeVar
from weakref import WeakSet

from aiser_jupyter.errors import AiserError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

FAILURES = 5
COOLING_S = 15.0


class Breaker:
    """Counts failures to connect in a row; after ``failures`` of them every attempt is refused for ``cooling_s`` seconds, then one is let through.

    The one attempt closes the breaker where it succeeds, and opens it for another ``cooling_s`` where it fails (Nygard 2007, "Release It!").
    ``what`` is the connection as errors name it. Safe to use from several threads; ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self, what: str, *, failures: int = FAILURES, cooling_s: float = COOLING_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._limit = failures
        self._cooling = cooling_s
        self._clock = clock
        self._failures = 0
        self._opened: float | None = None
        self._probed: float | None = None
        self._last = ""
        self._lock = Lock()
        _breakers.add(self)

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        """``closed`` lets all through, ``open`` none, ``half-open`` one."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "open" if self._left() > 0 else "half-open"

    @property
    def failures(self) -> int:
        """Failures to connect since the last success."""
        return self._failures

    def call(self, connect: Callable[[], T], *, down: Callable[[Exception], bool] = lambda _: True) -> T:
        """What ``connect`` gives; raises `SourceError` at once while the breaker is open, else what ``connect`` raises.

        A failure counts where ``down`` says of it that the server is out of order; any other is the reply of a server that works.
        """
        self._admit()
        try:
            made = connect()
        except Exception as error:
            if down(error):
                self._failed(error)
            else:
                self._succeeded()
            raise
        except BaseException:  # an interrupt says nothing about the server
            with self._lock:
                self._probed = None
            raise
        self._succeeded()
        return made

    def _admit(self) -> None:
        with self._lock:
            if self._opened is None:
                return
            left = self._left()
            # A probe that never came back (a killed thread) does not hold the door for ever.
            under_way = self._probed is not None and self._clock() - self._probed < self._cooling
            if left <= 0 and not under_way:
                self._probed = self._clock()
                return
            wait = f"It is tried again in {max(1, math.ceil(left))} s" if left > 0 else "It is being tried just now"
            raise SourceError(
                f"{self._what} did not answer {self._failures} times in a row and is left alone for a while.",
                where=self._last,
                hint=f"{wait}; check that the server runs and can be reached from here.",
            )

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            self._last = error.message if isinstance(error, AiserError) else type(error).__name__
            if self._failures >= self._limit:
                self._opened = self._clock()
            self._probed = None

    def _succeeded(self) -> None:
        with self._lock:
            self._failures, self._opened, self._probed, self._last = 0, None, None, ""

    def _left(self) -> float:
        """Seconds until the next attempt is let through; the lock is held."""
        return 0.0 if self._opened is None else self._opened + self._cooling - self._clock()

    def renew(self) -> None:
        """Take a lock of this process's own: one held by another thread when the process forked is never given back."""
        self._lock = Lock()
        self._probed = None


_breakers: WeakSet[Breaker] = WeakSet()


def _forked() -> None:
    for breaker in _breakers:
        breaker.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
