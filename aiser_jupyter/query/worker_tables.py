"""Tables that live in this process alone, on their way to a worker."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING, Any

from aiser_jupyter.query import worker_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.sources.duckdb import DuckDBSource

    Send = Callable[[bytes, bytes | memoryview], None]

_NAMES = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<word>\w+)')
# A statement that asks which tables there are needs them all.
_LISTS = re.compile(r"(?i)^\s*(?:SHOW|DESCRIBE\s*$|SUMMARIZE\s*$)|\b(?:information_schema|duckdb_\w+|sqlite_master|pragma_\w+|pg_\w+)\b")


def named(sql: str, known: Iterable[str]) -> list[str]:
    """Which of the ``known`` tables ``sql`` may name: every name in it that is one's, whatever it stands for."""
    if _LISTS.search(sql):
        return list(known)
    words = {(found["quoted"] or found["word"] or "").replace('""', '"').casefold() for found in _NAMES.finditer(sql)}
    return [name for name in known if name.casefold() in words]


def ship(source: DuckDBSource, sql: str, held: dict[str, int], send: Send) -> None:
    """Send the tables that ``sql`` names and the worker has not, or has in an older version; ``held`` is what it has, and is kept up."""
    versions = dict(source.versions)
    stale = [name for name in named(sql, versions) if held.get(name) != versions[name]]
    there = {table.name: table for table in source.tables()} if stale else {}
    for name in stale:
        if name in source.views:  # the worker reads its files itself
            file = source.encrypted.get(name)
            # The key goes through the pipe alone: neither the command nor the environment of the process shows it.
            locked = (str(file.path), file.key.written()) if file is not None and file.key is not None else None
            described = {"name": name, "select": source.views[name], "rows": source.shown[name], "encrypted": locked}
            send(worker_wire.VIEW, pickle.dumps(described))
        elif name in there:
            _table(source, there[name], send)
        else:
            send(worker_wire.DROP, pickle.dumps({"name": name}))
        held[name] = versions[name]


def frame(name: str, value: Any, send: Send) -> None:
    """Send a data frame for the next statement, with the types that DuckDB reads in it."""
    import pyarrow as pa

    send(worker_wire.FRAME, pickle.dumps({"name": name}))
    if isinstance(value, pa.RecordBatch):
        value = pa.Table.from_batches([value])
    if isinstance(value, pa.Table):
        stream(value.to_reader(), send)
        return
    import duckdb

    with duckdb.connect(config={"arrow_lossless_conversion": "true"}) as engine:
        engine.register("incoming", value)
        stream(engine.sql("SELECT * FROM incoming").to_arrow_reader(1 << 16), send)


def stream(reader: pa.RecordBatchReader, send: Send) -> None:
    """Send the rows of ``reader``, and that there are no more."""
    import pyarrow as pa

    sink = worker_wire.Sink(lambda data: send(worker_wire.ROWS, data))
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    sink.flush()
    send(worker_wire.END, b"")


def _table(source: DuckDBSource, table: Table, send: Send) -> None:
    types = {column.name: column.db_type for column in table.columns}
    quoted = '"' + table.name.replace('"', '""') + '"'
    cursor = source.cursor()
    try:
        reader = cursor.run(f"SELECT * FROM {quoted}", {})  # noqa: S608  # the name is quoted
        send(worker_wire.TABLE, pickle.dumps({"name": table.name, "types": types}))
        stream(reader, send)
    finally:
        cursor.close()
