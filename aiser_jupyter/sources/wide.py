"""Tables of thousands of text columns, turned so that all cells stand in one: an engine's planning grows with the square of what it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    import pyarrow as pa

WIDE = 500  # columns above which it pays
_BATCH = 1 << 11  # rows


def told(
    connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], cell: str, expressions: Sequence[str]
) -> list[tuple[Any, ...]]:
    """What the aggregates ``expressions`` over ``v`` are of each column of ``names``, in their order, where ``cell`` is ``v`` of a text ``"v"``.

    The rows of ``table`` are read once, in batches.
    """
    asked = ", ".join(expressions)
    with _engine() as engine:
        engine.register("tall", _tall(_read(connection, table, names)))
        rows = engine.sql(f"SELECT place, {asked} FROM (SELECT place, {cell} AS v FROM tall) GROUP BY place").fetchall()  # noqa: S608
    found = {place: tuple(rest) for place, *rest in rows}
    return [found[place] for place in range(len(names))]


def cells(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], cell: str, most: int) -> list[list[str]]:
    """Up to ``most`` cells of each column that hold anything."""
    with _engine() as engine:
        engine.register("tall", _tall(_read(connection, table, names)))
        held = f"SELECT place, {cell} AS v FROM tall WHERE v IS NOT NULL QUALIFY row_number() OVER (PARTITION BY place) <= {most}"  # noqa: S608
        rows = engine.sql(f"SELECT place, list(v) FROM ({held}) GROUP BY place").fetchall()  # noqa: S608
    found = dict(rows)
    return [found.get(place, []) for place in range(len(names))]


def values(
    connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], cell: str, expressions: Sequence[str]
) -> pa.RecordBatchReader:
    """The rows of ``table``, each column as its expression over ``v`` says; empty keeps the text as it is."""
    import pyarrow as pa

    rows = _read(connection, table, names)
    groups: dict[str, list[int]] = {}
    for place, expression in enumerate(expressions):
        groups.setdefault(expression, []).append(place)
    engine = _engine()
    kinds = {one: _valued(engine, pa.array([], pa.string()), cell, one).type for one in groups if one}
    schema = pa.schema([(name, kinds.get(one, kind)) for name, one, kind in zip(names, expressions, rows.schema.types, strict=True)])

    def batches() -> Iterator[pa.RecordBatch]:
        with engine:
            for batch in rows:
                made: list[Any] = list(batch.columns)
                for expression, places in groups.items():
                    if expression:
                        long = _valued(engine, pa.concat_arrays([made[place] for place in places]), cell, expression)
                        for i, place in enumerate(places):
                            made[place] = long.slice(i * batch.num_rows, batch.num_rows)
                yield pa.RecordBatch.from_arrays(made, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine apart: the one that reads cannot read and be asked at once."""
    import duckdb

    return duckdb.connect(":memory:", config={"threads": "1", "autoinstall_known_extensions": "false", "preserve_insertion_order": "true"})


def _read(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> pa.RecordBatchReader:
    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    return connection.sql(f"SELECT {columns} FROM {table}").to_arrow_reader(_BATCH)  # noqa: S608  # quoted


def _tall(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Each cell of ``rows`` as a row of its own: the place of its column, and ``v``."""
    import pyarrow as pa

    schema = pa.schema([("place", pa.int32()), ("v", pa.string())])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            for column in range(0, batch.num_columns, WIDE):  # texts of one array have 2 GB at most
                part = batch.columns[column : column + WIDE]
                places = [pa.repeat(pa.scalar(column + i, pa.int32()), batch.num_rows) for i in range(len(part))]
                yield pa.RecordBatch.from_arrays([pa.concat_arrays(places), pa.concat_arrays(part).cast(pa.string())], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _valued(engine: duckdb.DuckDBPyConnection, column: pa.Array, cell: str, expression: str) -> pa.Array:
    import pyarrow as pa

    engine.register("tall", pa.table({"v": column}))
    value = engine.sql(f"SELECT {expression} AS v FROM (SELECT {cell} AS v FROM tall)").to_arrow_table().column(0)  # noqa: S608
    return value.combine_chunks() if value.num_chunks != 1 else value.chunk(0)
