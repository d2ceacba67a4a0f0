"""Arrow from engines whose columns have no type of their own: each column's type comes from its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

FIRST = 50_000  # rows that settle the types
BATCH = 20_000
_EXACT = 2**53  # above it a double no longer holds every integer

Fetch = Callable[[int], Sequence[tuple[Any, ...]]]


def stream(names: Sequence[str], fetch: Fetch) -> pa.RecordBatchReader:
    """A reader over ``fetch(n)``; types are settled by the first 50,000 rows.

    Integers with floats become double where no integer loses a digit; any other mixture becomes text, byte for byte as SQLite prints it.
    Raises `QueryError` where a later row does not fit the type its column began with.
    """
    import pyarrow as pa

    rows = list(fetch(FIRST))
    more = len(rows) == FIRST
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = [_type(column, more=more) for column in columns]
    schema = pa.schema([pa.field(name, kind) for name, kind in zip(names, types, strict=True)])

    def batches() -> Iterator[pa.RecordBatch]:
        if rows:
            yield _batch(columns, schema, 0)
        done = len(rows)
        rows.clear()
        while later := fetch(BATCH) if more else ():
            yield _batch(list(zip(*later, strict=True)), schema, done)
            done += len(later)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _type(values: Sequence[Any], *, more: bool) -> pa.DataType:
    import pyarrow as pa

    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pa.string() if more else pa.null()
    if kinds == {int}:
        return pa.int64()
    if kinds == {float} or (kinds == {int, float} and all(abs(value) <= _EXACT for value in values if type(value) is int)):
        return pa.float64()
    if kinds == {bytes}:
        return pa.binary()
    return pa.string()


def _batch(columns: Sequence[Sequence[Any]], schema: pa.Schema, offset: int) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = [_array(values, field, offset) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], field: pa.Field, offset: int) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_string(field.type):
        return pa.array([_as_text(value) for value in values], field.type)
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise QueryError(
            f"Column {field.name!r} holds another kind of value after row {offset:,}, where it began as {field.type}.",
            hint=f'Make it one kind: CAST("{field.name}" AS TEXT).',
        ) from None


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return repr(value)
