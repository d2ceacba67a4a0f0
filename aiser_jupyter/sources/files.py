"""Data files, folders and frames as tables of the workspace's own engine."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError, SourceError, UsageError
from aiser_jupyter.sources.frames import is_frame, readable
from aiser_jupyter.sources.names import free_name, table_name

if TYPE_CHECKING:
    from aiser_jupyter.sources.duckdb import DuckDBSource

Tables = Iterator[tuple[str, Any]]


def add(engine: DuckDBSource, data: str | Path | Sequence[str | Path] | Any, name: str | None = None) -> tuple[str, ...]:
    """Make tables of a file, of each of several, of all data files in a folder, or of a frame; the tables' names.

    A table is named after its file (``name`` where there is one), with the sheet where a workbook has several. Adding the same file again
    replaces its table; another file of that name gets a name of its own. Raises `FileFormatError` with the place where a file cannot be read.
    """
    if is_frame(data):
        if not name:
            raise UsageError("A data frame has no name of its own.", hint='Give it one: ws.add(df, name="orders").')
        return (_load(engine, name, "frame", readable(data, name), given=True),)
    paths = [Path(part) for part in ([data] if isinstance(data, str | Path) else data)]
    files = [file for path in paths for file in _files(path)]
    loaded: list[str] = []
    broken: list[FileFormatError] = []
    for file in files:
        try:
            tables = list(read(file))
        except FileFormatError as error:
            if len(paths) == len(files):
                raise
            broken.append(error)  # one bad file does not close a folder
            continue
        for sheet, rows in tables:
            base = table_name(name if name and len(files) == 1 else file.stem)
            wanted = f"{base}_{table_name(sheet)}" if len(tables) > 1 else base
            loaded.append(_load(engine, wanted, f"{file.absolute()}#{sheet}", rows, given=bool(name) and len(files) == 1))
    if broken and not loaded:
        raise broken[0]
    for error in broken:
        warnings.warn(f"Left out: {error.message} {error.where}", UserWarning, stacklevel=2)
    return tuple(loaded)


def is_data_file(path: Path) -> bool:
    """Whether the ending of ``path`` is that of a data file."""
    return _ending(path) in _READERS


def read(path: Path) -> Tables:
    """The tables in one file, by sheet name where it has sheets (else an empty name); rows as Arrow."""
    reader = _READERS.get(_ending(path))
    if reader is None:
        endings = ", ".join(_READERS)
        raise FileFormatError(
            f"A file ending in {path.suffix or 'nothing'!r} is no data file I can read.", where=str(path), hint=f"Endings: {endings}."
        )
    if path.stat().st_size == 0:
        raise FileFormatError("The file is empty.", where=str(path), hint="Check that it was written to the end.")
    try:
        yield from reader(path)
    except OSError as error:
        raise FileFormatError(
            "The file cannot be read.", where=f"{path}: {error.strerror or error}", hint="Check the rights on it."
        ) from None


def missing(path: Path) -> SourceError:
    """The error for a file that is not there, with those near it that are; a `FileFormatError` for a data file."""
    error = FileFormatError if is_data_file(path) else SourceError
    folder = path.parent
    if not folder.is_dir():
        return error("There is no such file.", where=str(path), hint=f"There is no folder {folder} either.")
    there = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    near = difflib.get_close_matches(path.name, there, n=3, cutoff=0.5)
    hint = (
        f"Did you mean {' or '.join(near)}?"
        if near
        else f"In {folder.absolute().name or folder} there is: {', '.join(there[:5]) or 'nothing'}."
    )
    return error("There is no such file.", where=str(path), hint=hint)


def _files(path: Path) -> list[Path]:
    path = path.expanduser()
    if path.is_dir():
        found = sorted(
            entry for entry in path.iterdir() if entry.is_file() and is_data_file(entry) and not entry.name.startswith((".", "~$"))
        )
        if not found:
            raise FileFormatError("The folder holds no data files.", where=str(path), hint=f"Endings: {', '.join(_READERS)}.")
        return found
    if not path.is_file():
        raise missing(path)
    return [path]


def _load(engine: DuckDBSource, name: str, place: str, rows: Any, *, given: bool) -> str:
    """Make the table: one that came from the same place is replaced, and so is one whose name was ``given``; another keeps its own."""
    before = next((table for table, known in engine.loaded.items() if known == place), None)
    table = name if given else before or free_name(name, engine.loaded)
    engine.load(table, rows)
    engine.loaded[table] = place
    return table


def _ending(path: Path) -> str:
    return path.suffix.lower()


def _delimited(path: Path) -> Tables:
    from aiser_jupyter.sources import delimited

    yield "", delimited.read(_engine(), path)


def _parquet(path: Path) -> Tables:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        yield "", pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise FileFormatError(
            "The file is no whole Parquet file: it may be cut off.",
            where=f"{path}: {str(error)[:200]}",
            hint="Write it again, or copy it again.",
        ) from None


def _json(path: Path) -> Tables:
    from aiser_jupyter.sources import records

    yield "", records.read(_engine(), path)


def _excel(path: Path) -> Tables:
    from aiser_jupyter.sources import excel

    return excel.sheets(path)


def _engine() -> Any:
    """An engine that reads files, apart from the one that runs queries, which may reach none."""
    import duckdb

    return duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


_READERS: dict[str, Callable[[Path], Tables]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _delimited,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".json": _json,
    ".jsonl": _json,
    ".ndjson": _json,
    ".xlsx": _excel,
    ".xlsm": _excel,
}
