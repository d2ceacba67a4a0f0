"""What each query was and took: one record a query, kept in the history and told to whoever listens."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.events import Event
from aiser_jupyter.query import slow
from aiser_jupyter.query.federation import TOGETHER
from aiser_jupyter.query.history import masked
from aiser_jupyter.state import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.cache import Answer
    from aiser_jupyter.query.execute import Ending
    from aiser_jupyter.query.slow import Advise
    from aiser_jupyter.settings import Copy
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.state import Entry

CacheUse = Literal["hit", "miss", "none"]
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d[\w.]*|\s+")


@dataclass(frozen=True)
class Record:
    """One query: on which connection, by which engine, asked by which part (``origin``), how it ended and what it took.

    ``rows`` is None where not all were read, ``bytes`` are those of its Arrow rows, ``elapsed_ms`` the time the engine worked, ``cpu_ms`` and
    ``memory_bytes`` what it took where that is known. ``cache`` is ``hit``, ``miss``, or ``none`` where the result may not be kept; ``routed`` is why it
    ran where it did; ``statement`` is the same for the same statement whatever its literals; ``error`` is the type of the error.
    """

    source: str
    engine: str
    origin: str
    status: str
    rows: int | None = None
    bytes: int | None = None
    elapsed_ms: float = 0.0
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    cached: bool = False
    cache: CacheUse = "none"
    routed: str = ""
    statement: str = ""
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """The record as plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class Started:
    """A query that was begun: `ended` is told once how it ended."""

    context: Context
    record: Record
    entry: Entry
    copy: Copy
    advise: Advise | None = None

    def ended(self, ending: Ending) -> None:
        """Keep how it ended, tell the listeners, and say so where it was slow."""
        context = self.context
        cpu_ms = None if ending.cpu_s is None else ending.cpu_s * 1000
        told = replace(
            self.record,
            status=ending.status,
            rows=ending.rows,
            bytes=ending.bytes,
            elapsed_ms=ending.elapsed_s * 1000,
            cpu_ms=cpu_ms,
            memory_bytes=ending.memory_bytes,
        )
        error = ending.error if self.copy == "results" else ""
        context.state.amend(
            self.entry,
            rows=told.rows,
            elapsed_ms=told.elapsed_ms,
            status=told.status,
            error=error,
            bytes=told.bytes,
            cpu_ms=cpu_ms,
            memory_bytes=told.memory_bytes,
        )
        _tell(context, told)
        slow.notice(context, told, self.advise)


def begin(
    context: Context,
    sql: str,
    source: Source,
    origin: str,
    *,
    route: Mapping[str, object] | None = None,
    cache: CacheUse = "none",
    advise: Advise | None = None,
) -> Started:
    """Keep that ``sql`` (as it was written) runs on ``source``; its ``ended`` is for the `Execution`.

    ``route`` is what `Route.as_json` says, ``advise`` is asked for hints where the query turns out slow.
    """
    record = _record(source.name, source.dialect, sql, origin, "running", route, cache)
    copy = _copy(context, source)
    return Started(context, record, _kept(context, record, sql, source.dialect, copy), copy, advise)


def hit(context: Context, sql: str, source: Source, origin: str, answer: Answer, *, route: Mapping[str, object] | None = None) -> None:
    """Keep that ``sql`` was answered from the cache."""
    record = _record(source.name, source.dialect, sql, origin, "done", route, "hit")
    record = replace(record, cached=True, rows=answer.table.num_rows, bytes=answer.table.nbytes)
    _kept(context, record, sql, source.dialect, _copy(context, source))
    _tell(context, record)


def refused(context: Context, sql: str, on: str | None, origin: str, error: AiserError) -> None:
    """Keep that ``sql`` did not run: the guard refused it, or it failed before it reached an engine."""
    name = on or context.sources.default or ""
    dialect = context.sources.get(name).dialect if name in context.sources else "duckdb"
    status = "refused" if isinstance(error, RefusedError) else "failed"
    record = replace(_record(name, dialect, sql, origin, status, None, "none"), error=type(error).__name__)
    _kept(context, record, sql, dialect, context.copy_for(name), error.message)
    _tell(context, record)


def statement_hash(sql: str) -> str:
    """Sixteen digits that are the same for the same statement with other literals and spaces."""
    plain = _LITERAL.sub(lambda found: " " if found.group().isspace() else "?", sql).strip().casefold()
    return blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _record(name: str, engine: str, sql: str, origin: str, status: str, route: Mapping[str, object] | None, cache: CacheUse) -> Record:
    routed = str((route or {}).get("reason", ""))
    engine = str((route or {}).get("engine", engine))
    return Record(name, engine, origin, status, cache=cache, routed=routed, statement=statement_hash(sql))


def _copy(context: Context, source: Source) -> Copy:
    """What may be kept; where one connection is asked nothing has to be looked up."""
    if TOGETHER in source.name:
        return context.copy_for(source.name)
    return context.settings.copy_for(source.name, local=source.capabilities.local)


def _kept(context: Context, record: Record, sql: str, dialect: str, copy: Copy, error: str = "") -> Entry:
    run = Run(
        context.clock.now(),
        context.identity.user,
        record.source,
        record.origin,
        sql if copy == "results" else masked(sql, dialect),
        record.rows,
        record.elapsed_ms,
        record.status,
        error if copy == "results" else "",
        record.engine,
        record.routed,
        record.bytes,
        cached=record.cached,
        statement=record.statement,
    )
    return context.state.record(run, private=copy == "none")


def _tell(context: Context, record: Record) -> None:
    context.events.emit(Event(f"query.{record.status}", context.clock.now(), record.as_json()))
