"""Questions that the data at hand can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import noun
from aiser_jupyter.format.meaning import meaning

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog, Column, Table

MOST = 6
FEW_VALUES = 30


def of_catalog(catalog: Catalog) -> tuple[str, ...]:
    """Questions on the tables that say most: those with amounts and dates, the biggest first."""
    tables = sorted(
        (t for t in catalog.tables if t.row_count), key=lambda t: (-len(amounts(t)) - len(dates(t)), -(t.row_count or 0), t.name)
    )[:2]
    asked = [question for pair in zip(*(of_table(t) for t in tables), strict=False) for question in pair] or [
        q for t in tables for q in of_table(t)
    ]
    return tuple(dict.fromkeys(asked))[:MOST]


def of_table(table: Table) -> list[str]:
    """Questions on one table."""
    rows, measures, groups = noun.plural(words(table.name)), amounts(table), labels(table)
    asked = [f"How many {rows} are there?"]
    if groups:
        asked.append(f"How many {rows} are there per {words(groups[0].name)}?")
    if measures:
        asked.append(f"What is the average {words(measures[0].name)} of {rows}?")
    if measures and groups:
        asked.append(f"Total {words(measures[0].name)} of {rows} per {words(groups[0].name)}")
    if dates(table):
        asked.append(f"Number of {rows} per month")
    return asked


def amounts(table: Table) -> list[Column]:
    """Columns that can be added up or averaged."""
    numeric = [c for c in table.columns if c.type in {"number", "integer"} and not c.primary]
    return [
        c
        for c in numeric
        if meaning(c.name, "number").kind in {"money", "count", "number"} and not c.name.lower().endswith(("id", "key", "code"))
    ]


def labels(table: Table) -> list[Column]:
    """Text columns with few values, by which one can group."""
    return [
        c
        for c in table.columns
        if c.type == "text" and c.statistics is not None and 1 < c.statistics.distinct <= min(FEW_VALUES, c.statistics.rows / 2)
    ]


def dates(table: Table) -> list[Column]:
    """Columns that say when."""
    return [c for c in table.columns if c.type in {"date", "timestamp"}]
