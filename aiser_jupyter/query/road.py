"""The one road to data: guard, policy, route, deadline, cancel and history for every statement of every part."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.events import Event
from aiser_jupyter.query import failures, guard, parameters, route
from aiser_jupyter.query.enforce import enforce
from aiser_jupyter.query.execute import Execution
from aiser_jupyter.query.history import masked
from aiser_jupyter.query.lineage import lineage
from aiser_jupyter.query.result import Origin, Result
from aiser_jupyter.sources.frames import is_frame, readable
from aiser_jupyter.state import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.execute import Ending
    from aiser_jupyter.query.route import Route
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.state import Entry


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
) -> Result:
    """Run one statement on a connection, exactly once, to a lazy `Result`.

    ``on`` is a connection (None: the one whose tables the statement names), ``:name`` in ``sql`` is bound from ``params`` by the driver, ``timeout``
    is in seconds, ``frames`` are tables for this statement alone, ``origin`` says in the history which part asked. No LIMIT is ever added.

    Raises `RefusedError` from the guard, `UsageError` for parameters and frames, `UnknownNameError` and `QueryError` from the engine, `DeadlineError`
    when time is over, `CancelledError` when another thread stopped it. ``KeyboardInterrupt`` stops the engine and goes on up; the connection
    stays usable after each of them.
    """
    try:
        path, verdict, found = _read(context, sql, on, frames or {}, write=write)
        values = parameters.bind(parameters.names(verdict.sql, path.source.dialect), params or {})
    except AiserError as error:
        _refuse(context, sql, on, origin, error)
        raise
    source = path.source
    tables = [name for name in verdict.tables if name not in found]
    entry = _record(context, source, source.name, sql, origin, "running")
    execution = Execution(
        source.cursor(),
        context.settings.timeout_s if timeout is None else timeout,
        explain=lambda error: failures.explain(error, sql, source, tables, found),
        ended=_ender(context, source.name, origin, entry),
        progress=_teller(context, source.name, origin),
    )
    schema = execution.start(verdict.sql, values, {name: readable(value, name) for name, value in found.items()})
    columns = schema.names
    told = Origin(
        parameters.inlined(verdict.sql, source.dialect, values),
        source.dialect,
        source.name,
        path.as_json(),
        lambda: lineage(verdict.sql, source.dialect, source.tables(), columns),
    )
    result = Result(schema, execution, told, preview=context.settings.preview_rows)
    # A result nobody read to the end gives its place back when it is forgotten.
    weakref.finalize(result, execution.close).atexit = False
    return result


def _read(
    context: Context, sql: str, on: str | None, given: Mapping[str, object], *, write: bool
) -> tuple[Route, Verdict, dict[str, object]]:
    """The route, the checked statement and the frames it names."""
    sources = context.sources
    # Frames live on an engine of our own, whatever the default connection speaks.
    dialect = sources.get(on).dialect if on is not None or (sources.default and not given) else "duckdb"
    verdict = _check(context, sql, dialect, write=write)
    found = _frames(context, on, verdict.tables, given)
    path = route.choose(sources, on, [name for name in verdict.tables if name not in found], found)
    if path.source.dialect != dialect:
        verdict = _check(context, sql, path.source.dialect, write=write)
    if write and path.source.read_only and verdict.kind == "write":
        raise RefusedError(f"The connection {path.source.name} is read-only.", hint="Open it for writing: ws.connect(…, write=True).")
    return path, verdict, found


def _check(context: Context, sql: str, dialect: str, *, write: bool) -> Verdict:
    verdict = guard.check(parameters.to_engine(sql, dialect), dialect, write=write)
    if not verdict.allowed:
        raise RefusedError(verdict.reason)
    return enforce(verdict, context.policy)


def _frames(context: Context, on: str | None, tables: Iterable[str], given: Mapping[str, object]) -> dict[str, object]:
    """The frames that the statement names: those given, and those of the notebook whose name is no table of the connection."""
    found: dict[str, object] = {}
    resolver = context.resolver
    known: set[str] | None = None
    for name in tables:
        value = given.get(name)
        if value is None and resolver is not None and is_frame(candidate := resolver(name)):
            if known is None:
                known = _known(context, on)
            value = None if name.casefold() in known else candidate
        if value is not None:
            found[name] = value
    return found


def _known(context: Context, on: str | None) -> set[str]:
    places = (on,) if on is not None else context.sources.names()
    return {table.name.casefold() for place in places for table in context.sources.get(place).tables()}


def _refuse(context: Context, sql: str, on: str | None, origin: str, error: AiserError) -> None:
    """Keep in the history that a statement did not run."""
    name = on or context.sources.default or ""
    source = context.sources.get(name) if name in context.sources else None
    status = "refused" if isinstance(error, RefusedError) else "failed"
    _record(context, source, name, sql, origin, status, error.message)
    context.events.emit(Event(f"query.{status}", context.clock.now(), {"source": name, "origin": origin, "error": type(error).__name__}))


def _record(context: Context, source: Source | None, name: str, sql: str, origin: str, status: str, error: str = "") -> Entry:
    copy = context.copy_for(name)
    kept = masked(sql, source.dialect if source else "duckdb") if copy != "results" else sql
    run = Run(context.clock.now(), context.identity.user, name, origin, kept, None, 0.0, status, error if copy == "results" else "")
    return context.state.record(run, private=copy == "none")


def _ender(context: Context, name: str, origin: str, entry: Entry) -> Callable[[Ending], None]:
    """What is told once how the run ended."""

    def ended(ending: Ending) -> None:
        copied = ending.error if context.copy_for(name) == "results" else ""
        elapsed_ms = ending.elapsed_s * 1000
        context.state.amend(entry, rows=ending.rows, elapsed_ms=elapsed_ms, status=ending.status, error=copied)
        data = {"source": name, "origin": origin, "rows": ending.rows, "elapsed_ms": elapsed_ms, "bytes": ending.bytes}
        data |= {"cpu_s": ending.cpu_s, "memory_bytes": ending.memory_bytes}
        context.events.emit(Event(f"query.{ending.status}", context.clock.now(), data))

    return ended


def _teller(context: Context, name: str, origin: str) -> Callable[[float], None]:
    """What is told how far the run is, 0 to 1."""
    return lambda share: context.events.emit(
        Event("query.progress", context.clock.now(), {"source": name, "origin": origin, "share": share})
    )
