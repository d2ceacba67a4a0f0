"""What time it is, from one place, so that a run can be repeated as of any moment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime

from aiser_jupyter.errors import SettingsError


@dataclass(frozen=True)
class Clock:
    """The present moment; fixed where ``moment`` is set."""

    moment: datetime | None = None

    def now(self) -> datetime:
        """The present moment with its time zone."""
        return self.moment or datetime.now(UTC)

    def today(self) -> date:
        """The present day."""
        return self.now().date()


def from_environment() -> Clock:
    """The clock that ``AISER_NOW`` sets (ISO 8601 date or moment), else the machine's."""
    text = os.environ.get("AISER_NOW")
    if not text:
        return Clock()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"AISER_NOW is no date or moment: {text!r}.", hint="Write it as 2026-10-05 or 2026-10-05T06:00:00+00:00."
        ) from error
    return Clock(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
