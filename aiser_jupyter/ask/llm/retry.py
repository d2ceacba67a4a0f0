"""One retry loop for calls that failed through no fault of the request."""

from __future__ import annotations

import math
import random
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from aiser_jupyter.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from aiser_jupyter.ask.llm.deadline import Deadline

T = TypeVar("T")

TRIES = 3
BASE_S, CAP_S = 0.5, 8.0


class TransientError(ModelError):
    """A failure that may pass: ``after`` are the seconds that the server asks to wait, None where it says nothing.

    ``down`` tells whether the server seems to be out of order, as opposed to busy.
    """

    def __init__(self, message: str, *, after: float | None = None, down: bool = True, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.after = after
        self.down = down


def retried(attempt: Callable[[], T], deadline: Deadline, rng: random.Random | None = None, *, tries: int = TRIES) -> T:
    """What ``attempt`` gives, tried up to ``tries`` times while it raises `TransientError`; the last failure is raised.

    Waits grow exponentially from half a second to eight, each drawn evenly from zero to its bound ("full jitter": Brooker 2015, AWS
    Architecture Blog), so that many clients do not come back together; a server's Retry-After is obeyed instead. A wait that would end
    after the deadline is not begun.
    """
    rng = rng or random.Random()  # noqa: S311  # spreads load, keeps no secret
    for number in range(tries):
        try:
            return attempt()
        except TransientError as error:
            wait = error.after if error.after is not None else rng.uniform(0.0, min(CAP_S, BASE_S * 2**number))
            if number + 1 == tries:
                raise
            if wait >= deadline.left():
                if error.after is None:
                    raise
                raise ModelError(
                    f"{error.message} It asks to be left alone for {math.ceil(error.after)} s, which is longer than there is time.",
                    where=error.where,
                    hint="Ask again later.",
                ) from None
            deadline.wait(wait)
    raise AssertionError("unreachable: the last try returns or raises")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that a reply's ``Retry-After`` (RFC 9110, 10.2.3: seconds or a date) asks for; None where it does not."""
    found = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    text = found.get("retry-after", "")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
