"""Numbers that are kept as text: amounts of a file that was read as words, some of them blank."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.words import bag, stem, stems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.catalog import Catalog

NUMBER = re.compile(r"\s*[-+]?(?:0|[1-9]\d*|\d{1,3})?(?:\.\d+)?\s*")  # no zeros before it, as a code has
CASTING = frozenset({"duckdb", "snowflake", "bigquery", "databricks", "spark", "tsql"})  # these can make NULL of what is no number
NAMED = frozenset(
    map(
        stem,
        bag(
            "id key code number no nr num zip postal postcode phone telephone tel mobile fax year month day version sku isbn ean account line"
        ),
    )
)
ROWS, KINDS, MOST = 500, 30, 0.02  # fewer rows are a toy, fewer values are kinds of something, more words make it text


def numbers(catalog: Catalog) -> Mapping[ColumnRef, tuple[float, float]]:
    """The text columns whose values are amounts, with the least and the greatest; none where the dialect cannot cast some of them alone."""
    if catalog.dialect not in CASTING:
        return {}
    wanted = {
        ColumnRef(table.name, column.name)
        for table in catalog.tables
        for column in table.columns
        if (table.row_count or 0) >= ROWS
        and column.type == "text"
        and not column.primary
        and column.statistics is not None
        and column.statistics.distinct > KINDS
        and not set(stems(column.name)) & NAMED
    }
    read: dict[ColumnRef, list[float]] = {ref: [] for ref in wanted}
    other: dict[ColumnRef, int] = dict.fromkeys(wanted, 0)
    for hit in catalog.values if wanted else ():
        ref = ColumnRef(hit.table, hit.column)
        if ref in wanted:
            text = hit.value.strip()
            if text and NUMBER.fullmatch(text):
                read[ref].append(float(text))
            elif text:
                other[ref] += 1
    return {ref: (min(found), max(found)) for ref, found in read.items() if len(found) > KINDS and other[ref] <= MOST * len(found)}
