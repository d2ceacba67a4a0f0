"""Data files, folders and frames as tables of the workspace's own engine."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError, SourceError, UsageError
from aiser_jupyter.sources import folders, formats
from aiser_jupyter.sources.frames import is_frame, readable
from aiser_jupyter.sources.limits import Limits
from aiser_jupyter.sources.names import free_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.reading import Found

# Where a system shows its processes and devices as files: environments, memory, endless zeros.
_SYSTEM = (Path("/proc"), Path("/sys"), Path("/dev"))
_SHARED = Path("/dev/shm")  # noqa: S108  # memory that a system lends for files; ours are none of a known name


def add(
    engine: DuckDBSource, data: str | Path | Sequence[str | Path] | Any, name: str | None = None, *, limits: Limits | None = None
) -> tuple[str, ...]:
    """Make tables of a file, of each of several, of the data files in a folder or a glob, or of a frame; the tables' names.

    A table is named after its file (``name`` where there is one), with the sheet where a workbook has several; files of one folder with the same
    columns are one table. Adding the same file again replaces its table; another file of that name gets a name of its own. Raises
    `FileFormatError` with the place where a file cannot be read.
    """
    if is_frame(data):
        return (keep(engine, named(name), "frame", readable(data, named(name)), given=True),)
    return tuple(loaded(engine, found, given) for found, given in wanted(data, name, limits or Limits()))


def named(name: str | None) -> str:
    """The name of a frame; raises `UsageError` where it has none."""
    if not name:
        raise UsageError("A data frame has no name of its own.", hint='Give it one: ws.add(df, name="orders").')
    return name


def wanted(data: str | Path | Sequence[str | Path], name: str | None, limits: Limits) -> Iterator[tuple[Found, str]]:
    """The tables of ``data`` with the name each was given (empty for its own); each is to be read before the next is asked for."""
    from aiser_jupyter.sources import reading
    from aiser_jupyter.sources.names import table_name

    places = [ordinary(Path(part)) for part in ([data] if isinstance(data, str | Path) else data)]
    for place in places:
        files = [place] if place.is_file() else _within(place)
        single = len(places) == 1 and place.is_file()
        root = folders.fixed(place) if folders.is_glob(place) else place if place.is_dir() else place.parent
        pending: Found | None = None
        number = 0
        # One name for one table; several get it before their own, which is known once a second one comes.
        for found in reading.tables(files, root, limits, strict=place.is_file()):
            number += 1
            if name and len(places) == 1 and (not single or found.sheet):
                if pending is not None:
                    yield pending, _under(name, pending)
                    pending = None
                elif number == 1:
                    pending = found
                    continue
                yield found, _under(name, found)
            else:
                yield found, table_name(name) if name and len(places) == 1 else ""
        if pending is not None:
            yield pending, table_name(name or "")


def _under(name: str, found: Found) -> str:
    from aiser_jupyter.sources.names import table_name

    return f"{table_name(name)}_{table_name(found.sheet or found.name)}"


def load(engine: DuckDBSource, files: Sequence[Path], root: Path, limits: Limits | None = None) -> tuple[str, ...]:
    """Make tables of ``files``, which lie in ``root``; a broken one among good ones is left out with a warning."""
    from aiser_jupyter.sources import reading

    return tuple(loaded(engine, found, "") for found in reading.tables(files, root, limits or Limits(), strict=len(files) == 1))


def loaded(engine: DuckDBSource, found: Found, given: str) -> str:
    """Make the table of what was found."""
    table = keep(engine, given or found.name, found.place, found.part.rows, given=bool(given))
    engine.notes[table] = found.part.notes
    return table


def ordinary(path: Path) -> Path:
    """``path``, with ``~`` filled in; raises `SourceError` where it leads to a device, a pipe or the system's own books, which are no data."""
    try:
        place = path.expanduser()
        real = place.resolve() if not folders.has_pattern(place) else folders.fixed(place).resolve()
        special = real.exists() and not (real.is_file() or real.is_dir())
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceError("That is no path.", where=repr(str(path))[:200], hint=f"Check it: {type(error).__name__}.") from None
    if "\0" in str(path):
        raise SourceError("A path holds no NUL.", where=repr(str(path))[:200], hint="Check it.")
    if special or (any(map(real.is_relative_to, _SYSTEM)) and not real.is_relative_to(_SHARED)):
        raise SourceError(
            "That is a device or a book of the system, no data.", where=str(path), hint="Save what it gives to a file, and add that."
        )
    return place


def is_data_file(path: Path) -> bool:
    """Whether the ending of ``path`` is that of a data file."""
    return bool(formats.ending(path))


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


def nothing(place: Path) -> FileFormatError:
    """The error for a folder or a glob without data files."""
    what = "The pattern finds no data files." if folders.is_glob(place) else "The folder holds no data files."
    return FileFormatError(what, where=str(place), hint=f"Endings: {formats.listed()}.")


def _within(place: Path) -> list[Path]:
    if not place.is_dir() and not folders.is_glob(place):
        raise missing(place)
    found = folders.listed(place, is_data_file)
    if not found:
        raise nothing(place)
    return found


def keep(engine: DuckDBSource, name: str, place: str, rows: Any, *, given: bool) -> str:
    """Make the table: one that came from the same place is replaced, and so is one whose name was ``given``; another keeps its own."""
    table = table_for(engine, name, place, given=given)
    engine.load(table, rows)
    engine.loaded[table] = place
    return table


def table_for(engine: DuckDBSource, name: str, place: str, *, given: bool) -> str:
    """The name that a table from ``place`` gets."""
    before = next((table for table, known in engine.loaded.items() if known == place), None)
    return name if given else before or free_name(name, engine.loaded)
