"""Plain text as a table: one row a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

_BATCH = 50_000


def read(path: Path, said: Path) -> Part:
    """The lines of ``path``, which the user knows as ``said``, with their numbers; nothing is guessed of what stands in a line.

    Raises `FileFormatError` where the file is no text.
    """
    import pyarrow as pa

    from aiser_jupyter.sources.delimited import encoding_of

    encoding = encoding_of(path, said)
    schema = pa.schema([("number", pa.int64()), ("line", pa.string())])

    def batches() -> Iterator[pa.RecordBatch]:
        held: list[str] = []
        start = 1
        try:
            with path.open(encoding=encoding) as file:
                for line in file:
                    held.append(line.rstrip("\n"))
                    if len(held) == _BATCH:
                        yield _batch(held, start, schema)
                        start, held = start + len(held), []
        except UnicodeError:
            raise FileFormatError(f"The file is no text in {encoding}.", where=str(said), hint="Save it as UTF-8.") from None
        if held:
            yield _batch(held, start, schema)

    return Part("", pa.RecordBatchReader.from_batches(schema, batches()), (Note("", "one row a line"),))


def _batch(lines: list[str], start: int, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array(range(start, start + len(lines)), pa.int64()), pa.array(lines, pa.string())], schema=schema)
