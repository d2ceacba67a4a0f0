"""What every connection can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table


@runtime_checkable
class Source(Protocol):
    """A connection that lists its tables and runs one statement at a time to an Arrow stream.

    ``dialect`` is the sqlglot name of its SQL, ``place`` its address without any secret. Only `query.run` calls ``run``.
    """

    name: str
    dialect: str
    place: str
    read_only: bool

    def tables(self) -> tuple[Table, ...]:
        """Tables and views with columns and declared primary keys, no statistics."""
        ...

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        ...

    def run(self, sql: str, params: Mapping[str, object]) -> pa.RecordBatchReader:
        """Start ``sql`` once and stream its rows; ``:name`` parameters are bound by the driver."""
        ...

    def cancel(self) -> None:
        """Stop what runs now, from any thread; the connection stays usable."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
