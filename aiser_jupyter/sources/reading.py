"""The tables in files: listed, read and put together where several are one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources import columnar, delimited, folders, formats, packed, parquet, spill
from aiser_jupyter.sources.names import table_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from aiser_jupyter.sources.folders import FileSet
    from aiser_jupyter.sources.limits import Limits
    from aiser_jupyter.sources.part import Part


@dataclass
class Found:
    """A table in files: the name it would have, the ``sheet`` where its file has several, where it lies, and its rows."""

    name: str
    sheet: str
    files: tuple[Path, ...]
    part: Part

    @property
    def place(self) -> str:
        """What tells it from other tables when it is read again."""
        first = self.files[0].absolute()
        if len(self.files) == 1:
            return f"{first}#{self.sheet}"
        return f"{first.parent}/{self.name}*#{self.sheet}"


def engine(limits: Limits | None = None) -> duckdb.DuckDBPyConnection:
    """An engine that reads files, apart from the one that runs queries, which may reach none."""
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        **spill.settings(),
        "memory_limit": "1GB",  # what is beyond it goes through the disk
        "preserve_insertion_order": "true",
    }
    connection = duckdb.connect(":memory:", config=config)
    return limits.stop.watch(connection) if limits else connection


def tables(files: Sequence[Path], root: Path, limits: Limits, *, strict: bool) -> Iterator[Found]:
    """The tables in ``files``, which lie in ``root``; each is to be read before the next is asked for.

    Where not ``strict`` a broken file among good ones is left out with a warning; a single one, or all of them, raise its `FileFormatError`.
    """
    problems: list[FileFormatError] = []
    for file in files:
        limits.stop.check()
        limits.check(file)
    wholes = [file for file in files if _checked(file, problems, strict=strict)]
    some = False
    for found in _tables(wholes, root, limits, problems, strict=strict):
        some = True
        yield found
    if problems and not some:
        raise problems[0]
    for error in problems:
        warnings.warn(f"Left out: {error.message} {error.where}", UserWarning, stacklevel=5)


def _checked(file: Path, problems: list[FileFormatError], *, strict: bool) -> bool:
    error: FileFormatError | None = None
    try:
        if file.stat().st_size == 0:
            error = FileFormatError("The file is empty.", where=str(file), hint="Check that it was written to the end.")
        else:
            with file.open("rb"):
                pass
    except OSError as failed:
        error = FileFormatError("The file cannot be read.", where=f"{file}: {failed.strerror or failed}", hint="Check the rights on it.")
    if error is None:
        return True
    if strict:
        raise error
    problems.append(error)
    return False


def _tables(files: Sequence[Path], root: Path, limits: Limits, problems: list[FileFormatError], *, strict: bool) -> Iterator[Found]:
    yield from _delimited([file for file in files if formats.ending(file) in formats.DELIMITED], root, limits, problems, strict=strict)
    yield from _parquet([file for file in files if formats.ending(file) in parquet.ENDINGS], root, limits, problems, strict=strict)
    rest = [file for file in files if formats.ending(file) not in formats.DELIMITED | parquet.ENDINGS]
    read: list[tuple[Path, list[Part]]] = []
    for file in rest:
        limits.stop.check()
        try:
            if file.suffix.lower() == ".zip":
                yield from _zip(file, limits)
            else:
                read.append((file, formats.parts(file, limits)))
        except FileFormatError as error:
            if strict:
                raise
            problems.append(error)
    yield from _together(read, root)


def _delimited(files: Sequence[Path], root: Path, limits: Limits, problems: list[FileFormatError], *, strict: bool) -> Iterator[Found]:
    """Delimited files, those of one folder and one header as one table."""
    if not files:
        return
    connection = engine(limits)
    raws: dict[Path, delimited.Raw] = {}
    for number, file in enumerate(files):
        limits.stop.check()
        try:
            place, hold = packed.unpacked(file, limits) if file.suffix.lower() in packed.ENDINGS else (file, None)
            raws[file] = delimited.raw(connection, place, file, number, hold)
        except FileFormatError as error:
            if strict:
                raise
            problems.append(error)
    for one in folders.grouped(list(raws), root, lambda file: tuple(name.casefold() for name in raws[file].shape.names)):
        part = delimited.table(limits.stop.watch(connection.cursor()), [raws[file] for file in one.files], _label if one.mixed else None)
        yield Found(one.name, "", one.files, part)


def _label(file: Path) -> str:
    return folders.stem(file)


def _parquet(files: Sequence[Path], root: Path, limits: Limits, problems: list[FileFormatError], *, strict: bool) -> Iterator[Found]:
    import duckdb

    from aiser_jupyter.sources.part import Part

    footers = parquet.Footers()
    good = []
    for file in files:
        try:
            footers.of(file)
            good.append(file)
        except FileFormatError as error:
            if strict:
                raise
            problems.append(error)
    for one in folders.grouped(good, root, footers.shape):
        connection = engine(limits)
        try:
            rows = connection.sql(parquet.scan(one, alike=footers.alike(one.files))).to_arrow_reader(1 << 16)
        except duckdb.Error as error:
            raise parquet.broken(one.files[0], error) from None
        yield Found(one.name, "", one.files, Part("", rows, (), footers.rows(one.files), (connection,)))


def _zip(path: Path, limits: Limits) -> Iterator[Found]:
    members = list(formats.zipped(path, limits))
    for name, member, hold in members:
        for found in _tables([member], member.parent, limits, [], strict=True):
            found.part.hold = (*found.part.hold, hold)
            found.part.notes = (formats.told(name), *found.part.notes)
            base = table_name(folders.stem(path))
            inner = base if len(members) == 1 else table_name(f"{base}_{folders.stem(member)}")
            sheet = f"{name}#{found.sheet}"
            yield Found(
                inner if found.name == table_name(folders.stem(member)) else table_name(f"{inner}_{found.part.name}"),
                sheet,
                (path,),
                found.part,
            )


def _together(read: Sequence[tuple[Path, list[Part]]], root: Path) -> Iterator[Found]:
    """Tables of workbooks, documents and records: those of one folder with the same sheet and columns are one."""
    shapes = {file: tuple((part.name, tuple(part.rows.schema.names)) for part in parts) for file, parts in read}
    by_file = dict(read)
    for one in folders.grouped([file for file, _ in read], root, lambda file: shapes[file]):
        several = len(by_file[one.files[0]]) > 1
        for i, part in enumerate(by_file[one.files[0]]):
            name = table_name(f"{one.name}_{part.name}") if several else one.name
            rest = [by_file[file][i] for file in one.files[1:]]
            made = _joined(one, [part, *rest])
            if made is not None:
                yield Found(name, part.name, one.files, made)
                continue
            for file in one.files:
                alone = by_file[file][i]
                base = table_name(folders.stem(file))
                yield Found(table_name(f"{base}_{alone.name}") if several else base, alone.name, (file,), alone)


def _joined(one: FileSet, parts: Sequence[Part]) -> Part | None:
    """The rows of several files under one another; None where a column is of another kind in one of them."""
    import pyarrow as pa

    from aiser_jupyter.sources.part import Part

    if len(parts) == 1:
        return parts[0]
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    if all(isinstance(part.rows, pa.RecordBatchReader) for part in parts):
        labels = [_label(file) for file in one.files] if one.mixed else None
        try:
            rows = columnar.joined([part.rows for part in parts], labels)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return None
        return Part(parts[0].name, rows, notes, _sum(part.count for part in parts), tuple(held for part in parts for held in part.hold))
    read = [part.rows if isinstance(part.rows, pa.Table) else part.rows.read_all() for part in parts]
    for part, rows in zip(parts, read, strict=True):
        part.rows = rows
    if one.mixed:
        read = [rows.append_column("file", pa.array([_label(file)] * rows.num_rows)) for rows, file in zip(read, one.files, strict=True)]
    try:
        rows = pa.concat_tables(read, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return Part(parts[0].name, rows, notes)


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)
