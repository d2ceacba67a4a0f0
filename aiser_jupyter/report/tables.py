"""Result tables for a page: every number a reference to a fact of its query."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiser_jupyter.facts import Fact
from aiser_jupyter.format import date as date_words
from aiser_jupyter.format import meaning, number
from aiser_jupyter.report.blocks import Table
from aiser_jupyter.report.ledger import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.report.ledger import Ledger
    from aiser_jupyter.report.payload import TableData

NUMERIC = frozenset({"integer", "number"})
DATED = frozenset({"date", "timestamp"})
SHOWN = 12


def table(
    data: TableData,
    ledger: Ledger,
    prefix: str,
    *,
    sql: str,
    dialect: str,
    source: str,
    as_of: str,
    shown: int = SHOWN,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """The first ``shown`` rows; each number becomes a fact under ``prefix``, of ``sql`` or of what ``others`` name for its column."""
    queries = [others.get(name, sql) for name in data.columns]
    means = [
        meaning(name, kind, [row[i] for row in data.rows]) for i, (name, kind) in enumerate(zip(data.columns, data.types, strict=True))
    ]
    grains = [grain(data, i) if kind in DATED else None for i, kind in enumerate(data.types)]
    rows: list[tuple[str, ...]] = []
    for r, row in enumerate(data.rows[:shown]):
        cells: list[str] = []
        for c, value in enumerate(row):
            kind = data.types[c]
            if value is None:
                cells.append("–")
            elif kind in DATED:
                cells.append(date_words.text(str(value), grains[c]))
            elif kind in NUMERIC and means[c].kind not in {"id", "code", "year"}:
                words = cell(value, means[c].unit)
                cells.append(ledger.fact(Fact(f"{prefix}.r{r}c{c}", value, words, means[c].unit, queries[c], source, moment(as_of))))
            else:
                cells.append(escape_refs(str(value)))
        rows.append(tuple(cells))
    numeric = tuple(kind in NUMERIC and m.kind not in {"id", "code", "year"} for kind, m in zip(data.types, means, strict=True))
    hidden = data.row_count - len(rows)
    counted = rest(sql, dialect, len(rows)) if hidden > 0 and not others else ""  # no one query has all the rows of two
    words = f"{number.text(hidden, style='exact')} more {'row' if hidden == 1 else 'rows'}"
    more = ledger.fact(Fact(f"{prefix}.more", hidden, words, "rows", counted, source, moment(as_of))) if counted else ""
    return Table(tuple(pretty(name) for name in data.columns), tuple(rows), numeric, more)


def rest(sql: str, dialect: str, shown: int) -> str:
    """The query that counts the rows after the first ``shown``; empty where the statement cannot be parsed."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        inner = parse_one(sql, dialect=dialect or None)
    except SqlglotError:
        return ""
    return (
        exp.select(f"count(*) - {shown} AS more").from_(inner.subquery("rows_in")).sql(dialect=dialect or None)
        if isinstance(inner, exp.Query)
        else ""
    )


def cell(value: Any, unit: str) -> str:
    """A number in a table cell: exact to the cent below ten thousand, whole above."""
    if isinstance(value, float) and abs(value) >= 10_000:
        value = round(value)
    elif isinstance(value, float):
        value = round(value, 2 if abs(value) >= 1 else 4)
    return number.text(value, unit=unit, style="exact")


def grain(data: TableData, column: int) -> Any:
    """The coarsest grain of a date column."""
    found = [date_words.parse(str(row[column])) for row in data.rows if row[column] is not None]
    return date_words.grain_of([pair[0] for pair in found if pair is not None]) if found else None


def pretty(name: str) -> str:
    """A column's name in words."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else name


def escape_refs(text: str) -> str:
    """Data that looks like a reference stays text: a word joiner parts its brackets."""
    return text.replace("[[", "[\u2060[")
