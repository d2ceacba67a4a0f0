"""How much is remembered and for how long, and what goes first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aiser_jupyter.memory.entry import Entry
    from aiser_jupyter.settings import Settings


def expired(entry: Entry, now: datetime, settings: Settings) -> bool:
    """Whether an episode is older than the days kept, counted from its last use; what was taught does not expire."""
    return not entry.taught and bool(settings.memory_days) and max(entry.at, entry.used_at) < now - timedelta(days=settings.memory_days)


def over(entries: Sequence[Entry], now: datetime, settings: Settings) -> list[Entry]:
    """What must go of one owner's entries: first the expired, then the episodes least lately used, until as many are left as are kept."""
    gone = [entry for entry in entries if expired(entry, now, settings)]
    left = [entry for entry in entries if entry not in gone]
    excess = len(left) - settings.memory_items
    if excess > 0:
        gone += sorted((e for e in left if not e.taught), key=lambda e: (max(e.at, e.used_at), e.id))[:excess]
    return gone


def room(entries: Sequence[Entry], settings: Settings) -> None:
    """Raise UsageError where what was taught fills the memory: nobody's own words are dropped unasked."""
    if sum(entry.taught for entry in entries) >= settings.memory_items:
        raise UsageError(
            f"The memory holds {settings.memory_items:,} taught things for this data and takes no more.",
            hint="Forget one (%aiser memory show, %aiser memory forget N), or raise memory_items.",
        )
