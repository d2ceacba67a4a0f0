"""What a result is like: which columns are measures, which say when, which name things."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.restate import Outline, Value, outline
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import date as dates
from aiser_jupyter.format.meaning import ISO_CURRENCY, meaning
from aiser_jupyter.format.number import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.format.date import Grain

# A value that takes more words than this is called by its name.
LONG = 60
PERCENT = "percent "
RATIO = re.compile(r"100 × .*÷")  # a change or a margin, told in percent
PERIODS: tuple[tuple[str, Grain], ...] = (
    ("year of ", "year"),
    ("quarter of ", "quarter"),
    ("month of ", "month"),
    ("week of ", "week"),
    ("day of ", "day"),
)


@dataclass(frozen=True)
class Field:
    """A column of a result: its place, what it is in English, its unit, and for a time its grain."""

    index: int
    value: Value
    unit: str = ""
    grain: Grain | None = None

    @property
    def label(self) -> str:
        """What the column is called in a sentence: its words, or the query's own name for it where they are many; a currency is left to the number."""
        text = self.value.text
        bare = text[1:-1] if text.startswith("(") and text.endswith(")") and ")" not in text[:-1] else text
        named = self.value.alias if len(bare) > LONG and self.value.alias else bare
        return " ".join(w for w in named.split(" ") if w not in ISO_CURRENCY) if self.unit in CURRENCIES else named

    @property
    def figure(self) -> str:
        """What a sentence calls an amount: ``revenue`` for ``total revenue``, ``number of orders`` for a count."""
        if self.value.short:
            return self.value.short
        return f"number of {different(self.value.counts)}" if self.value.counts else self.label


def different(counted: str) -> str:
    """``different products`` for ``distinct products``."""
    return f"different {counted.removeprefix('distinct ')}" if counted.startswith("distinct ") else counted


@dataclass(frozen=True)
class Shape:
    """The columns of a result by what they are for, beside the outline of the query."""

    outline: Outline
    times: tuple[Field, ...]
    keys: tuple[Field, ...]
    measures: tuple[Field, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All columns in order."""
        return tuple(sorted((*self.times, *self.keys, *self.measures), key=lambda f: f.index))


def shape(table: pa.Table, sql: str, dialect: str, catalog: Catalog | None = None, units: Mapping[str, str] | None = None) -> Shape:
    """The shape of ``table``, the result of ``sql``; a column selected twice is there once. ``units`` are those that a definition gives columns."""
    known = outline(sql, dialect, catalog)
    if known is None or len(known.values) != table.num_columns:
        known = Outline(tuple(Value(words(name)) for name in table.column_names))
    times, keys, measures = [], [], []
    for index, value in enumerate(known.values):
        if value in known.values[:index]:
            continue
        cells = table.column(index).to_pylist()
        grain = grain_of(value, cells)
        if grain is not None:
            times.append(Field(index, value, grain=grain))
        elif (numeric(table, index) and table.column_names[index] in (units or {})) or is_measure(table, index, known, cells):
            said = (units or {}).get(table.column_names[index])
            measures.append(Field(index, measured(value), said or unit_of(table, index, value, cells)))
        else:
            keys.append(Field(index, value))
    return Shape(known, tuple(times), tuple(keys), tuple(measures))


def grain_of(value: Value, cells: list[Any]) -> Grain | None:
    """The period that each cell of a column stands for; None for a column that says no time."""
    there = [c for c in cells if c is not None]
    if not there:
        return None
    for lead, grain in PERIODS:
        # The year of a day some months later is a fiscal one: no calendar year that a sentence may name.
        if (
            value.text.startswith(lead)
            and not value.text.endswith(" months")
            and (grain == "year" or all(isinstance(c, date) or (isinstance(c, str) and dates.parse(c)) for c in there))
        ):
            return grain
    if value.aggregate:
        return None
    if all(isinstance(c, date) for c in there):
        return dates.grain_of(there)
    if all(isinstance(c, str) for c in there):
        found = [p for c in there if (p := dates.parse(c))]
        if len(found) == len(there):
            return found[0][1] if found[0][1] in {"month", "quarter"} else dates.grain_of([p[0] for p in found])
    return None


def numeric(table: pa.Table, index: int) -> bool:
    """Whether a column holds numbers."""
    import pyarrow.types as kinds

    kind = table.schema.field(index).type
    return kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind)


def is_measure(table: pa.Table, index: int, known: Outline, cells: list[Any]) -> bool:
    """Whether a column holds amounts, not names or codes."""
    if not numeric(table, index):
        return False
    if known.values[index].aggregate:
        return True
    return not known.grouped and meaning(table.column_names[index], "number", cells).kind not in {"id", "code", "year"}


def measured(value: Value) -> Value:
    """A measure without the unit in its words, which its number carries."""
    return replace(value, text=value.text.removeprefix(PERCENT))


def unit_of(table: pa.Table, index: int, value: Value, cells: list[Any]) -> str:
    """The unit of a measure: percent and share by what the query computes, a currency only where the column's name has one."""
    if value.text.startswith(PERCENT) or RATIO.match(value.text):
        return "%"
    if value.text.startswith(("share of ", "relative change of ")):
        return "share"
    return "" if value.text.startswith("count of ") else meaning(table.column_names[index], "number", cells).unit
