"""A result as a file: CSV that no spreadsheet runs, Parquet, Arrow, JSON, or Excel; streamed, whole or not there at all."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from aiser_jupyter import files
from aiser_jupyter.errors import SourceError, UsageError
from aiser_jupyter.query.cells import csv_lines, exact, textual, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    Rows = Iterable[pa.RecordBatch]
    Writer = Callable[[pa.Schema, Rows, IO[bytes]], int]

_GROUP = 1 << 17  # rows of a row group, so that readers can skip and nothing large is held
_STEP = 10_000  # rows that are Python values at one time
ENDINGS = (".csv", ".csv.gz", ".parquet", ".xlsx", ".json", ".json.gz", ".ndjson", ".ndjson.gz", ".jsonl", ".arrow", ".feather")


def save(schema: pa.Schema, batches: Rows, path: str | Path) -> int:
    """Write the rows to ``path`` by its ending; how many were written.

    ``.csv``, ``.json`` (a list of objects) and ``.ndjson`` may end in ``.gz``. The file appears whole, or what was there stays. Raises `UsageError` for
    another ending, or for rows and cells that an Excel sheet cannot hold: nothing is ever cut.
    """
    target = Path(path)
    if "\0" in str(path):
        raise UsageError("A file's name holds no NUL.", where=repr(str(path))[:200], hint="Check the path.")
    write, packed = _writer(target)
    try:
        with files.whole(target) as file:
            if packed:
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as inner:
                    return write(schema, batches, inner)  # type: ignore[arg-type]  # a GzipFile is written like a file
            return write(schema, batches, file)
    except OSError as error:
        raise SourceError(
            "The file cannot be written.", where=f"{target}: {error.strerror or error}", hint="Choose a folder you may write to."
        ) from None


def _writer(target: Path) -> tuple[Writer, bool]:
    name = target.name.lower()
    packed = name.endswith(".gz")
    ending = Path(name.removesuffix(".gz")).suffix
    writers: dict[str, Writer] = {".csv": _csv, ".json": _json, ".ndjson": _ndjson, ".jsonl": _ndjson}
    if not packed:
        writers |= {".parquet": _parquet, ".arrow": _arrow, ".feather": _arrow, ".xlsx": _xlsx}
    if ending not in writers:
        written = "".join(target.suffixes[-2:]) or "a file without an ending"
        raise UsageError(f"A result cannot be saved as {written!r}.", hint=f"Endings: {', '.join(ENDINGS)}.")
    return writers[ending], packed


def _csv(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    """RFC 4180 in UTF-8: a missing value is empty, an empty text is quoted, a moment is ISO 8601."""
    import pyarrow as pa

    file.write(csv_lines([pa.array([name], pa.string()) for name in schema.names]))
    count = 0
    for batch in batches:
        for start in range(0, batch.num_rows, _STEP):
            file.write(csv_lines(batch.slice(start, _STEP).columns))
        count += batch.num_rows
    return count


def _json(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    count = 0
    file.write(b"[")
    for line in _objects(schema, batches):
        file.write((b",\n" if count else b"\n") + line)
        count += 1
    file.write(b"\n]\n")
    return count


def _ndjson(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    count = 0
    for line in _objects(schema, batches):
        file.write(line + b"\n")
        count += 1
    return count


def _objects(schema: pa.Schema, batches: Rows) -> Iterator[bytes]:
    import json

    names = unique(schema.names)
    for values in _rows(batches):
        yield json.dumps(
            {name: exact(value) for name, value in zip(names, values, strict=True)}, ensure_ascii=False, allow_nan=False
        ).encode()


def _rows(batches: Rows) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        for start in range(0, batch.num_rows, _STEP):
            part = batch.slice(start, _STEP)
            yield from zip(*(column.to_pylist() for column in part.columns), strict=True) if part.num_columns else [()] * part.num_rows


def _parquet(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    import pyarrow.parquet as pq

    schema, batches = _storable(schema, batches)
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in _groups(schema, batches):
            writer.write_table(table, row_group_size=_GROUP)
            count += table.num_rows
    return count


def _arrow(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    import pyarrow as pa

    count = 0
    with pa.ipc.new_file(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _groups(schema: pa.Schema, batches: Rows) -> Iterator[pa.Table]:
    """The rows in tables large enough for a row group; one without rows where there are none."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _GROUP:
            yield pa.Table.from_batches(held, schema)
            held, rows = [], 0
    yield pa.Table.from_batches(held, schema)


def _storable(schema: pa.Schema, batches: Rows) -> tuple[pa.Schema, Rows]:
    """Columns that Parquet has no type for (intervals) as text, and names that stand twice told apart."""
    import pyarrow as pa

    as_text = {index for index, field in enumerate(schema) if pa.types.is_interval(field.type)}
    names = unique(schema.names)
    if not as_text and names == schema.names:
        return schema, batches
    kept = [
        pa.field(name, pa.string() if index in as_text else field.type)
        for index, (name, field) in enumerate(zip(names, schema, strict=True))
    ]
    made = pa.schema(kept)

    def changed() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = [textual(column) if index in as_text else column for index, column in enumerate(batch.columns)]
            yield pa.RecordBatch.from_arrays(columns, schema=made)

    return made, changed()


def _xlsx(schema: pa.Schema, batches: Rows, file: IO[bytes]) -> int:
    from aiser_jupyter.query.sheet import write

    return write(schema.names, _rows(batches), file)
