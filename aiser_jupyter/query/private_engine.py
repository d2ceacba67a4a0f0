"""The private DuckDB in which parts of a statement are joined: one is kept ready, for opening it takes longer than many a join."""

from __future__ import annotations

import atexit
import os
from threading import Lock
from typing import TYPE_CHECKING

from aiser_jupyter.sources import spill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.sources.duckdb import DuckDBSource

_lock = Lock()
_ready: list[tuple[int, bool, DuckDBSource]] = []


def take() -> DuckDBSource:
    """An engine without tables, for one statement alone."""
    from aiser_jupyter.sources.duckdb import DuckDBSource

    with _lock:
        while _ready:
            process, encrypts, engine = _ready.pop()
            if process != os.getpid():  # a forked child must leave its parent's engine alone
                continue
            if encrypts >= spill.encrypted():
                return engine
            engine.close()
    return DuckDBSource("federated")


def give_back(engine: DuckDBSource, tables: Iterable[str]) -> None:
    """Keep an engine on which nothing runs any more, emptied of ``tables``; a second one is closed."""
    cursor = engine.cursor()
    for table in tables:
        cursor.run(f'DROP TABLE IF EXISTS "{table}"', {})
    cursor.close()
    with _lock:
        if not _ready:
            _ready.append((os.getpid(), engine.spills_encrypted, engine))
            return
    engine.close()


def _end() -> None:
    """Close the engine kept ready, before the interpreter takes the driver apart."""
    while _ready:
        process, _, engine = _ready.pop()
        if process == os.getpid():
            engine.close()


atexit.register(_end)
