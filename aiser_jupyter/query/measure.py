"""The statements that measure a table: counts and ranges of its columns, and its distinct text values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import ColumnStatistics
from aiser_jupyter.query.types import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aiser_jupyter.catalog import Column, Table

MAX_VALUES = 10_000  # distinct text values of one column that are read
MAX_LENGTH = 200  # characters of a value that a question could name
EXACT_ROWS = 1_000_000  # above it DuckDB counts distinct values with HyperLogLog (Flajolet et al. 2007), some 2 % off
_COLUMNS = 60  # columns measured in one statement


def spelled(sql: str, dialect: str) -> str:
    """A statement of ours as ``dialect`` writes it: names in its own quotes, LIMIT and casts in its own words."""
    if dialect in {"duckdb", "sqlite", "postgres"}:
        return sql
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write=dialect)[0]


def quote(name: str) -> str:
    """``name`` as an identifier of standard SQL, for `spelled`."""
    return '"' + name.replace('"', '""') + '"'


def place(table: Table) -> str:
    """The table as a statement names it."""
    return f"{quote(table.schema)}.{quote(table.name)}" if table.schema else quote(table.name)


@dataclass(frozen=True)
class Measure:
    """One statement and how to read its only row: the columns it measures, by their place in the table."""

    sql: str
    columns: tuple[int, ...]


def measures(table: Table, dialect: str) -> Iterator[Measure]:
    """The statements that count ``table`` and measure its columns; one for up to 60 columns."""
    places = [i for i, column in enumerate(table.columns) if not column.summed_only]
    for start in range(0, max(len(places), 1), _COLUMNS):
        part = tuple(places[start : start + _COLUMNS])
        items = ["count(*) AS n", *(item for i in part for item in _items(table, i, dialect))]
        yield Measure(spelled(f"SELECT {', '.join(items)} FROM {place(table)}", dialect), part)  # noqa: S608  # names are quoted


def _items(table: Table, i: int, dialect: str) -> Iterator[str]:
    column = table.columns[i]
    name = quote(column.name)
    yield f"count({name}) AS c{i}"
    if dialect == "duckdb" and (table.row_count or 0) > EXACT_ROWS:
        yield f"approx_count_distinct({name}) AS d{i}"
    else:
        yield f"count(DISTINCT {_comparable(column, dialect)}) AS d{i}"
    if (
        column.type not in (("other",) if dialect == "duckdb" else ("other", "boolean")) or dialect == "sqlite"
    ):  # servers have no order of truth values
        ordered = _ordered(column, dialect)
        yield f"min({ordered}) AS lo{i}"
        yield f"max({ordered}) AS hi{i}"
    if dialect == "sqlite":  # any cell may be of any type, whatever the column was declared as
        yield f"group_concat(DISTINCT typeof({name})) AS t{i}"


def _comparable(column: Column, dialect: str) -> str:
    """The column as values that are equal or not: PostgreSQL has no equality for JSON, XML or points."""
    name = quote(column.name)
    return f"CAST({name} AS TEXT)" if dialect == "postgres" and column.type == "other" else name


def _ordered(column: Column, dialect: str) -> str:
    """The column as values that have a least: PostgreSQL has none of a UUID, and its infinite days are no days."""
    name = quote(column.name)
    if dialect != "postgres":
        return name
    if column.type in {"date", "timestamp"}:
        return f"NULLIF(NULLIF({name}, 'infinity'), '-infinity')"
    return _spoken(column, dialect)


def _spoken(column: Column, dialect: str) -> str:
    """A text column as text, where the engine keeps it as an enum or a UUID."""
    name = quote(column.name)
    kind = column.db_type.upper()
    if dialect == "duckdb" and "CHAR" not in kind:
        return f"CAST({name} AS VARCHAR)"
    return f"CAST({name} AS TEXT)" if dialect == "postgres" and column.type == "text" and "CHAR" not in kind and kind != "TEXT" else name


def measured(column: Column, i: int, row: dict[str, Any]) -> Column:
    """``column`` with its statistics, and of the type that its values have."""
    count = row["n"]
    low, high = row.get(f"lo{i}"), row.get(f"hi{i}")
    stored = frozenset((row.get(f"t{i}") or "").split(",")) - {"null", ""}
    kind, written = meant(column, stored, low, high)
    statistics = ColumnStatistics(count, count - row[f"c{i}"], row[f"d{i}"], _plain(low), _plain(high))
    unique = column.unique or (count > 1 and statistics.nulls == 0 and statistics.distinct == count <= EXACT_ROWS)
    return replace(column, type=kind, stored=written, statistics=statistics, unique=unique)


def distinct(table: Table, columns: Sequence[Column], dialect: str) -> str:
    """One statement for the distinct values of text ``columns``, the most frequent first where there are too many."""
    return spelled(" UNION ALL ".join(_distinct(table, i, column, dialect) for i, column in enumerate(columns)), dialect)


def _distinct(table: Table, i: int, column: Column, dialect: str) -> str:
    name = quote(column.name)
    text = _spoken(column, dialect)
    source = f"FROM {place(table)} WHERE {name} IS NOT NULL AND length({text}) <= {MAX_LENGTH}"
    if column.statistics is not None and column.statistics.distinct > MAX_VALUES:
        frequent = f"SELECT {i} AS c, {text} AS v {source} GROUP BY {text} ORDER BY count(*) DESC, {text} LIMIT {MAX_VALUES}"
        return f"SELECT * FROM ({frequent}) AS frequent{i}"  # noqa: S608
    return f"SELECT DISTINCT {i} AS c, {text} AS v {source}"


def _plain(value: Any) -> Any:
    """A bound as plain Python: exact numbers stay numbers, long text is cut, what has no order is left out."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, str):
        return value[:MAX_LENGTH]
    return None if isinstance(value, bytes | list | dict) else value
