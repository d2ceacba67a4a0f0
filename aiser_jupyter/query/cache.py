"""Results that need not be computed again: kept in memory, and beside it in files where values may be written."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiser_jupyter.errors import EncryptionError, StateError
from aiser_jupyter.query import cache_key
from aiser_jupyter.query.cache_files import Files
from aiser_jupyter.sources import encryption, rekey
from aiser_jupyter.sources.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.cache_key import Key
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.state import State

# One result may take this share of the room: a single one must not push out all others.
_SHARE = 4
# What an engine gives sooner is not worth a file.
WORTH_S = 0.05


@dataclass(frozen=True)
class Answer:
    """A result kept since the moment ``at``."""

    table: pa.Table
    at: datetime
    connections: tuple[str, ...]
    size: int


class Cache:
    """Whole results by key, at most ``max_bytes`` of them, the least recently used going first; safe for threads.

    ``files`` keeps them for other processes and later ones too.
    """

    def __init__(self, max_bytes: int, files: Files | None = None) -> None:
        self._max = max_bytes
        self._files = files
        self._held: OrderedDict[str, Answer] = OrderedDict()
        self._size = 0
        self._writes: Counter[str] = Counter()
        self._writing: Counter[str] = Counter()
        self._lock = RLock()

    def get(self, key: Key, now: datetime) -> Answer | None:
        """What is kept under ``key``, unless it is older than it may be by ``now``."""
        with self._lock:
            found = self._held.get(key.digest)
            if found is None and self._files is not None and key.on_disk and key.lasting and (read := self._files.read(key.digest)):
                found = Answer(*read, key.connections, read[0].get_total_buffer_size())
                self._hold(key.digest, found)
            if found is None:
                return None
            # A clock that was set back makes an answer from the future: nobody can say how old that is.
            if not 0 <= (now - found.at).total_seconds() < key.ttl_s:
                self._forget(key.digest)
                return None
            if key.digest in self._held:
                self._held.move_to_end(key.digest)
            return found

    def put(self, key: Key, table: pa.Table, now: datetime, took_s: float = math.inf) -> None:
        """Keep a whole result that took the engine so long, unless somebody writes to where it came from."""
        size = table.get_total_buffer_size()
        if size > self._max // _SHARE:
            return
        with self._lock:
            if any(self._writing[name] for name in key.connections):
                return
            self._hold(key.digest, Answer(table, now, key.connections, size))
        if self._files is not None and key.on_disk and key.lasting and took_s >= WORTH_S:
            self._files.write(key.digest, table, now)

    def generation(self, connections: Collection[str]) -> str | None:
        """How often was written to the ``connections`` through this workspace; None while somebody does."""
        with self._lock:
            return None if any(self._writing[name] for name in connections) else ",".join(str(self._writes[name]) for name in connections)

    def begin_write(self, connection: str) -> None:
        """Drop what came from ``connection``, and keep nothing of it until the write ended."""
        with self._lock:
            self._writing[connection] += 1
            self._drop(connection)

    def end_write(self, connection: str) -> None:
        """Drop what came from ``connection`` once more, and go on keeping."""
        with self._lock:
            self._writing[connection] -= 1
            self._drop(connection)

    def clear(self) -> None:
        """Drop everything, files too."""
        with self._lock:
            self._held.clear()
            self._size = 0
            if self._files is not None:
                self._files.clear()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size(self) -> int:
        """Bytes held in memory."""
        return self._size

    def _hold(self, digest: str, answer: Answer) -> None:
        self._forget(digest, files=False)
        self._held[digest] = answer
        self._size += answer.size
        while self._size > self._max:
            self._size -= self._held.popitem(last=False)[1].size

    def _forget(self, digest: str, *, files: bool = True) -> None:
        before = self._held.pop(digest, None)
        self._size -= before.size if before else 0
        if files and self._files is not None:
            self._files.drop(digest)

    def _drop(self, connection: str) -> None:
        # What lies in files is kept under the data's own version, which the write changes.
        self._writes[connection] += 1
        for digest in [digest for digest, answer in self._held.items() if connection in answer.connections]:
            self._forget(digest, files=False)


_caches: WeakKeyDictionary[State, Cache] = WeakKeyDictionary()


def of(context: Context) -> Cache:
    """The workspace's cache, as large as the settings said when it was first asked for; its files lie beside `state.db`."""
    made = _caches.get(context.state)
    if made is None:
        knobs, folder = context.settings, context.state.folder
        oldest = max([knobs.cache_ttl_s, *(profile.cache_ttl_s or 0 for profile in knobs.connections.values())])
        locks = encryption.of(context.state)
        files = Files(folder / "cache", knobs.cache_mb << 20, oldest, locks.key) if folder is not None else None
        # Whoever asks for what is kept is told that its key cannot be had.
        with suppress(StateError, EncryptionError):
            rekey.settle(Shelf(context.state))
        made = _caches.setdefault(context.state, Cache(knobs.cache_mb << 20, files))
    return made


def plan(
    context: Context, sources: Sequence[Source], verdict: Verdict, values: Mapping[str, object], *, frames: Collection[str] = ()
) -> Key | None:
    """What the result of a checked statement over ``sources`` is kept under; None where it must be computed each time."""
    if frames or verdict.kind != "select" or not context.settings.cache:
        return None
    generation = of(context).generation([source.name for source in sources])
    return None if generation is None else cache_key.key(context, sources, verdict, values, generation=generation, frames=frames)


def find(context: Context, key: Key | None, *, fresh: bool = False) -> Answer | None:
    """The kept result; None where there is none, or a ``fresh`` one is wanted."""
    return None if key is None or fresh else of(context).get(key, context.clock.now())


def keeper(context: Context, key: Key | None) -> Callable[[pa.Table, float], None] | None:
    """What a `Result` calls with all its rows, once it has them, and the seconds they took; None where they are not kept."""
    if key is None:
        return None
    began = context.clock.now()  # how old an answer is counts from the question
    return lambda table, took_s: of(context).put(key, table, began, took_s)
