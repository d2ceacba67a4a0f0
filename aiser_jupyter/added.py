"""Adding data to a workspace: read once, kept where the workspace keeps things, announced to whoever listens."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.errors import AiserError, RefusedError, UsageError
from aiser_jupyter.events import Event
from aiser_jupyter.sources.added import AddedSource
from aiser_jupyter.sources.frames import is_frame, readable
from aiser_jupyter.sources.limits import Limits
from aiser_jupyter.sources.registry import FILES
from aiser_jupyter.sources.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from aiser_jupyter.context import Context
    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.notes import Note

Copy = Literal["none", "results"]
_EVERY = 250_000  # rows between two words of progress
_FIRST = 3  # findings that are told of a new table


@dataclass(frozen=True)
class _Piece:
    """A table on its way in: the name it wants (``given`` by the user, or its file's), where it is from, its rows, how many, and its notes."""

    name: str
    given: bool
    place: str
    rows: Any
    count: int | None
    notes: tuple[Note, ...]
    files: tuple[Path, ...]
    hold: object


def add(
    context: Context, data: str | Path | Sequence[str | Path] | Any, name: str | None = None, *, copy: Copy | None = None
) -> tuple[str, ...]:
    """Make tables of files, folders, globs, addresses or a frame; their names.

    They are kept as Parquet where the workspace has its folder (``copy="results"`` makes it) and its settings let results be copied, else in
    memory (``copy="none"``). Emits ``add.progress`` with ``fraction`` (0 to 1, or None), ``table.added``, and ``finding.first`` where findings are
    asked for. Raises `FileFormatError` with the place in the file, `CancelledError` where it was stopped.
    """
    if (release := getattr(data, "release", None)) is not None and release.marks:
        raise RefusedError(
            f"Rows of {release.marks[0].connection} are governed, and an added table would be read by every user of this workspace.",
            hint='Give the result a name (%%sql --as NAME, or frames={"name": result}): it is a table for your statements then.',
        )
    engine = context.sources.engine(latest=True)
    keep = _keeps(context, copy)
    stop = Stop()
    sized = context.settings.max_file_mb
    limits = Limits(file_mb=sized, unpacked_mb=sized, memory_mb=context.settings.worker_memory_mb, stop=stop)
    adding = engine.adding if isinstance(engine, AddedSource) else set()
    adding.add(stop)
    try:
        made = _aside(lambda: _add(context, engine, data, name, limits, keep=keep), stop)
    finally:
        adding.discard(stop)
        context.catalogs.drop(FILES)
    if context.settings.findings_on_add:
        Thread(target=_first_findings, args=(context, made), daemon=True, name="aiser-first-findings").start()
    return made


def _keeps(context: Context, copy: Copy | None) -> bool:
    """Whether tables are kept on disk; makes the folder where that was asked for."""
    if copy not in {None, "none", "results"}:
        raise UsageError(f"Data is not copied as {copy!r}.", hint='copy="none" keeps it in memory, copy="results" in .aiser/data/.')
    if copy == "results":
        context.state.create()
        return context.state.file is not None
    return copy is None and context.state.file is not None and context.settings.copy_for(FILES, local=True) == "results"


def _aside(work: Callable[[], tuple[str, ...]], stop: Stop) -> tuple[str, ...]:
    """Do ``work`` on a thread of its own, so that an interrupted cell stops engines that hear no signal."""
    done: list[tuple[str, ...]] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  # it goes up in the caller's thread
            failed.append(error)

    thread = Thread(target=run, daemon=True, name="aiser-add")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
    except KeyboardInterrupt:
        stop.cancel()
        thread.join()
        raise
    if failed:
        if stop.said:
            stop.check()
        raise failed[0]
    return done[0]


def _add(context: Context, engine: DuckDBSource, data: Any, name: str | None, limits: Limits, *, keep: bool) -> tuple[str, ...]:
    made = []
    for piece in _pieces(data, name, limits):
        limits.stop.check()
        made.append(_take(context, engine, piece, limits.stop, keep=keep))
    return tuple(dict.fromkeys(made))


def _pieces(data: Any, name: str | None, limits: Limits) -> Iterator[_Piece]:
    from aiser_jupyter.sources import files, remote

    if is_frame(data):
        label = files.named(name)
        yield _Piece(label, True, "frame", readable(data, label), None, (), (), None)  # noqa: FBT003  # its place in the row
        return
    with remote.here(data, limits) as places:
        for found, given in files.wanted(places.paths, name, limits):
            origin = places.origin(found.place)
            yield _Piece(
                given or found.name, bool(given), origin, found.part.rows, found.part.count, found.part.notes, found.files, found.part.hold
            )


def _take(context: Context, engine: DuckDBSource, piece: _Piece, stop: Stop, *, keep: bool) -> str:
    """Make the table of one piece."""
    from aiser_jupyter.sources import files
    from aiser_jupyter.sources.names import table_name

    table = files.table_for(engine, piece.name, piece.place, given=piece.given)

    def seen(rows: int) -> None:
        stop.check()
        fraction = min(1.0, rows / piece.count) if piece.count else None
        _emit(context, "add.progress", {"table": table, "rows": rows, "fraction": fraction})

    rows = _counted(_reader(piece.rows, table), seen)
    if keep and isinstance(engine, AddedSource) and _fits_parquet(rows.schema):
        file, count, size = engine.shelf.write(table_name(table), rows)
        engine.shelf.put(_kept(context, table, piece, file, count, size))
        engine.sync()
    else:
        if isinstance(engine, AddedSource):
            engine.memory(table)
        engine.load(table, rows)
        engine.loaded[table], engine.notes[table] = piece.place, piece.notes
        count = engine.sizes().get(table, 0)
    shown = "" if piece.place == "frame" else piece.place.rstrip("#")
    _emit(
        context, "table.added", {"table": table, "rows": count, "place": shown, "kept": keep, "notes": [str(note) for note in piece.notes]}
    )
    return table


def _reader(rows: Any, name: str) -> pa.RecordBatchReader:
    """``rows`` as a stream, with the types that DuckDB reads in a frame; raises `UsageError` where there is no column."""
    import pyarrow as pa

    if isinstance(rows, pa.RecordBatch):
        rows = pa.Table.from_batches([rows])
    if isinstance(rows, pa.Table):
        rows = rows.to_reader(1 << 16)
    if not isinstance(rows, pa.RecordBatchReader):
        import duckdb

        if not len(rows.columns):
            raise _no_columns(name)
        connection = duckdb.connect(":memory:", config={"arrow_lossless_conversion": "true"})
        connection.register("incoming", rows)
        rows = connection.sql("SELECT * FROM incoming").to_arrow_reader(1 << 16)
    if not rows.schema.names:
        raise _no_columns(name)
    return rows


def _no_columns(name: str) -> UsageError:
    return UsageError(f"{name} has no columns: there is nothing to make a table of.", hint="Check that it was read or made as meant.")


def _counted(rows: pa.RecordBatchReader, seen: Callable[[int], None]) -> pa.RecordBatchReader:
    """``rows``, with the count told as they pass."""
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        count = told = 0
        for batch in rows:
            yield batch
            count += batch.num_rows
            if count - told >= _EVERY:
                told = count
                seen(count)
        seen(count)

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def _fits_parquet(schema: pa.Schema) -> bool:
    """Whether Parquet gives every type back as it was: it has no intervals, no unions, and takes extensions for what they store."""
    import pyarrow as pa

    def fits(kind: pa.DataType) -> bool:
        if pa.types.is_interval(kind) or pa.types.is_union(kind) or pa.types.is_duration(kind) or isinstance(kind, pa.BaseExtensionType):
            return False
        return all(fits(kind.field(i).type) for i in range(kind.num_fields)) if pa.types.is_nested(kind) else True

    return all(fits(field.type) for field in schema)


def _kept(context: Context, table: str, piece: _Piece, file: str, rows: int, size: int) -> Any:
    from aiser_jupyter.sources.shelf import Kept

    seen = piece.files[0].stat() if len(piece.files) == 1 and piece.files[0].is_file() else None
    return Kept(
        table,
        piece.place,
        file,
        rows,
        size,
        context.clock.now(),
        context.identity.user,
        seen.st_size if seen else None,
        seen.st_mtime if seen else None,
        "",
        piece.notes,
    )


def _emit(context: Context, kind: str, data: Mapping[str, object]) -> None:
    context.events.emit(Event(kind, context.clock.now(), data))


def _first_findings(context: Context, tables: Sequence[str]) -> None:
    """Tell the first findings in new tables; what cannot be looked through is told too."""
    from aiser_jupyter.discover.scan import discover

    for table in tables:
        try:
            for finding in tuple(discover(context, table, on=FILES))[:_FIRST]:
                told = {"table": table, "kind": finding.kind, "title": finding.title, "statement": finding.statement, "sql": finding.sql}
                _emit(context, "finding.first", told)
        except AiserError as error:
            _emit(context, "finding.none", {"table": table, "why": error.message})
