"""What is in the tables of a connection: counts, ranges, keys and text values, read through the road as the user."""

from __future__ import annotations

import warnings
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import Catalog
from aiser_jupyter.catalog.values import ValueHit, build
from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, RefusedError
from aiser_jupyter.query import keys, measure
from aiser_jupyter.query.road import run
from aiser_jupyter.query.types import dated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.catalog import Column, Table
    from aiser_jupyter.context import Context

_TOGETHER = 40  # selects joined by UNION ALL in one statement


def profile(context: Context, on: str | None = None, *, refresh: bool = False) -> Catalog:
    """The catalog of a connection with statistics, keys and value index; kept in ``context.catalogs`` until ``refresh``.

    Each table is read by two statements. Foreign keys are those the source declares and, where a column has none, those that names, types and
    values speak for. Distinct values are exact up to a million rows. Of a text column at most 10,000 values are indexed, the most frequent ones.
    """
    source = context.sources.get(on)
    known = None if refresh else context.catalogs.get(source.name)
    if known is not None:
        return known
    if not getattr(source, "has_rows", True):  # a semantic layer has only what its model says
        catalog = Catalog(source.name, source.dialect, source.tables(), tuple(source.keys()), build([], []))
        context.catalogs.put(source.name, catalog)
        return catalog
    probe = _Probe(context, source.name, source.dialect)
    read = [found for table in probe.counted(source.tables()) if (found := probe.readable(table))]
    tables = tuple(keys.with_primary(table) for table, _, _ in read)
    declared = source.keys()
    inferred = keys.inferred(tables, declared, probe.outside, mixed=source.dialect == "sqlite")
    hits = [hit for _, found, _ in read for hit in found]
    partial = [(table.name, column) for table, _, columns in read for column in columns]
    catalog = Catalog(source.name, source.dialect, tables, (*declared, *inferred), build(hits, partial))
    context.catalogs.put(source.name, catalog)
    return catalog


class _Probe:
    """The questions of a profile, each asked through the road."""

    def __init__(self, context: Context, on: str, dialect: str) -> None:
        self._context = context
        self._on = on
        self._dialect = dialect

    def counted(self, tables: Sequence[Table]) -> list[Table]:
        """``tables`` with their row counts where counting first is cheap and decides how the rest is measured."""
        if self._dialect != "duckdb":
            return list(tables)
        counts: dict[int, int] = {}
        stored = [i for i, table in enumerate(tables) if table.kind == "table"]
        for start in range(0, len(stored), _TOGETHER):
            part = stored[start : start + _TOGETHER]
            rows = self._rows(" UNION ALL ".join(f"SELECT {i} AS i, count(*) AS n FROM {measure.place(tables[i])}" for i in part))  # noqa: S608
            counts.update({row["i"]: row["n"] for row in rows})
        return [replace(table, row_count=counts.get(i)) for i, table in enumerate(tables)]

    def readable(self, table: Table) -> tuple[Table, list[ValueHit], list[str]] | None:
        """What `table` says, or None, with a warning, where it cannot be read: one broken view does not hide the rest."""
        try:
            return self.table(table)
        except (CancelledError, DeadlineError):
            raise
        except (QueryError, RefusedError) as error:
            warnings.warn(f"Left out: {table.kind} {table.name} cannot be read: {error.message}", UserWarning, stacklevel=4)
            return None

    def table(self, table: Table) -> tuple[Table, list[ValueHit], list[str]]:
        """``table`` with statistics, its text values, and the columns that hold more than were read."""
        columns = list(table.columns)
        count = 0
        for one in measure.measures(table, self._dialect):
            row = self._rows(one.sql)[0]
            count = row["n"]
            for i in one.columns:
                columns[i] = measure.measured(columns[i], i, row)
        values = self._values(table, [i for i, column in enumerate(columns) if column.type == "text" and column.statistics], columns)
        for i, found in values.items():
            columns[i] = dated(columns[i], found)
        texts = {i: found for i, found in values.items() if columns[i].type == "text"}
        hits = [ValueHit(table.name, columns[i].name, value) for i, found in texts.items() for value in found]
        partial = [columns[i].name for i, found in texts.items() if len(found) < _distinct(columns[i])]
        return replace(table, columns=tuple(columns), row_count=count), hits, partial

    def outside(self, pairs: Sequence[keys.Pair]) -> list[int]:
        """For each pair how many distinct values of its column are no value of the column it may point to."""
        counts: dict[int, int] = {}
        for start in range(0, len(pairs), _TOGETHER):
            part = enumerate(pairs[start : start + _TOGETHER], start)
            sql = " UNION ALL ".join(f"SELECT {i} AS i, count(*) AS n FROM ({_outside(pair)}) AS x" for i, pair in part)  # noqa: S608
            rows = self._rows(measure.spelled(sql, self._dialect))
            counts.update({row["i"]: row["n"] for row in rows})
        return [counts[i] for i in range(len(pairs))]

    def _values(self, table: Table, places: list[int], columns: Sequence[Column]) -> dict[int, list[str]]:
        found: defaultdict[int, list[str]] = defaultdict(list)
        for start in range(0, len(places), _TOGETHER):
            part = places[start : start + _TOGETHER]
            for row in self._rows(measure.distinct(table, [columns[i] for i in part], self._dialect)):
                found[part[row["c"]]].append(row["v"] if isinstance(row["v"], str) else str(row["v"]))
        return {i: sorted(found[i]) for i in places}

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        return run(self._context, sql, on=self._on, origin="profile").rows()


def _outside(pair: keys.Pair) -> str:
    column, target = (f"CAST({name} AS TEXT)" if pair.as_text else name for name in map(measure.quote, (pair.column, pair.ref_column)))
    child, parent = measure.place(pair.table), measure.place(pair.ref_table)
    return f"SELECT {column} AS v FROM {child} WHERE {column} IS NOT NULL EXCEPT SELECT {target} AS v FROM {parent}"  # noqa: S608


def _distinct(column: Column) -> int:
    return column.statistics.distinct if column.statistics else 0
