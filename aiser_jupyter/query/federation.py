"""Several connections as one, for a statement that names tables of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.query import listing
from aiser_jupyter.query.federate import FederatedCursor
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.query.pushdown import Plan
    from aiser_jupyter.sources.source import Cursor, Source

TOGETHER = " + "  # between the names of connections, in a result's source and in the history


class Federation:
    """The ``sources`` of one ``plan`` as a source for that statement alone; ``open`` gives a cursor on one of them, ``instead`` is what the cursor falls back to."""

    dialect = "duckdb"
    read_only = True
    capabilities = Capabilities(frames=True)
    recipe = None

    def __init__(
        self, sources: Sequence[Source], plan: Plan, open_: Callable[[Source], Cursor], instead: Callable[[], Plan] | None = None
    ) -> None:
        self.sources = tuple(sources)
        self.name = TOGETHER.join(source.name for source in self.sources) or "files"
        self.place = TOGETHER.join(source.place for source in self.sources)
        self.made = FederatedCursor(plan, open_, instead)

    def tables(self) -> tuple[Table, ...]:
        """The tables of all its connections."""
        return tuple(table for source in self.sources for table in listing.tables(source))

    def keys(self) -> tuple[Key, ...]:
        """The declared keys of all its connections."""
        return tuple(key for source in self.sources for key in source.keys())  # noqa: SIM118  # a source is no dictionary

    def sizes(self) -> dict[str, int]:
        """The sizes of all its connections' tables."""
        return {name: rows for source in self.sources for name, rows in listing.sizes(source).items()}

    def cursor(self) -> FederatedCursor:
        """The one cursor of the statement."""
        return self.made

    def ping(self) -> None:
        """Try each connection."""
        for source in self.sources:
            source.ping()

    def cancel(self) -> None:
        """Stop the statement."""
        self.made.cancel()

    def close(self) -> None:
        """Close the statement; the connections stay open."""
        self.made.close()
