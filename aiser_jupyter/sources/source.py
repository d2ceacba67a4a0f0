"""What every connection can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.recipe import Recipe


@dataclass(frozen=True)
class Capabilities:
    """What a connection is good for, as the router and the road need to know it.

    ``local``: its rows lie on this machine, so nothing crosses a network. ``frames``: it takes data frames as tables of one query.
    ``interrupts``: ``cancel`` stops whatever it runs; where not, its queries run in a worker process. ``remote_sql``: its own server
    joins and aggregates; where not, rows are fetched and the rest happens here.
    """

    local: bool = True
    frames: bool = False
    interrupts: bool = True
    remote_sql: bool = True


class Cursor(Protocol):
    """One query's own place on a connection: streams of two cursors do not disturb each other."""

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` once and stream its rows; named parameters are bound by the driver, ``frames`` are tables for this query alone."""
        ...

    def cancel(self) -> None:
        """Stop what runs on this cursor, on the server too, from any thread."""
        ...

    def close(self) -> None:
        """Give the cursor back."""
        ...


@runtime_checkable
class Reusable(Protocol):
    """A cursor whose place may serve the next query."""

    def release(self) -> None:
        """Give the cursor back after its last row was read; closed as by ``close``, but what it took to make is kept."""
        ...


@runtime_checkable
class Progress(Protocol):
    """A cursor that can tell how far its statement is."""

    def progress(self) -> float | None:
        """The share of the running statement that is done, 0 to 1, from any thread; None where it is not known."""
        ...


@runtime_checkable
class Metered(Protocol):
    """A cursor that knows what its statement took."""

    def usage(self) -> tuple[float | None, int | None]:
        """CPU seconds and peak bytes of memory of the statement so far; None for what is not known."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A cursor whose server does not speak SQL: ``timeout_s`` is the time its requests may take there, ``pushed`` tells what was asked of it."""

    timeout_s: float | None
    pushed: list[str]


@runtime_checkable
class Versioned(Protocol):
    """A source that can tell whether its data changed."""

    def version(self) -> str | None:
        """A word that is another one after each change of the data; None where that cannot be told.

        It is read before a query starts, and a query that gets the same word gets the same rows. One that begins with ``process:`` holds in
        this process alone.
        """
        ...


@runtime_checkable
class Source(Protocol):
    """A connection that lists its tables and runs one statement per cursor to an Arrow stream.

    ``dialect`` is the sqlglot name of its SQL, ``place`` its address without any secret, ``recipe`` how another process opens it too (None
    where it cannot). Only the road (`query.run`) opens cursors.
    """

    name: str
    dialect: str
    place: str
    read_only: bool
    capabilities: Capabilities

    @property
    def recipe(self) -> Recipe | None:
        """How another process opens it."""
        ...

    def tables(self) -> tuple[Table, ...]:
        """Tables and views with columns and declared primary keys, no statistics."""
        ...

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """About how many rows each table has, by name, as far as the engine's own books tell at once; never a count."""
        ...

    def cursor(self) -> Cursor:
        """A place to run one query."""
        ...

    def ping(self) -> None:
        """Try the connection, opening it again where it broke; raises `SourceError` where it cannot be reached."""
        ...

    def cancel(self) -> None:
        """Stop everything that runs on this connection, from any thread; the connection stays usable."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
