"""Putting a damaged store aside, so that the workspace can begin a new one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from aiser_jupyter.errors import StateDamagedError, StateError, UsageError
from aiser_jupyter.state import manifest as manifests
from aiser_jupyter.state import trouble
from aiser_jupyter.state.restore import alone

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_LOGS = ("", "-wal", "-shm")  # the file, and what belongs to it and to no other


def put_aside(folder: Path, at: datetime) -> tuple[Path, ...]:
    """Rename the damaged `state.db` and its logs to `state.damaged-TIME.db`; where they are now.

    Raises UsageError where the store is whole, StateLockedError where another process has it open.
    """
    store = folder / manifests.STORE
    if not store.is_file():
        raise UsageError("There is no store to put aside.", hint="aiser state check says what is there.")
    if not _damaged(store):
        raise UsageError("The store is whole; it stays.", hint="aiser state backup saves it, aiser state check says more.")
    with alone(folder):
        moved = []
        for ending in _LOGS:
            path = store.with_name(store.name + ending)
            if path.exists():
                moved.append(path.rename(folder / f"state.damaged-{at:%Y%m%d-%H%M%S}.db{ending}"))
        return tuple(moved)


def _damaged(store: Path) -> bool:
    try:
        with trouble.told(store), closing(sqlite3.connect(store, timeout=1.0)) as opened:
            trouble.whole(opened, store)
    except StateDamagedError:
        return True
    except StateError:
        return False
    return False
