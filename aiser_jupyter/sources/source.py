"""What every connection can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table


class Cursor(Protocol):
    """One query's own place on a connection: streams of two cursors do not disturb each other."""

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` once and stream its rows; named parameters are bound by the driver, ``frames`` are tables for this query alone."""
        ...

    def cancel(self) -> None:
        """Stop what runs on this cursor, from any thread."""
        ...

    def close(self) -> None:
        """Give the cursor back."""
        ...


@runtime_checkable
class Source(Protocol):
    """A connection that lists its tables and runs one statement per cursor to an Arrow stream.

    ``dialect`` is the sqlglot name of its SQL, ``place`` its address without any secret. Only the road (`query.run`) opens cursors.
    """

    name: str
    dialect: str
    place: str
    read_only: bool
    takes_frames: bool

    def tables(self) -> tuple[Table, ...]:
        """Tables and views with columns and declared primary keys, no statistics."""
        ...

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        ...

    def cursor(self) -> Cursor:
        """A place to run one query."""
        ...

    def cancel(self) -> None:
        """Stop everything that runs on this connection, from any thread; the connection stays usable."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
