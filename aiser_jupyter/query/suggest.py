"""Names near a name: the "did you mean" of every error that teaches."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR = 0.6
APART = 0.2


def nearest(name: str, names: Iterable[str], n: int = 3) -> tuple[str, ...]:
    """The at most ``n`` names most like ``name``, best first, compared without regard to case; empty where none is near.

    Names much less like it than the best one are left out.
    """
    wanted = name.casefold()
    scored = sorted((-_likeness(wanted, candidate.casefold()), candidate) for candidate in set(names))
    enough = max(NEAR, -scored[0][0] - APART) if scored else NEAR
    return tuple(candidate for score, candidate in scored[:n] if -score >= enough)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``Did you mean a, b or c?`` with a leading space, or nothing where no name is near."""
    found = nearest(name, names)
    if not found:
        return ""
    return f" Did you mean {_either(found)}?"


def _either(names: tuple[str, ...]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _likeness(wanted: str, candidate: str) -> float:
    """Between 0 and 1; a name that begins with what was typed counts as near however long it goes on."""
    matcher = SequenceMatcher(None, wanted, candidate, autojunk=False)
    if matcher.real_quick_ratio() < NEAR and not candidate.startswith(wanted):
        return 0.0
    ratio = matcher.ratio()
    return max(ratio, NEAR) if len(wanted) >= 3 and candidate.startswith(wanted) else ratio
