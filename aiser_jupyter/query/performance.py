"""How quick each connection has been lately, from the workspace's own history."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiser_jupyter.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.state import State

LOOKED_AT = 200  # runs
KEPT_S = 10.0
SMALL = 1_000  # rows of a result whose time is the connection's own, not the network's

_seen: WeakKeyDictionary[State, tuple[float, Mapping[str, float]]] = WeakKeyDictionary()


def recent(context: Context) -> Mapping[str, float]:
    """Milliseconds that a small statement took lately, the middle one, by connection; at most ten seconds old."""
    kept = _seen.get(context.state)
    if kept is not None and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    try:
        runs = context.state.history(LOOKED_AT)
    except StateError:
        runs = []  # the road says itself that the store cannot be read
    taken: dict[str, list[float]] = {}
    for run in runs:
        if run.status == "done" and not run.cached and run.rows is not None and run.rows <= SMALL:
            taken.setdefault(run.connection, []).append(run.elapsed_ms)
    made = {name: median(times) for name, times in taken.items()}
    _seen[context.state] = (time.monotonic(), made)
    return made
