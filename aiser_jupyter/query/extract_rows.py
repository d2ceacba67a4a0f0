"""The rows of an extract: read on from a watermark, merged by key, compared, and held to their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import SourceError
from aiser_jupyter.query import syntax
from aiser_jupyter.sources import spill

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from aiser_jupyter.sources.kept_file import KeptFile

_BATCH = 1 << 16


def beyond(sql: str, watermark: str, dialect: str) -> str:
    """``sql`` with only the rows whose watermark is that of the parameter ``aiser_mark`` or a later one.

    Rows of the very same moment are read again: some of them may have come after the last refresh.
    """
    from sqlglot import exp

    column = syntax.render(exp.to_identifier(watermark, quoted=True), dialect)
    return f"SELECT * FROM ({sql}\n) aiser_extract WHERE {column} >= :aiser_mark"  # noqa: S608  # a checked query and a quoted name


def largest(file: KeptFile, watermark: str) -> Any:
    """The largest value of the watermark in a file; None where it has none."""
    with _engine(file) as engine:
        relation = engine.sql(f"SELECT max({_quoted(watermark)}) AS m FROM ({file.select()})")  # noqa: S608  # quoted
        return relation.to_arrow_table()["m"][0].as_py()


def digest(file: KeptFile) -> str:
    """A word for the rows of a file, whatever their order: how many, and the sum and the exclusive or of their hashes."""
    with _engine(file) as engine:
        found = engine.execute(
            f"SELECT count(*), bit_xor(h), sum(h) FROM (SELECT hash(t) AS h FROM ({file.select()}) AS t)"  # noqa: S608  # our own
        ).fetchone()
    return ":".join(map(str, found or ()))


def reader(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.RecordBatchReader:
    """``batches`` as a reader of ``schema``."""
    import pyarrow as pa

    def cast() -> Iterable[pa.RecordBatch]:
        for batch in batches:
            yield batch if batch.schema.equals(schema) else batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, cast())


def merged(
    before: KeptFile, fresh: pa.RecordBatchReader, schema: pa.Schema, keys: Sequence[str], watermark: str, mark: Any
) -> pa.RecordBatchReader:
    """The rows of before without those that ``fresh`` replaces, then the fresh ones.

    With ``keys`` a row replaces that of the same key, and of several fresh ones the latest stays; without, all rows of the moment ``mark`` and later
    are replaced: they were read again.
    """
    rows = fresh.read_all()
    with _engine(before) as engine:
        engine.register("fresh", rows)
        old = f"({before.select()})"
        if keys:
            same = " AND ".join(f"f.{_quoted(key)} IS NOT DISTINCT FROM o.{_quoted(key)}" for key in keys)
            part = ", ".join(map(_quoted, keys))
            latest = f"SELECT * FROM fresh QUALIFY row_number() OVER (PARTITION BY {part} ORDER BY {_quoted(watermark)} DESC) = 1"  # noqa: S608  # quoted
            query = f"SELECT o.* FROM {old} AS o WHERE NOT EXISTS (SELECT 1 FROM fresh AS f WHERE {same}) UNION ALL ({latest})"  # noqa: S608
            values = []
        else:
            column = _quoted(watermark)
            query = f"SELECT * FROM {old} WHERE {column} IS NULL OR {column} < $1 UNION ALL SELECT * FROM fresh"  # noqa: S608  # quoted
            values = [mark]
        table = engine.sql(query, params=values).to_arrow_table(_BATCH)
    return table.cast(schema).to_reader(_BATCH)


def agreed(name: str, before: KeptFile | None, schema: pa.Schema) -> pa.Schema:
    """The columns that the rows are kept in; raises `SourceError` where those of the source are no longer those of before.

    Integers beside fractions become fractions, and a column that held nothing takes the type of what comes.
    """
    import pyarrow as pa

    if before is None:
        return schema
    with before.open() as file:
        old = file.schema_arrow.remove_metadata()
    gone = [column for column in old.names if column not in schema.names]
    new = [column for column in schema.names if column not in old.names]
    changed = [
        f"{column} was {old.field(column).type} and is {schema.field(column).type}"
        for column in old.names
        if column in schema.names and not _fits(old.field(column).type, schema.field(column).type)
    ]
    if gone or new or changed:
        told = [*(f"{column} is gone" for column in gone), *(f"{column} is new" for column in new), *changed]
        raise SourceError(
            f"The columns behind the extract {name} changed: {'; '.join(told)}.",
            hint="Make it anew with ws.materialize and the query as it should be now.",
        )
    return pa.unify_schemas([old, schema.remove_metadata()], promote_options="permissive")


def _fits(old: pa.DataType, new: pa.DataType) -> bool:
    import pyarrow as pa

    def number(kind: pa.DataType) -> bool:
        return pa.types.is_integer(kind) or pa.types.is_floating(kind)

    return old == new or pa.types.is_null(old) or pa.types.is_null(new) or (number(old) and number(new))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _engine(file: KeptFile) -> Any:
    """An engine for a file of our own, apart from the one that runs queries, which may reach none."""
    import duckdb

    config: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", **spill.settings()}
    engine = duckdb.connect(":memory:", config=config)
    file.attach(engine)
    return engine
