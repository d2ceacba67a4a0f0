"""All checks in order of what they save a reader from, within a bound on queries and time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.answer.checks.double_count import double_count
from aiser_jupyter.answer.checks.emptiness import emptiness
from aiser_jupyter.answer.checks.nulls import nulls
from aiser_jupyter.answer.checks.period import period
from aiser_jupyter.answer.checks.ratio import ratio
from aiser_jupyter.answer.checks.rows import rows
from aiser_jupyter.answer.checks.unit import unit
from aiser_jupyter.errors import CancelledError, QueryError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked
    from aiser_jupyter.context import Context

CHECKS: tuple[Callable[[Case, Look], Checked | None], ...] = (double_count, emptiness, unit, rows, nulls, period, ratio)
# Checking may take as long as a tenth of the query's deadline, and no longer than this many times the query itself or LEAST_S.
SHARE, TIMES, LEAST_S = 0.1, 2.0, 1.0
# All other readings together: far more than they take, so that what is offered does not depend on how busy the machine is.
PREVIEW_S = 5.0


def verify(case: Case, look: Look) -> tuple[Checked, ...]:
    """What each check found, those without anything to say left out."""
    return tuple(found for check in CHECKS if (found := check(case, look)) is not None)


def certain(checks: tuple[Checked, ...], confidence: float) -> float:
    """The confidence after the checks: lower only by trouble that a query proved."""
    for found in checks:
        confidence *= found.effect
    return round(confidence, 4)


@dataclass
class Looker:
    """Runs the queries of checks through the one road, as long as there are any left and there is time."""

    context: Context
    on: str
    left: int
    until: float
    ran: list[str] = field(default_factory=list)

    @classmethod
    def previews(cls, context: Context, on: str, *, sure: bool = False) -> Looker:
        """A looker for other readings of a question, bounded by the knob ``readings`` and by a fixed time; one that runs none beside a ``sure`` answer."""
        return cls(context, on, 0 if sure else context.settings.readings, time.monotonic() + PREVIEW_S)

    @classmethod
    def of(cls, context: Context, on: str, *, query_ms: float) -> Looker:
        """A looker bounded by the knobs ``checks`` and ``timeout_s`` and by how long the answer's own query took."""
        allowed = min(SHARE * context.settings.timeout_s, max(LEAST_S, TIMES * query_ms / 1000))
        return cls(context, on, context.settings.checks, time.monotonic() + allowed)

    def __call__(self, sql: str) -> pa.Table | None:
        """The rows of ``sql``; None where the bounds are reached or the engine does not take it."""
        from aiser_jupyter.query import run

        seconds = self.until - time.monotonic()
        if self.left <= 0 or seconds <= 0:
            return None
        self.left -= 1
        self.ran.append(sql)
        try:
            return run(self.context, sql, on=self.on, origin="ask", timeout=seconds).arrow()
        except CancelledError:
            raise
        except (QueryError, RefusedError):
            return None
