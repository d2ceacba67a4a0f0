"""What is in the tables of a connection: counts, ranges, keys and text values, read through the road as the user."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.catalog import Catalog, Column, ColumnStatistics, Table
from aiser_jupyter.catalog.values import ValueHit, build
from aiser_jupyter.query.road import run

if TYPE_CHECKING:
    from aiser_jupyter.context import Context


def profile(context: Context, on: str | None = None, *, refresh: bool = False) -> Catalog:
    """The catalog of a connection with statistics, keys and value index; kept in ``context.catalogs`` until ``refresh``."""
    source = context.sources.get(on)
    known = None if refresh else context.catalogs.get(source.name)
    if known is not None:
        return known
    tables = []
    hits: list[ValueHit] = []
    for table in source.tables():
        tables.append(_profile(context, source.name, table))
        for column in table.columns:
            if column.type == "text":
                rows = run(
                    context,
                    f'SELECT DISTINCT "{column.name}" AS v FROM "{table.name}" WHERE "{column.name}" IS NOT NULL ORDER BY 1',  # noqa: S608
                    on=source.name,
                    origin="profile",
                ).rows(10_000)
                hits.extend(ValueHit(table.name, column.name, str(row["v"])) for row in rows if len(str(row["v"])) <= 200)
    catalog = Catalog(source.name, source.dialect, tuple(tables), source.keys(), build(hits))
    context.catalogs.put(source.name, catalog)
    return catalog


def _profile(context: Context, on: str, table: Table) -> Table:
    parts = ["count(*) AS n"]
    for i, column in enumerate(table.columns):
        name = f'"{column.name}"'
        parts += [f"count({name}) AS c{i}", f"count(DISTINCT {name}) AS d{i}", f"min({name}) AS lo{i}", f"max({name}) AS hi{i}"]
    row = run(context, f'SELECT {", ".join(parts)} FROM "{table.name}"', on=on, origin="profile").rows()[0]  # noqa: S608
    columns: list[Column] = []
    for i, column in enumerate(table.columns):
        statistics = ColumnStatistics(row["n"], row["n"] - row[f"c{i}"], row[f"d{i}"], row[f"lo{i}"], row[f"hi{i}"])
        columns.append(replace(column, statistics=statistics))
    return replace(table, columns=tuple(columns), row_count=row["n"])
