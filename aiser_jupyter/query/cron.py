"""When a schedule written as cron is next due, in a time zone, each occurrence once."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiser_jupyter.errors import UsageError

_MINUTE = timedelta(minutes=1)
_GAP = 24 * 60  # minutes; no clock was ever put forward by more than a day


def check(cron: str) -> str:
    """``cron`` where it is five fields (or ``@daily`` …) of crontab(5); raises `UsageError` where it is not."""
    from croniter import croniter

    plain = " ".join(cron.split())
    if not croniter.is_valid(plain) or (not plain.startswith("@") and len(plain.split()) != 5):
        raise UsageError(
            f"{cron!r} is no schedule.",
            hint="Write minute, hour, day, month, weekday: '0 6 * * *' is every day at six, '*/15 * * * 1-5' every quarter of an hour on weekdays.",
        )
    return plain


def due_after(cron: str, moment: datetime, zone: str) -> datetime:
    """The first moment after ``moment`` at which ``cron`` is due on the clocks of ``zone``.

    A time that the clocks leave out (02:30 in spring) is due at the next minute they show; one they show twice is due the first time.
    """
    from croniter import croniter

    place = zone_of(zone)
    wall = moment.astimezone(place).replace(tzinfo=None)
    occurrences = croniter(cron, wall)
    while True:
        found = _instant(occurrences.get_next(datetime), place)
        if found > moment.astimezone(UTC):
            return found.astimezone(place)


def _instant(wall: datetime, place: ZoneInfo) -> datetime:
    for _ in range(_GAP):
        instant = wall.replace(tzinfo=place).astimezone(UTC)
        if instant.astimezone(place).replace(tzinfo=None) == wall:
            return instant
        wall = wall.replace(second=0) + _MINUTE
    return wall.replace(tzinfo=place).astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; raises `UsageError` where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"There is no time zone named {name!r}.", hint="Write it as Europe/Berlin, America/New_York or UTC.") from None


def local_zone() -> str:
    """The name of this machine's time zone, UTC where it has none."""
    named = os.environ.get("TZ", "").lstrip(":")
    found = named or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    try:
        return zone_of(found).key if found else "UTC"
    except UsageError:
        return "UTC"
