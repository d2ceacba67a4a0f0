"""What is known for completion without asking: tables, keys, frames and names, all already in memory or on this machine."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError
from aiser_jupyter.magics.namespace import PLAIN_TYPES, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.query.complete import Known
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.workspaces import Workspace

LOCAL_S = 2.0  # a local engine's own books are read again after this many seconds
REMOTE_S = 300.0
QUICK_S = 0.03  # books that take longer are read beside the typing
IPYTHON = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})


@dataclass
class _Books:
    source: Source
    tables: tuple[Table, ...]
    keys: tuple[Key, ...]
    read_at: float
    took: float


class Metadata:
    """Tables and keys of the open connections, kept per connection.

    A local engine is read when it is completed; a server's books only after a cell ran, on a thread, over the connection that is open.
    """

    def __init__(self) -> None:
        self._books: dict[str, _Books] = {}
        self._reading: set[str] = set()

    def of(self, ws: Workspace, name: str) -> tuple[tuple[Table, ...], tuple[Key, ...]]:
        """Tables and keys of the connection, as far as they are known; keys also as a profile inferred them."""
        profiled = ws.context.catalogs.get(name)
        source = ws.context.sources.get(name)
        books = self._books.get(name)
        if books is None or books.source is not source or time.monotonic() - books.read_at > LOCAL_S:
            books = self._refreshed(source, books if books is not None and books.source is source else None)
        if profiled is not None and (books is None or not books.keys):
            return (books.tables if books is not None else profiled.tables), profiled.keys
        return (books.tables, books.keys) if books is not None else ((), ())

    def after_cell(self, ws: Workspace) -> None:
        """Read the books of servers that a cell may have connected to or changed."""
        for name in ws.connections:
            source = ws.context.sources.get(name)
            books = self._books.get(name)
            old = books is None or books.source is not source or time.monotonic() - books.read_at > REMOTE_S
            if old and not source.capabilities.local:
                self._beside(source)

    def _refreshed(self, source: Source, books: _Books | None) -> _Books | None:
        if not source.capabilities.local:
            return books
        if books is not None and books.took > QUICK_S:
            self._beside(source)
            return books
        self._read(source)
        return self._books.get(source.name)

    def _beside(self, source: Source) -> None:
        if source.name not in self._reading:
            self._reading.add(source.name)
            Thread(target=self._read, args=(source,), name="aiser-metadata", daemon=True).start()

    def _read(self, source: Source) -> None:
        began = time.monotonic()
        # A connection that broke says so when it is used; until then there is nothing to complete.
        with contextlib.suppress(AiserError, Exception):
            tables, keys = source.tables(), source.keys()
            self._books[source.name] = _Books(source, tables, keys, time.monotonic(), time.monotonic() - began)
        self._reading.discard(source.name)


def known(shell: InteractiveShell, ws: Workspace, metadata: Metadata, on: str | None) -> Known:
    """Everything that may be named in a statement on ``on`` (None: the default connection)."""
    from aiser_jupyter.query.complete import Known

    sources = ws.context.sources
    names = ws.connections
    name = on if on in names else sources.default if sources.default in names else None
    frames, values = _namespace(shell.user_ns)
    if name is None:
        return Known(frames=frames, values=values, snippets=_snippets())
    source = sources.get(name)
    tables, keys = metadata.of(ws, name)
    others = {other: metadata.of(ws, other)[0] for other in names if other != name}
    taken = frames if source.capabilities.frames or on is None else {}
    return Known(source.dialect, tables, keys, taken, values, {other: found for other, found in others.items() if found}, _snippets())


def _snippets() -> tuple[str, ...]:
    from aiser_jupyter.magics.snippets import saved

    return tuple(saved())


def _namespace(names: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The notebook's frames with their columns, and the names of what a driver can bind; its values are not looked at."""
    frames: dict[str, tuple[str, ...]] = {}
    values: list[str] = []
    for name, value in list(names.items()):
        if name.startswith("_") or name in IPYTHON:
            continue
        if is_frame(value):
            # A lazy frame would have to be planned to tell its columns.
            columns = () if type(value).__name__ == "LazyFrame" else getattr(value, "column_names", None) or value.columns
            frames[name] = tuple(str(column) for column in columns)
        elif isinstance(value, (*PLAIN_TYPES, list, tuple)) or type(value).__module__ in {"datetime", "decimal", "numpy"}:
            values.append(name)
    return frames, tuple(values)
