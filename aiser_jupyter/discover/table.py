"""The table under the lens: one name, one dialect, one way to query it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from aiser_jupyter.context import Context

FRAME = "frame"
SCANNED_ROWS = 1_000_000
SQLITE_PERIODS = {
    "year": "strftime('%Y-01-01', {})",
    "quarter": "date({0}, 'start of month', '-' || ((CAST(strftime('%m', {0}) AS INTEGER) - 1) % 3) || ' months')",
    "month": "strftime('%Y-%m-01', {})",
    "week": "date({}, '-6 days', 'weekday 1')",
    "day": "date({})",
    "hour": "strftime('%Y-%m-%d %H:00:00', {})",
    "minute": "strftime('%Y-%m-%d %H:%M:00', {})",
}


@dataclass(frozen=True)
class Relation:
    """A table as the detectors see it.

    ``scan`` runs DuckDB SQL over ``scanned`` (the table itself, or a copy of its rows where its engine is another one); ``ask`` runs SQL of
    ``dialect`` over ``name``, as a finding's reader would. Both names are quoted for their dialect; ``called`` is the
    name a reader knows the table by, if it has one.
    """

    name: str
    dialect: str
    source: str
    scanned: str
    scan: Callable[[str], pa.Table]
    ask: Callable[[str], pa.Table]
    as_of: datetime
    called: str = ""


def relation(context: Context, table: Any, *, on: str | None = None, name: str = "") -> Relation:
    """The relation behind a table name, a Result or a DataFrame; a frame is called ``frame`` in every query and ``name`` in sentences."""
    from aiser_jupyter import query

    now = context.clock.now()
    if not isinstance(table, str):
        frame = table.arrow() if callable(getattr(table, "arrow", None)) else table
        if getattr(frame, "shape", (0, 0))[1] == 0:
            raise UsageError("There is no column to look at.", hint="Give a table name, a Result or a DataFrame with columns.")

        def over_frame(sql: str) -> pa.Table:
            return query.run(context, sql, frames={FRAME: frame}, origin="discover").arrow()

        return Relation(FRAME, "duckdb", FRAME, FRAME, over_frame, over_frame, now, name)
    on = on or _home(context, table)
    written = quoted(table, context.sources.get(on).dialect)
    # A file is found by the road alone; the statement's own result says where.
    probe = query.run(context, f"SELECT * FROM {written} LIMIT 0", on=on, origin="discover")  # noqa: S608  # quoted names and literals
    home, written = probe.source, quoted(table, probe.dialect)

    def over_table(sql: str) -> pa.Table:
        return reckoned(query.run(context, sql, on=home, origin="discover").arrow())

    if probe.dialect == "duckdb":
        return Relation(written, "duckdb", home, written, over_table, over_table, now, table)
    copy = over_table(f"SELECT * FROM {written} LIMIT {SCANNED_ROWS}")  # noqa: S608  # quoted names and literals

    def over_copy(sql: str) -> pa.Table:
        return query.run(context, sql, frames={FRAME: copy}, origin="discover").arrow()

    return Relation(written, probe.dialect, home, FRAME, over_copy, over_table, now, table)


def _home(context: Context, table: str) -> str | None:
    """The connection that has the table: the default one before others; None where none has it."""
    from aiser_jupyter.query import locate

    if context.sources.default and locate.within(context.sources.get(), (table,)).places:
        return None
    place = locate.anywhere(context.sources, (table,)).places.get(table)
    return place.source.name if place is not None else None


def reckoned(table: pa.Table) -> pa.Table:
    """``table`` with decimals as doubles: servers keep averages as decimals, which do not mix with the doubles of a test."""
    import pyarrow as pa

    for index, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type) and column.type.scale:
            table = table.set_column(index, column.name, table.column(index).cast(pa.float64()))
    return table


def quoted(name: str, dialect: str = "duckdb") -> str:
    """A table or column name as an identifier of ``dialect``; the parts of a dotted table name one by one."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        return exp.to_table(name, dialect=dialect).sql(dialect=dialect, identify=True)
    except (SqlglotError, ValueError):
        raise UsageError(f"{name[:80]!r} is no table's name.", hint="ws.tables() lists the tables there are.") from None


def column(name: str, dialect: str = "duckdb") -> str:
    """A column name as a quoted identifier."""
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def literal(value: object) -> str:
    """A value as an SQL literal that every dialect reads."""
    if value is None or isinstance(value, bool):
        return str(value).upper() if value is not None else "NULL"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def period(moment: str, grain: str, dialect: str = "duckdb") -> str:
    """The start of the period that ``moment`` (an SQL expression) lies in."""
    if dialect == "sqlite":
        return SQLITE_PERIODS[grain].format(moment)
    if dialect == "duckdb":
        return f"date_trunc('{grain}', {moment})"
    import sqlglot

    return sqlglot.transpile(f"date_trunc('{grain}', {moment})", read="duckdb", write=dialect)[0]


def first_row(table: pa.Table) -> Mapping[str, Any]:
    """The first row of a result by column name."""
    return table.slice(0, 1).to_pylist()[0]
