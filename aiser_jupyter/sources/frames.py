"""Data frames as tables: what of a notebook's values is one, and how an engine reads it."""

from __future__ import annotations

import sys
from typing import Any

from aiser_jupyter.errors import SourceError


def is_frame(value: object) -> bool:
    """Whether ``value`` is a pandas or polars frame, an Arrow table, or a query's result."""
    return _pandas(value) or _polars(value) or _arrow(value) or _result(value)


def readable(value: Any, name: str) -> Any:
    """``value`` as the engine reads it: pandas as it is (a named index becomes columns), everything else as Arrow.

    Raises `SourceError` where two columns have one name, or the rows cannot be read as columns of one type each.
    """
    if _result(value):
        return value.arrow()
    if _polars(value):
        return (value.collect() if hasattr(value, "collect") else value).to_arrow()
    if not _pandas(value):
        return value
    frame = value.reset_index() if any(part is not None for part in value.index.names) else value
    columns = [str(column) if not isinstance(column, tuple) else "_".join(map(str, column)) for column in frame.columns]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise SourceError(f"The data frame {name} has more than one column named {twice[0]!r}.", hint="Rename one: df.columns = […].")
    return frame.set_axis(columns, axis=1) if columns != list(frame.columns) else frame


def _pandas(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _polars(value: object) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, polars.DataFrame | polars.LazyFrame)


def _arrow(value: object) -> bool:
    pyarrow = sys.modules.get("pyarrow")
    return pyarrow is not None and isinstance(value, pyarrow.Table | pyarrow.RecordBatch)


def _result(value: object) -> bool:
    # By shape: a result is made above this floor.
    return callable(getattr(value, "arrow", None)) and hasattr(value, "lineage") and hasattr(value, "schema")
