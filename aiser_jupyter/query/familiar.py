"""The names by which notebooks written for other SQL magics take rows off a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Familiar:
    """What jupysql calls a result's parts, by what this package calls them; rows are tuples."""

    if TYPE_CHECKING:

        @property
        def columns(self) -> list[str]: ...  # noqa: D102  # the result says it
        def df(self) -> pd.DataFrame: ...  # noqa: D102  # the result says it
        def polars(self) -> pl.DataFrame: ...  # noqa: D102  # the result says it
        def arrow(self) -> pa.Table: ...  # noqa: D102  # the result says it
        def rows(self, n: int | None = None) -> list[dict[str, Any]]: ...  # noqa: D102  # the result says it
        def save(self, path: str | Path) -> int: ...  # noqa: D102  # the result says it

    @property
    def keys(self) -> list[str]:
        """Column names in order."""
        return self.columns

    def DataFrame(self) -> pd.DataFrame:  # noqa: N802  # jupysql's name
        """All rows as a pandas DataFrame."""
        return self.df()

    def PolarsDataFrame(self) -> pl.DataFrame:  # noqa: N802  # jupysql's name
        """All rows as a polars DataFrame."""
        return self.polars()

    def dict(self) -> dict[str, list[Any]]:
        """All values by column."""
        from aiser_jupyter.query import handed

        table = self.arrow()
        return {name: handed.values(column, name) for name, column in zip(table.column_names, table.columns, strict=True)}

    def dicts(self) -> Iterator[dict[str, Any]]:
        """All rows as dictionaries."""
        return iter(self.rows())

    def csv(self, filename: str | Path) -> int:
        """Write all rows to a .csv file; how many there were."""
        if not str(filename).lower().endswith(".csv"):
            filename = f"{filename}.csv"
        return self.save(filename)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return (tuple(row.values()) for row in self.rows())

    @overload
    def __getitem__(self, place: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[Any, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[Any, ...] | list[tuple[Any, ...]]:
        from aiser_jupyter.query import handed

        table = self.arrow()
        columns = [handed.values(column, name) for name, column in zip(table.column_names, table.columns, strict=True)]
        if isinstance(place, slice):
            return list(zip(*(values[place] for values in columns), strict=True))
        return tuple(values[place] for values in columns)
