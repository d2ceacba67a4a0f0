"""Under what a result is kept: all that decides which rows a statement gives to this user."""

from __future__ import annotations

import sqlite3
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from aiser_jupyter.query.cache_volatile import volatile
from aiser_jupyter.query.syntax import duckdb_version
from aiser_jupyter.sources.version import HERE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Source

_PLAIN = (type(None), bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta, UUID)
# The engines' own books say what the engine is doing, and no version of the data covers that.
_BOOKS = ("duckdb_", "pragma_", "pg_", "sqlite_", "sys.", "information_schema.", "pg_catalog.", "mysql.", "performance_schema.")


@dataclass(frozen=True)
class Key:
    """What a result is kept under: ``digest`` is all it depends on, ``connections`` those it came from, ``ttl_s`` how long it may be given again.

    ``lasting`` says that the same digest means the same rows in another process too, and ``on_disk`` that values may be written.
    """

    digest: str
    connections: tuple[str, ...]
    ttl_s: float
    lasting: bool
    on_disk: bool


def key(
    context: Context,
    sources: Sequence[Source],
    verdict: Verdict,
    values: Mapping[str, object],
    *,
    generation: str,
    frames: Collection[str] = (),
) -> Key | None:
    """The key of a checked statement over ``sources``, or None where its result must not be used again.

    Used again is only the result of a query that reads, without frames, without anything that changes by itself, and on data whose version can be
    told, or for which the profile says how old an answer may be (``cache_ttl_s``). ``generation`` counts the writes through this workspace.
    """
    settings = context.settings
    if not settings.cache or not settings.cache_mb or verdict.kind != "select" or frames or not sources:
        return None
    if any(name.casefold().startswith(_BOOKS) for name in (*verdict.tables, *verdict.functions)) or not all(map(_plain, values.values())):
        return None
    if any(volatile(verdict, source.dialect, values) for source in sources):
        return None
    states = [_state(context, source, verdict) for source in sources]
    parts = [state for state in states if state is not None]
    if len(parts) < len(states):
        return None
    names = tuple(source.name for source in sources)
    words = (
        *_told(context.identity),
        context.policy.digest or repr(context.policy),
        settings.policy_role,
        settings.tenant,
        *(part for source in sources for part in (source.name, source.dialect, source.place)),
        *(part.version for part in parts),
        verdict.sql,
        *(f"{name}={type(value).__qualname__}:{value!r}" for name, value in sorted(values.items())),
        generation,
        # What other rows could come of in another process.
        f"{clock.tzname} {duckdb_version()} {sqlite3.sqlite_version}",
    )
    return Key(
        digest(words),
        names,
        min(part.ttl_s for part in parts),
        all(part.lasting for part in parts),
        # A file would hold one user's rows where another may look.
        all(
            settings.copy_for(source.name, local=source.capabilities.local) == "results" and not context.policy.governs(source.name)
            for source in sources
        ),
    )


def digest(words: Sequence[str]) -> str:
    """One word for ``words``: each with its length before it, so that none can run into the next."""
    made = blake2b(digest_size=20)
    for word in words:
        raw = word.encode("utf-8", "surrogatepass")
        made.update(len(raw).to_bytes(8, "big") + raw)
    return made.hexdigest()


@dataclass(frozen=True)
class _State:
    version: str
    ttl_s: float
    lasting: bool


def _state(context: Context, source: Source, verdict: Verdict) -> _State | None:
    """The version of a connection's data and how long an answer holds; None where neither can be told."""
    profile = context.settings.connections.get(source.name)
    asked = profile.cache_ttl_s if profile is not None else None
    tell = getattr(source, "version", None)  # a `Versioned`; asking for the protocol takes longer than asking for the version
    version = tell() if tell is not None else None
    if version is not None:
        if _views(source, version) & {table.casefold().rpartition(".")[2] for table in verdict.tables}:
            version = None  # a view may ask for the time of day
        elif asked != 0:
            ttl = context.settings.cache_ttl_s if asked is None else asked
            if not ttl:
                return None
            return _State(f"{version}|{_maker(source)}" if version.startswith(HERE) else version, ttl, not version.startswith(HERE))
    # Without a version only the one who knows the data can say how old an answer may be; and another login is another connection.
    return _State(f"ttl|{_maker(source)}", asked, lasting=False) if asked else None


_makers: WeakKeyDictionary[Source, str] = WeakKeyDictionary()
_seen: WeakKeyDictionary[Source, tuple[str, frozenset[str]]] = WeakKeyDictionary()
_numbers = count()


def _maker(source: Source) -> str:
    """A number of this very connection object."""
    if source not in _makers:
        _makers[source] = str(next(_numbers))
    return _makers[source]


def _views(source: Source, version: str) -> frozenset[str]:
    """The views of ``source`` at that version of it, by name."""
    known = _seen.get(source)
    if known is None or known[0] != version:
        known = (version, frozenset(table.name.casefold() for table in source.tables() if table.kind != "table"))
        _seen[source] = known
    return known[1]


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    if isinstance(value, Mapping):
        return all(map(_plain, (*value.keys(), *value.values())))
    return type(value) in _PLAIN


def _told(holder: Any) -> list[str]:
    """All that an identity or a policy says, in one order."""
    assert is_dataclass(holder)
    return [type(holder).__qualname__, *(f"{each.name}={_sorted(getattr(holder, each.name))}" for each in fields(holder))]


def _sorted(value: Any) -> str:
    if isinstance(value, frozenset | set):
        return repr(sorted(map(_sorted, value)))
    if isinstance(value, Mapping):
        return repr(sorted((str(name), _sorted(part)) for name, part in value.items()))
    if is_dataclass(value) and not isinstance(value, type):
        return repr(_told(value))
    return repr(list(map(_sorted, value))) if isinstance(value, list | tuple) else repr(value)
