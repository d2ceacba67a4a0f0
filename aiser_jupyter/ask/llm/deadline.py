"""The time that all calls for one question may take together, and the way to stop them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from aiser_jupyter.ask.llm.retry import TransientError
from aiser_jupyter.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """``seconds`` from now on a monotonic clock; `cancel` ends it early, from any thread."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds
        self._cancelled = threading.Event()

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - self._clock())

    def cancel(self) -> None:
        """Stop whatever waits for this."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise `TransientError` when time is over, `CancelledError` when it was cancelled."""
        if self._cancelled.is_set():
            raise CancelledError("The model was stopped.", hint="Ask again.")
        if not self.left():
            raise TransientError(
                f"The model did not reply within {self.seconds:g} s.", hint="Ask again later, or raise the knob model_timeout_s."
            )

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond the end, and not once it is cancelled."""
        self._cancelled.wait(min(seconds, self.left()))
        self.check()
