"""Arrow tables as rows, pandas and polars, where these cannot hold every value: nothing is rounded and nothing is lost silently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.cells import unique

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_EXACT = 2**53  # above it a float has no place for every integer
_NANOS = 1_000_000_000


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as dictionaries; of two columns named ``a`` the second is ``a_2``."""
    if len(set(table.column_names)) < table.num_columns:
        table = table.rename_columns(unique(table.column_names))
    try:
        return table.to_pylist()
    except (OverflowError, ValueError):
        columns = [values(column, name) for name, column in zip(table.column_names, table.columns, strict=True)]
        return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def values(column: pa.ChunkedArray, name: str) -> list[Any]:
    """The values of a column; a day or moment that Python's calendar (years 1 to 9999) does not reach as exact ISO 8601 text.

    Raises `UsageError` where such a day stands inside a list or a structure.
    """
    import pyarrow as pa

    try:
        return column.to_pylist()
    except (OverflowError, ValueError):
        if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
            raise UsageError(
                f"The column {name} holds days that Python's calendar, of years 1 to 9999, does not reach.",
                hint="Take the rows as Arrow (.arrow()), or cast the column to text in SQL.",
            ) from None
    return [_moment(value) for value in column]


def pandas(table: pa.Table) -> pd.DataFrame:
    """The rows as a pandas DataFrame: decimals as floats, days beyond Python's calendar as text, and integers that no float holds, where some are missing, as Int64."""
    import pandas as pd
    import pyarrow as pa

    apart: dict[int, Any] = {}
    for index, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(index, column.name, table.column(index).cast(pa.float64()))
        elif _rounded(table.column(index)):
            apart[index] = _nullable(column.type).__from_arrow__(table.column(index))
        elif pa.types.is_date(column.type) and not _in_calendar(table.column(index)):
            apart[index] = pd.Series(values(table.column(index), column.name), dtype=object).array
    for index in apart:
        table = table.set_column(index, table.schema.names[index], pa.nulls(table.num_rows, pa.bool_()))
    frame = table.to_pandas()
    for index, made in apart.items():
        frame.isetitem(index, made)
    return frame


def polars(table: pa.Table) -> pl.DataFrame:
    """The rows as a polars DataFrame, intervals of months, days and nanoseconds as ISO 8601 text; raises `UsageError` for what polars has no type for."""
    import polars as pl
    import pyarrow as pa

    table = table.rename_columns(unique(table.column_names))
    for index, column in enumerate(table.schema):
        if column.type == pa.month_day_nano_interval():
            texts = [None if value is None else _interval(*value) for value in table.column(index).to_pylist()]
            table = table.set_column(index, column.name, pa.array(texts, pa.string()))
    try:
        frame = pl.from_arrow(table)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UsageError(
            f"polars cannot hold these columns: {str(error).partition(chr(10))[0][:200]}",
            hint="Take the rows as Arrow (.arrow()) or pandas (.df()), or cast the column to text in SQL.",
        ) from None
    assert isinstance(frame, pl.DataFrame)
    return frame


def _rounded(column: pa.ChunkedArray) -> bool:
    """Whether pandas would make floats of integers that no float holds."""
    import pyarrow as pa

    if not column.null_count or not (pa.types.is_int64(column.type) or pa.types.is_uint64(column.type)):
        return False
    ends: Any = import_module("pyarrow.compute").min_max(column).as_py()
    return ends["min"] is not None and (ends["min"] < -_EXACT or ends["max"] > _EXACT)


def _nullable(kind: pa.DataType) -> Any:
    import pandas as pd
    import pyarrow as pa

    return pd.UInt64Dtype() if pa.types.is_uint64(kind) else pd.Int64Dtype()


def _in_calendar(column: pa.ChunkedArray) -> bool:
    """Whether Python has each day."""
    import pyarrow as pa

    days = column.cast(pa.date32()).cast(pa.int32()) if not pa.types.is_date32(column.type) else column.cast(pa.int32())
    ends: Any = import_module("pyarrow.compute").min_max(days).as_py()
    return ends["min"] is None or (ends["min"] >= -719_162 and ends["max"] <= 2_932_896)


def _moment(value: pa.Scalar) -> Any:
    """A day or moment as Python has it, else as text."""
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        import numpy as np
        import pyarrow as pa

        if pa.types.is_date(value.type):
            return _written(str(np.datetime64(value.cast(pa.date32()).value, "D")))  # pyright: ignore[reportAttributeAccessIssue] - a date's
        zone = "" if value.type.tz is None else "+00:00"  # what is stored is the moment in UTC
        return _written(f"{np.datetime64(value.value, value.type.unit)}{zone}")


def _written(moment: str) -> str:
    """``moment`` with a year of four digits at least, behind its sign."""
    if not moment.startswith("-"):
        return moment
    year, mark, rest = moment[1:].partition("-")
    return f"-{year.zfill(4)}{mark}{rest}"


def _interval(months: int, days: int, nanoseconds: int) -> str:
    """An interval as ISO 8601 writes it, each part with its own sign: ``P1Y2M3DT4.5S``."""
    years, months = int(months / 12), months - 12 * int(months / 12)
    date = "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (months, "M"), (days, "D")) if count)
    seconds = ""
    if nanoseconds:
        whole, rest = divmod(abs(nanoseconds), _NANOS)
        fraction = f".{rest:09d}".rstrip("0") if rest else ""
        seconds = f"T{'-' if nanoseconds < 0 else ''}{whole}{fraction}S"
    return f"P{date}{seconds}" if date or seconds else "PT0S"
