"""One small view of any tabular input: the columns, their statistics and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Type = Literal["number", "integer", "text", "date", "timestamp", "boolean", "geo", "other"]
# A picture shows no more marks than this; statistics are of all rows.
MOST_VALUES = 50_000


@dataclass(frozen=True)
class Column:
    """A named column: logical ``type``, ``semantic`` word where the source states one, statistics of all rows, and values as plain Python."""

    name: str
    type: Type
    values: tuple[Any, ...]
    distinct: int
    low: Any = None
    high: Any = None
    semantic: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.type in {"number", "integer"}

    @property
    def temporal(self) -> bool:
        """Whether the values are dates or moments."""
        return self.type in {"date", "timestamp"}


@dataclass(frozen=True)
class View:
    """A table as charts see it; ``row_count`` counts all rows, values may be a sample of them."""

    columns: tuple[Column, ...]
    row_count: int

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def sampled(self) -> bool:
        """Whether fewer values are at hand than there are rows."""
        return bool(self.columns) and len(self.columns[0].values) < self.row_count

    def column(self, name: str) -> Column:
        """The column called ``name``; UsageError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(f"The table has no column {name!r} to draw.", hint=f"Columns: {', '.join(self.names)}.")


def view(table: object) -> View:
    """A view of ``table``: a Result, a pandas, polars or Arrow frame, a list of dicts, or ``{"columns": […], "rows": […], "row_count": n}``."""
    import pyarrow as pa

    if isinstance(table, View):
        return table
    if isinstance(table, Mapping):
        return of_json(table)
    if isinstance(table, pa.Table):
        return of_arrow(table)
    if isinstance(table, Sequence) and all(isinstance(row, Mapping) for row in table):
        return of_arrow(pa.Table.from_pylist([dict(row) for row in table]))
    for method in ("arrow", "to_arrow", "to_arrow_table", "read_all"):
        if callable(convert := getattr(table, method, None)):
            return view(convert())
    if hasattr(table, "iloc"):
        return of_arrow(pa.Table.from_pandas(named(table), preserve_index=False))
    raise UsageError(f"A {type(table).__name__} is no table.", hint="Give a result, a DataFrame, an Arrow table or a list of dicts.")


def named(frame: Any) -> Any:
    """A pandas frame or series whose meaningful index became columns."""
    frame = frame.to_frame() if not hasattr(frame, "columns") else frame
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return frame.set_axis([" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns], axis=1)


def of_arrow(table: pa.Table) -> View:
    """A view of an Arrow table; beyond ``MOST_VALUES`` rows every k-th is kept as a value."""
    step = -(-table.num_rows // MOST_VALUES) or 1
    kept = table if step == 1 else table.take(list(range(0, table.num_rows, step)))
    return View(tuple(arrow_column(name, table[name], kept[name]) for name in table.column_names), table.num_rows)


def arrow_column(name: str, array: pa.ChunkedArray, kept: pa.ChunkedArray) -> Column:
    """One column with statistics over ``array`` and the values of ``kept``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kept = array.cast(kind.value_type), kept.cast(kind.value_type)
        kind = kind.value_type
    logical = arrow_type(kind)
    values = tuple(plain(value) for value in kept.to_pylist())
    if logical == "other":
        values = tuple(None if value is None else str(value) for value in values)
        return Column(name, "text", values, len(set(values)))
    present = array.drop_null()
    extremes = pc.min_max(present).as_py() if len(present) and logical not in {"text", "boolean"} else {"min": None, "max": None}  # pyright: ignore[reportAttributeAccessIssue]  # pyarrow.compute is filled at run time
    distinct = pc.count_distinct(present).as_py() if len(present) else 0  # pyright: ignore[reportAttributeAccessIssue]
    return Column(name, logical, values, distinct, plain(extremes["min"]), plain(extremes["max"]))


def arrow_type(kind: pa.DataType) -> Type:
    """The logical type of an Arrow type."""
    import pyarrow as pa

    types = pa.types
    if types.is_boolean(kind):
        return "boolean"
    if types.is_integer(kind):
        return "integer"
    if types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_date(kind):
        return "date"
    if types.is_timestamp(kind):
        return "timestamp"
    return "text" if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind) else "other"


def plain(value: Any) -> Any:
    """``value`` as a plain number, text, date or None; NaN and infinities are None, because a gap is what they draw."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124  # NaN alone differs from itself
        return None
    return value


def of_json(table: Mapping[str, Any]) -> View:
    """A view of the JSON shape of a result, whose rows may be a sample and whose columns may state semantics and statistics."""
    rows = table.get("rows") or []
    return View(tuple(json_column(stated, rows) for stated in table.get("columns", [])), table.get("row_count", len(rows)))


def json_column(stated: Mapping[str, Any], rows: Sequence[Any]) -> Column:
    """One column of the JSON shape; what it does not state is taken from its values."""
    name, kind = str(stated["name"]), json_type(str(stated.get("type", "")))
    values = tuple(read(row.get(name), kind) for row in rows)
    if not stated.get("type"):
        kind = guess(values)
    present = [value for value in values if value is not None]
    low, high = (min(present), max(present)) if present and kind not in {"text", "geo", "boolean"} else (None, None)
    return Column(
        name,
        kind,
        values,
        stated.get("distinct", len(set(map(str, present)))),
        read(stated.get("min", low), kind),
        read(stated.get("max", high), kind),
        stated.get("semantic") or "",
    )


def json_type(word: str) -> Type:
    """The logical type that a type word means."""
    lower = word.lower()
    groups: tuple[tuple[Type, tuple[str, ...]], ...] = (
        ("timestamp", ("timestamp", "datetime")),
        ("date", ("date",)),
        ("boolean", ("bool",)),
        ("integer", ("int", "long", "serial")),
        ("number", ("number", "num", "dec", "float", "double", "real", "money")),
        ("geo", ("geo",)),
    )
    for kind, words in groups:
        if any(word in lower for word in words):
            return kind
    return "text"


def guess(values: Sequence[Any]) -> Type:
    """The logical type of plain values that come without one."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "boolean"
    if present and all(isinstance(value, int) and not isinstance(value, bool) for value in present):
        return "integer"
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return "number"
    if present and all(isinstance(value, datetime) for value in present):
        return "timestamp"
    return "date" if present and all(isinstance(value, date) for value in present) else "text"


def read(value: Any, kind: Type) -> Any:  # noqa: PLR0911  # one return per type reads as a table
    """A JSON value as the plain value of a logical type; what does not fit is None."""
    if value is None:
        return None
    try:
        if kind == "timestamp" and not isinstance(value, datetime):
            return datetime.fromisoformat(str(value))
        if kind == "date" and not isinstance(value, date):
            return date.fromisoformat(str(value)[:10])
        if kind in {"number", "integer"} and isinstance(value, str):
            return plain(float(value))
    except ValueError:
        return None
    if kind in {"text", "geo"} and not isinstance(value, str | time):
        return str(value)
    return plain(value)
