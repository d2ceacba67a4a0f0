"""The one road to data: guard, policy, route, cache, deadline, cancel and history for every statement of every part."""

from __future__ import annotations

import weakref
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.query import cache, failures, file_tables, governed, guard, parameters, plan_advice, record, release, workers
from aiser_jupyter.query.execute import Execution
from aiser_jupyter.query.federate import FederatedCursor
from aiser_jupyter.query.lineage import lineage
from aiser_jupyter.query.result import Origin, Result
from aiser_jupyter.query.route import Router
from aiser_jupyter.sources.frames import is_frame, readable
from aiser_jupyter.sources.limits import Limits
from aiser_jupyter.sources.source import Fetching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.route import Reading, Route
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Cursor, Source

# Parts whose statements the user did not write.
UNTRUSTED = frozenset({"ask", "model", "mcp"})
# Parts that run what somebody asks for; `Context.caller` says who that is. The others run statements of their own.
SPOKEN = frozenset({"user", "ask"})
PEOPLE = frozenset({"", "broker"})  # callers by which a person asks; any other is an assistant


def run(
    context: Context,
    sql: str,
    *,
    on: str | None = None,
    params: Mapping[str, object] | None = None,
    timeout: float | None = None,
    frames: Mapping[str, object] | None = None,
    origin: str = "user",
    write: bool = False,
    fresh: bool = False,
    progress: Callable[[float], None] | None = None,
    begun: Callable[[Execution], None] | None = None,
) -> Result:
    """Run one statement on a connection, or over several, exactly once, to a lazy `Result`.

    ``on`` is a connection (None: those whose tables the statement names), ``:name`` in ``sql`` is bound from ``params`` by the driver, ``timeout``
    is in seconds, ``frames`` are tables for this statement alone, ``origin`` says in the history which part asked, ``fresh`` asks for rows that
    were not kept from before, ``progress`` is told the share that is done, 0 to 1, where the engine knows it; ``begun`` is given the execution before it
    starts, so that another thread can cancel it. No LIMIT is ever added.

    Raises `RefusedError` from the guard, `UsageError` for parameters and frames, `UnknownNameError` and `QueryError` from the engine, `DeadlineError`
    when time is over, `CancelledError` when another thread stopped it. ``KeyboardInterrupt`` stops the engine and goes on up; the connection
    stays usable after each of them.
    """
    context = governed.current(context)
    origin = context.caller if context.caller and origin in SPOKEN else origin
    try:
        text, given = parameters.spread(sql, _dialect(context, on), params or {})
        reading = _read(context, text, on, given, frames or {}, origin, write=write)
        route, verdict, found = reading.route, reading.verdict, reading.frames
        source = route.source
        if context.caller not in PEOPLE and origin == context.caller:
            governed.may_tell(route.sources)
        values = parameters.bind(parameters.names(verdict.sql, source.dialect), given)
        tables_given = {name: readable(value, name) for name, value in found.items()}
    except AiserError as error:
        record.refused(context, sql, on, origin, error)
        raise
    told = Origin(
        parameters.inlined(verdict.sql, source.dialect, values),
        source.dialect,
        source.name,
        _told(context, origin, route, write=verdict.kind == "write"),
        lambda: lineage(verdict.sql, source.dialect, source.tables(), columns),
        release.of(route.sources, found.values()),
    )
    if told.release is not None:
        release.note(told.release)
    key = cache.plan(context, route.sources, verdict, values, frames=found)
    kept = cache.find(context, key, fresh=fresh)
    if kept is not None:
        columns = kept.table.schema.names
        governed.given(route.sources, origin, sql, kept.table.num_rows)
        record.hit(context, sql, source, origin, kept, route=told.route)
        age_s = (context.clock.now() - kept.at).total_seconds()
        return Result.of(kept.table, told, preview=context.settings.preview_rows, cached_at=kept.at, age_s=age_s)
    writes = verdict.kind == "write"
    started = record.begin(
        context,
        sql,
        source,
        origin,
        route=told.route,
        cache="none" if key is None else "miss",
        advise=partial(plan_advice.advise, verdict, route.sources, values),
    )
    tables = [name for name in verdict.tables if name not in found]
    cursor = _cursor(context, origin, source, write=writes)
    ended = _written(context, source, started.ended) if writes else started.ended
    seconds = governed.bound(route.sources, context.settings.timeout_s if timeout is None else timeout)
    if isinstance(cursor, Fetching):
        cursor.timeout_s = seconds
    elif isinstance(cursor, FederatedCursor):
        cursor.limit_s = seconds
    execution = Execution(
        cursor,
        seconds,
        explain=lambda error: failures.explain(error, sql, source, tables, found),
        ended=ended,
        progress=progress,
    )
    _tell(begun, execution)
    schema = execution.start(verdict.sql, values, tables_given)
    columns = schema.names
    if isinstance(cursor, Fetching):
        told = replace(told, route={**told.route, "pushed": [{"source": source.name, "sql": text} for text in cursor.pushed]})
    result = Result(schema, execution, told, preview=context.settings.preview_rows, keep=cache.keeper(context, key))
    # A result nobody read to the end gives its place back when it is forgotten.
    weakref.finalize(result, execution.close).atexit = False
    return result


