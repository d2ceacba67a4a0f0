"""Extracts: the rows of a query kept as a table, refreshed when they are due, whole or from where they ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, RefusedError, StateError, UsageError
from aiser_jupyter.events import Event
from aiser_jupyter.query import cron as schedule
from aiser_jupyter.query import extract_rows as rows_of
from aiser_jupyter.query import guard, parameters
from aiser_jupyter.query.cache_volatile import volatile
from aiser_jupyter.query.extracts import Extract, Extracts
from aiser_jupyter.query.federation import TOGETHER
from aiser_jupyter.query.road import run
from aiser_jupyter.sources.names import table_name
from aiser_jupyter.sources.shelf import Kept, Shelf
from aiser_jupyter.sources.source import Versioned
from aiser_jupyter.sources.version import HERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.sources.kept_file import KeptFile

_LEASE_MARGIN_S = 600.0  # for writing what was read
PLACE = "extract:"


def materialize(
    context: Context,
    name: str,
    sql: str,
    *,
    refresh: str | None = None,
    on: str | None = None,
    key: str | Sequence[str] = (),
    watermark: str | None = None,
    zone: str | None = None,
) -> Extract:
    """Keep the rows of ``sql`` as table ``name``, readable in every query and in every process of this workspace, and refresh them now.

    ``refresh`` is a schedule as cron writes it, on the clocks of ``zone`` (default: this machine's). With ``watermark``, a column that only grows,
    later refreshes read from its largest value on; with ``key`` too, rows that came before are replaced by their newer ones. Making one of the same
    name anew replaces it. Raises what the query raises, `UsageError` for names and schedules, `RefusedError` where values may not be kept.
    """
    if table_name(name) != name:
        raise UsageError(f"{name!r} cannot be the name of a table.", hint=f"Write {table_name(name)!r}.")
    keys = (key,) if isinstance(key, str) else tuple(key)
    if refresh is not None:
        refresh = schedule.check(refresh)
    place = schedule.zone_of(zone or schedule.local_zone()).key
    if any(kept.name == name and not kept.place.startswith(PLACE) for kept in Shelf(context.state).kept()):
        raise UsageError(f"There is a table named {name!r} already, which was added.", hint="Choose another name for the extract.")
    result = run(context, sql, on=on, origin="materialize", fresh=True)
    try:
        text = _judged(context, result, sql)
    except AiserError:
        result.close()
        raise
    context.state.create()
    books = Extracts(context.state)
    before = next((extract for extract in books.all() if extract.name == name), None)
    books.put(Extract(name, result.source, text, refresh, place, keys, watermark, context.identity.user, context.clock.now()))
    try:
        return _renew(context, name, full=True, first=result)
    except BaseException:
        result.close()
        # What was there before goes on; what never was leaves no trace.
        books.drop(name) if before is None else books.put(before)
        raise


def renew(context: Context, name: str, *, full: bool = False) -> Extract:
    """Refresh an extract: by nothing where its source is unchanged, from its watermark on where it has one, else whole; ``full`` reads all anew.

    Where it fails, for a wrong query, a source that is away or columns that changed, the rows of before stay, and the error says so.
    """
    return _renew(context, name, full=full)


def _renew(context: Context, name: str, *, full: bool, first: Result | None = None) -> Extract:
    books = Extracts(context.state)
    extract = books.get(name)
    token = books.lease(name, context.settings.timeout_s + _LEASE_MARGIN_S)
    if token is None:
        raise StateError(
            f"The extract {name} is being refreshed by another process.", hint="Wait for it; ws.materialized() shows when it is done."
        )
    extract = books.get(name)
    try:
        done = _renewed(context, extract, full=full, first=first)
    except BaseException as error:
        message = error.message if isinstance(error, AiserError) else type(error).__name__
        books.end(replace(extract, status="failed", error=message), token)
        _tell(context, replace(extract, status="failed"))
        if extract.file is not None and isinstance(error, AiserError):
            error.hint = f"{error.hint} The rows as of {extract.freshness(context.clock.now()).rpartition('as of ')[2]} are kept.".strip()
        raise
    finished, file = done
    with context.state.store() as store:
        store.execute("BEGIN IMMEDIATE")  # the extract and its table change together or not at all
        try:
            ended = books.end(finished, token)
            if ended and file is not None:
                Shelf(context.state).put(file)
            store.execute("COMMIT")
        except BaseException:
            store.execute("ROLLBACK")
            raise
    if not ended:
        raise StateError(f"The refresh of {name} took so long that another process began one; its rows were dropped.")
    _tell(context, finished)
    return finished


def refresh_due(context: Context) -> list[Extract]:
    """Refresh each extract that is due now; one that fails does not keep the others, and its ``status`` and ``error`` say so."""
    books = Extracts(context.state)
    now = context.clock.now()
    touched = []
    for extract in books.all():
        due = extract.due_at
        if due is None or due > now:
            continue
        try:
            touched.append(renew(context, extract.name))
        except StateError:
            continue  # another process is at it
        except AiserError:
            touched.append(books.get(extract.name))
    return touched


def materialized(context: Context) -> list[Extract]:
    """The extracts of the workspace by name."""
    return Extracts(context.state).all()


def forget(context: Context, name: str) -> None:
    """Drop an extract and its rows."""
    books = Extracts(context.state)
    books.drop(books.get(name).name)
    Shelf(context.state).remove(name)


def _renewed(context: Context, extract: Extract, *, full: bool, first: Result | None) -> tuple[Extract, Kept | None]:
    """The extract after a refresh, and its new file where the rows changed."""
    now = context.clock.now()
    version = _version(context, extract)
    same = replace(extract, checked_at=now, status="unchanged", error="", version=version)
    shelf = Shelf(context.state)
    before = _before(shelf, extract)
    # Where the rows are gone (a backup without them, a deleted file) nothing is unchanged.
    if not full and before is not None and version is not None and version == extract.version:
        return same, None
    mark = rows_of.largest(before, extract.watermark) if before and extract.watermark and not full else None
    result = first or _run(context, extract, mark)
    _check(extract, result.schema.names)
    schema = rows_of.agreed(extract.name, before, result.schema)
    fresh = rows_of.reader(schema, result.batches())
    if mark is not None and before is not None:
        fresh = rows_of.merged(before, fresh, schema, extract.keys, str(extract.watermark), mark)
    file, count, size = shelf.write(extract.name, fresh)
    made = shelf.file(file)
    digest = rows_of.digest(made)
    if before is not None and digest == extract.digest:
        made.path.unlink(missing_ok=True)
        return same, None
    largest = rows_of.largest(made, extract.watermark) if extract.watermark else None
    done = replace(
        same,
        refreshed_at=now,
        file=file,
        rows=count,
        bytes=size,
        digest=digest,
        mark=None if largest is None else str(largest),
        status="refreshed",
    )
    return done, Kept(extract.name, f"{PLACE}{extract.connection}", file, count, size, now, extract.user, digest=digest)


def _judged(context: Context, result: Result, sql: str) -> str:
    """The text that is kept: a query that reads, of connections whose values may lie on disk."""
    if any(context.policy.governs(name) for name in result.source.split(TOGETHER)):
        raise RefusedError(
            f"Rows of {result.source} are governed, and an extract would be read by every user of this workspace.",
            hint="Ask the connection itself each time, or let whoever governs it make the extract there.",
        )
    verdict = guard.check(parameters.to_engine(sql, result.dialect), result.dialect)
    if verdict.kind != "select":
        raise UsageError("Only a query can be materialized.", hint="Write SELECT …")
    copy = context.copy_for(result.source)
    if copy != "results":
        raise RefusedError(
            f"What {result.source} holds may not be kept on disk (copy = {copy!r}).",
            hint=f'Allow it in .aiser/settings.toml: [connections.{result.source}] copy = "results".',
        )
    return verdict.sql


def _run(context: Context, extract: Extract, mark: object | None) -> Result:
    """The query of an extract, from ``mark`` on where there is one."""
    together = TOGETHER in extract.connection
    text, params = extract.sql, {}
    if mark is not None and extract.watermark:
        dialect = "duckdb" if together else context.sources.get(extract.connection).dialect
        text, params = rows_of.beyond(extract.sql, extract.watermark, dialect), {"aiser_mark": mark}
    return run(context, text, on=None if together else extract.connection, params=params, origin="materialize", fresh=True)


def _version(context: Context, extract: Extract) -> str | None:
    """What tells the source's present state from the next; None where that cannot be told, or the query changes by itself."""
    if TOGETHER in extract.connection:
        return None
    source = context.sources.get(extract.connection)
    version = source.version() if isinstance(source, Versioned) else None
    if version is None or version.startswith(HERE):
        return None
    verdict = guard.check(extract.sql, source.dialect)
    views = {table.name.casefold() for table in source.tables() if table.kind != "table"}
    named = {table.casefold().rpartition(".")[2] for table in verdict.tables}
    return None if volatile(verdict, source.dialect, {}) or views & named else version


def _before(shelf: Shelf, extract: Extract) -> KeptFile | None:
    """The rows of the last refresh."""
    path = shelf.folder / extract.file if shelf.folder is not None and extract.file else None
    return shelf.file(path.name) if path is not None and path.is_file() else None


def _check(extract: Extract, columns: Sequence[str]) -> None:
    for column in (*extract.keys, *((extract.watermark,) if extract.watermark else ())):
        if column not in columns:
            raise UsageError(f"The query of {extract.name} has no column {column!r}.", hint=f"Columns: {', '.join(columns[:12])}.")


def _tell(context: Context, extract: Extract) -> None:
    data = {"name": extract.name, "source": extract.connection, "rows": extract.rows, "bytes": extract.bytes}
    context.events.emit(Event(f"extract.{extract.status}", context.clock.now(), data))
