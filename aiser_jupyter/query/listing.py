"""The tables of each connection, at hand: what routing asks for at every statement must not cost a round trip."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.source import Versioned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.sources.source import Source

KEPT_S = 30.0  # how long a remote connection's tables are believed
LOCAL_S = 0.2  # a local one's that cannot tell whether it changed: a statement must see what the one before it added
AGAIN_S = 0.02  # a listing this young is not read anew for a name it lacks: one statement asks several times
# What engines call the schema that is meant where none is written.
_DEFAULT_SCHEMAS = frozenset({"main", "public", "dbo"})


class _Listing(NamedTuple):
    at: float
    version: str | None
    tables: tuple[Table, ...]
    sizes: Mapping[str, int]
    names: Mapping[str, Table | None]


_listings: WeakKeyDictionary[Source, _Listing] = WeakKeyDictionary()
_lock = Lock()


def tables(source: Source) -> tuple[Table, ...]:
    """The tables of ``source``, at most half a minute old."""
    return _listing(source).tables


def sizes(source: Source) -> Mapping[str, int]:
    """About how many rows each of its tables has, where the engine's books tell."""
    return _listing(source).sizes


def find(source: Source, name: str) -> Table | None:
    """The table called ``name`` or ``schema.name`` in any case; a name that is not there makes the listing be read anew, once."""
    found = _listing(source)
    key = name.casefold()
    if key not in found.names:
        if found.version is not None or time.monotonic() - found.at < AGAIN_S:
            return None
        forget(source)
        found = _listing(source)
    return found.names.get(key)


def finder(source: Source) -> Callable[[str], Table | None]:
    """What `find` tells of the tables of ``source``, for one statement: whether the connection changed is asked once, and again for a name that is not there."""
    names = _listing(source).names
    return lambda name: names.get(name.casefold()) or find(source, name)


def forget(source: Source) -> None:
    """Read the tables of ``source`` anew when they are next asked for."""
    with _lock:
        _listings.pop(source, None)
    again = getattr(source, "forget_tables", None)
    if again is not None:
        again()


def _listing(source: Source) -> _Listing:
    kept = _listings.get(source)
    version = source.version() if source.capabilities.local and isinstance(source, Versioned) else None
    if kept is not None and _holds(kept, source, version):
        return kept
    if kept is not None:
        forget(source)
    read = source.tables()
    made = _Listing(time.monotonic(), version, read, source.sizes(), _names(read))
    with _lock:
        _listings[source] = made
    return made


def _holds(kept: _Listing, source: Source, version: str | None) -> bool:
    if version is not None:
        return kept.version == version
    return time.monotonic() - kept.at < (LOCAL_S if source.capabilities.local else KEPT_S)


def _names(read: tuple[Table, ...]) -> dict[str, Table | None]:
    """Each table by the ways to write it; None for a bare name that two schemas have, of which neither is the one meant by default."""
    names: dict[str, Table | None] = {}
    for table in read:
        schema, name = table.schema.casefold(), table.name.casefold()
        if schema:
            names[f"{schema}.{name}"] = table
        if not schema or schema in _DEFAULT_SCHEMAS:
            names[name] = table
            names.update({f"{default}.{name}": table for default in _DEFAULT_SCHEMAS if not schema})
    # A table of another schema is found by its bare name where no other has it.
    for table in read:
        schema, name = table.schema.casefold(), table.name.casefold()
        if schema and schema not in _DEFAULT_SCHEMAS and (name not in names or names[name] is None or names[name] is not table):
            taken = names.get(name)
            if taken is None and name not in names:
                names[name] = table
            elif taken is not None and taken.schema.casefold() not in _DEFAULT_SCHEMAS | {""}:
                names[name] = None
    return names


def has(source: Source, name: str) -> bool:
    """Whether ``source`` has a table of that name, as far as its listing knows; one that is down has none."""
    try:
        return name.casefold() in _listing(source).names
    except SourceError:
        return False
