"""Arrow IPC and ORC files, read batch by batch: one piece is in memory at a time, however long the file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

_HEAD = b"ARROW1"
_BATCH = 1 << 16


def arrow(path: Path) -> Part:
    """The rows of an Arrow file or stream, to be read once; raises `FileFormatError` where it is none or was cut off, and while it is read where it is broken within."""
    import pyarrow as pa

    try:
        with path.open("rb") as file:
            streamed = file.read(len(_HEAD)) != _HEAD
        source = pa.memory_map(str(path))
        if streamed:
            # A stream has no footer: only its end tells whether it was cut off, and a broken file among good ones is to be left out before rows are taken.
            count = sum(batch.num_rows for batch in pa.ipc.open_stream(source))
            source.seek(0)
            stream = pa.ipc.open_stream(source)
            return Part("", _told(stream.schema, lambda: stream, path, "Arrow"), count=count)
        opened = pa.ipc.open_file(source)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "Arrow", error) from None
    return Part("", _told(opened.schema, lambda: map(opened.get_batch, range(opened.num_record_batches)), path, "Arrow"))


def orc(path: Path) -> Part:
    """The rows of an ORC file, to be read once, and how many; raises as `arrow`."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    from pyarrow import orc

    try:
        opened = orc.ORCFile(str(path))
        schema, count = opened.schema, opened.nrows
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "ORC", error) from None
    # A stripe of values that repeat may hold millions of rows: the scan takes it in pieces, which `read_stripe` does not. With threads it would run ahead of a
    # slow reader without bound.
    scan = ds.dataset(str(path), schema=schema, format="orc").scanner(batch_size=_BATCH, use_threads=False)

    def whole() -> Iterator[pa.RecordBatch]:
        seen = 0
        for batch in scan.to_batches():
            seen += batch.num_rows
            yield batch
        if seen != count:
            raise pa.ArrowInvalid(f"{seen:,} of its {count:,} rows could be read")

    return Part("", _told(schema, whole, path, "ORC"), count=count)


def joined(readers: Sequence[pa.RecordBatchReader], labels: Sequence[str] | None) -> pa.RecordBatchReader:
    """The rows of several readers under one another, in a schema that holds all of theirs, with a column ``file`` where there are ``labels``.

    Raises ArrowInvalid or ArrowTypeError where a column is of another kind in one of them.
    """
    import pyarrow as pa

    schema = pa.unify_schemas([reader.schema.remove_metadata() for reader in readers], promote_options="permissive")
    if labels is not None:
        schema = schema.append(pa.field("file", pa.string()))

    def batches() -> Iterator[pa.RecordBatch]:
        for i, reader in enumerate(readers):
            for batch in reader:
                table = pa.Table.from_batches([batch]).replace_schema_metadata()
                if labels is not None:
                    table = table.append_column("file", pa.array([labels[i]] * table.num_rows, pa.string()))
                yield from pa.concat_tables([schema.empty_table(), table], promote_options="permissive").cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _told(schema: pa.Schema, read: Callable[[], Iterable[pa.RecordBatch]], path: Path, kind: str) -> pa.RecordBatchReader:
    """The batches as a reader; what is broken further on in the file is told in our words when it comes to it."""
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in read():
                yield batch if batch.schema.equals(schema) else batch.cast(schema)
        except (pa.ArrowException, OSError) as error:
            raise _broken(path, kind, error) from None

    return pa.RecordBatchReader.from_batches(schema, batches())


def _broken(path: Path, kind: str, error: Exception) -> FileFormatError:
    return FileFormatError(
        f"The file is no whole {kind} file: it may be cut off.",
        where=f"{path}: {str(error)[:200]}",
        hint="Write it again, or copy it again.",
    )