def _tell(begun: Callable[[Execution], None] | None, execution: Execution) -> None:
    """Give the execution to whoever may cancel it; where that one wants it no more, it does not start."""
    if begun is None:
        return
    try:
        begun(execution)
    except BaseException:
        execution.close()
        raise


def _read(
    context: Context, sql: str, on: str | None, params: Mapping[str, object], given: Mapping[str, object], origin: str, *, write: bool
) -> Reading:
    """How the statement runs: checked, with its route and the frames it names."""
    router = Router(
        context,
        partial(_check, origin, write=write),
        lambda verdict, place: _frames(context, place, verdict, given),
        partial(_cursor, context, origin),
    )
    reading = router.read(sql, on, params, given=bool(given))
    source = reading.route.source
    if write and source.read_only and reading.verdict.kind == "write":
        raise RefusedError(f"The connection {source.name} is read-only.", hint="Open it for writing: ws.connect(…, write=True).")
    return reading


def _dialect(context: Context, on: str | None) -> str:
    """The dialect in which the words of a statement are told apart before it has a route."""
    sources = context.sources
    return sources.get(on).dialect if on is not None or sources.default else "duckdb"


def _check(origin: str, sql: str, dialect: str, *, write: bool) -> Verdict:
    verdict = guard.check(parameters.to_engine(sql, dialect), dialect, write=write, files=origin == "user")
    if not verdict.allowed:
        raise RefusedError(verdict.reason)
    return verdict


def _cursor(context: Context, origin: str, source: Source, *, write: bool = False) -> Cursor:
    """A place on ``source``: in a worker process where the statement is not the user's own or cannot be stopped otherwise."""
    if workers.wanted(source, context.settings, origin if origin in UNTRUSTED else "user"):
        apart = workers.cursor(governed.own(source), context.settings, write=write)
        if apart is not None:
            return governed.cursor(source, apart, origin)
    return governed.cursor(source, governed.own(source).cursor(), origin)


def _told(context: Context, origin: str, route: Route, *, write: bool) -> dict[str, object]:
    """The route as it is shown; where a statement that belongs into a worker process runs in this one, ``worker`` is False and the reason says why."""
    told = route.as_json()
    trust = origin if origin in UNTRUSTED else "user"
    parts = [source for source in route.sources or (route.source,) if workers.wanted(source, context.settings, trust)]
    why = list(dict.fromkeys(reason for source in parts if (reason := workers.here(governed.own(source), write=write))))
    if route.engine == "federated" and context.settings.worker != "never" and (trust != "user" or context.settings.worker == "always"):
        why.append("its parts are joined here")
    return {**told, "worker": False, "reason": f"{route.reason}; in this process: {', '.join(why)}"} if why else told


def _written(context: Context, source: Source, ended: Callable[..., None]) -> Callable[..., None]:
    """``ended``, and nothing of the connection is answered from the cache meanwhile or from before."""
    kept = cache.of(context)
    kept.begin_write(source.name)

    def then(*how: object) -> None:
        kept.end_write(source.name)
        ended(*how)

    return then


def _frames(context: Context, on: str | None, verdict: Verdict, given: Mapping[str, object]) -> dict[str, object]:
    """The frames that the statement names: those given, those of the notebook whose name is no table of the connection, and data files."""
    found: dict[str, object] = {}
    resolver = context.resolver
    for name in verdict.tables:
        value = given.get(name)
        if value is None and resolver is not None and is_frame(candidate := resolver(name)) and not _is_table(context, on, name):
            value = candidate
        if value is not None:
            found[name] = value
    if verdict.files:
        sized = context.settings.max_file_mb
        folder = context.state.folder
        limits = Limits(file_mb=sized, unpacked_mb=sized, memory_mb=context.settings.worker_memory_mb)
        found.update(file_tables.resolve(verdict.files, folder.parent if folder is not None else Path.cwd(), limits))
    return found


def _is_table(context: Context, on: str | None, name: str) -> bool:
    from aiser_jupyter.query import listing

    places: Iterable[str] = (on,) if on is not None else context.sources.names()
    return any(listing.has(context.sources.get(place), name) for place in places)
