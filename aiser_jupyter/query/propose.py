"""A semantic model from names, types and statistics: proposed to a person, never taken for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.catalog.semantic import Dimension, Metric, SemanticModel
from aiser_jupyter.query.keys import words
from aiser_jupyter.query.measure import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.catalog import Catalog, Column, Table

_COUNTS = frozenset({"quantity", "qty", "unit", "count", "piece", "item", "menge", "anzahl"})
_PRICES = frozenset({"price", "preis", "prix"})
_SUMS = frozenset(
    {"revenue", "amount", "sale", "turnover", "cost", "profit", "payment", "fee", "tax", "discount", "umsatz", "betrag", "spend", "budget"}
)
_WHOLE = frozenset({"revenue", "amount", "sale", "turnover", "umsatz", "betrag"})
_MEANS = frozenset({"rate", "ratio", "share", "percent", "pct", "margin", "score", "rating", "age", "temperature", "average", "avg"})
_NO_NUMBERS = frozenset({"id", "key", "code", "no", "nr", "number", "year", "month", "zip", "index", "latitude", "longitude", "lat", "lon"})
_TIMES = frozenset({"date", "day", "time", "at", "datum", "timestamp"})
_PERSONAL = frozenset({"birth", "birthdate", "birthday", "dob", "born"})  # no event of the business
_MOST = 1000  # values of a column to group by


def propose(catalog: Catalog) -> SemanticModel:
    """Metrics, dimensions and times that the catalogue's names and types speak for.

    Revenue is quantity times price where a table has one of each and no such sum; sums are of columns named as amounts, means of rates.
    """
    metrics = [metric for table in catalog.tables for metric in _metrics(table, catalog)]
    dimensions = [
        Dimension(column.name, table.name, column.name) for table in catalog.tables for column in table.columns if _groups(column, table)
    ]
    times = [Dimension(column.name, table.name, column.name) for table in catalog.tables if (column := _time(table)) is not None]
    return SemanticModel(catalog.source, tuple(metrics), tuple(dimensions), tuple(times))


def _metrics(table: Table, catalog: Catalog) -> list[Metric]:
    points = {column for key in catalog.keys if key.table == table.name for column in key.columns}
    numbers = [
        column for column in table.columns if column.type in {"integer", "number"} and not column.primary and column.name not in points
    ]
    numbers = [column for column in numbers if not set(words(column.name)) & _NO_NUMBERS]
    found = [Metric(f"{table.name} count", table.name, "count(*)", "rows")]
    prices = _named(numbers, _PRICES)
    counts = [column for column in _named(numbers, _COUNTS) if column not in prices]
    sums = [column for column in _named(numbers, _SUMS) if column not in prices and not set(words(column.name)) & _MEANS]
    if len(counts) == 1 and len(prices) == 1 and not _named(sums, _WHOLE):
        rebate = next((column for column in numbers if words(column.name) == ["discount"] and _share(column)), None)
        less = f" * (1 - {quote(rebate.name)})" if rebate else ""
        said = f"{counts[0].name} times {prices[0].name}{f' less {rebate.name}' if rebate else ''}"
        found.append(Metric("revenue", table.name, f"sum({quote(counts[0].name)} * {quote(prices[0].name)}{less})", said))
        sums = [column for column in sums if column is not rebate]
    found += [Metric(f"total {column.name}", table.name, f"sum({quote(column.name)})", "named as an amount") for column in (*sums, *counts)]
    means = [column for column in (*_named(numbers, _MEANS), *prices) if column not in sums and column not in counts]
    return found + [
        Metric(f"average {column.name}", table.name, f"avg({quote(column.name)})", "adding it up means nothing")
        for column in dict.fromkeys(means)
    ]


def _named(columns: Sequence[Column], of: frozenset[str]) -> list[Column]:
    return [column for column in columns if set(words(column.name)) & of]


def _share(column: Column) -> bool:
    """Whether all values lie between 0 and 1."""
    seen = column.statistics
    low, high = (seen.minimum, seen.maximum) if seen else (None, None)
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and low >= 0 and high <= 1


def _groups(column: Column, table: Table) -> bool:
    if column.type == "boolean":
        return True
    seen = column.statistics
    return column.type == "text" and seen is not None and 1 < seen.distinct <= min(_MOST, max(2, (table.row_count or 0) // 2))


def _time(table: Table) -> Column | None:
    dated = [column for column in table.columns if column.type in {"date", "timestamp"} and not set(words(column.name)) & _PERSONAL]
    return next((column for column in dated if set(words(column.name)) & _TIMES), dated[0] if dated else None)
