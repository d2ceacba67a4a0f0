"""Arrow datasets as a connection: files of a store or a Delta table, of which a query reads the columns and row groups it needs."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.sources.duckdb import DuckDBCursor, DuckDBSource
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from aiser_jupyter.sources.recipe import Recipe

    # What gives the rows of a table as they are when a statement begins: an Arrow dataset or table.
    Opened = Callable[[], Any]


class DatasetSource(DuckDBSource):
    """Tables that Arrow reads and DuckDB asks: it hands filters and columns down, and can itself reach no file and no network.

    ``stamp`` gives a word that changes with the data, or None where nobody can tell.
    """

    capabilities = Capabilities(local=False, frames=True)

    def __init__(
        self,
        name: str,
        place: str,
        opened: Mapping[str, Opened],
        *,
        recipe: Recipe | None = None,
        rows: Mapping[str, int] | None = None,
        stamp: Callable[[], str | None] = lambda: None,
    ) -> None:
        import duckdb

        # An empty database file, so that the engine is read-only: it makes no table.
        folder = tempfile.mkdtemp(prefix="aiser-views-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        database = Path(folder) / "views.duckdb"
        duckdb.connect(str(database)).close()
        super().__init__(name, database)
        self.place, self.recipe = place, recipe
        self._tables = dict(opened)
        self._rows = dict(rows or {})
        self._stamp = stamp

    def tables(self) -> tuple[Table, ...]:
        """The tables with their columns."""
        connection = self._connection.cursor()
        try:
            self._register(connection)
            found = []
            for name in self._tables:
                quoted = '"' + name.replace('"', '""') + '"'
                rows = connection.execute(f"DESCRIBE SELECT * FROM {quoted}").fetchall()  # noqa: S608  # quoted
                found.append(Table(name, tuple(Column(row[0], logical(row[1]), row[1]) for row in rows)))
            return tuple(found)
        finally:
            connection.close()

    def sizes(self) -> dict[str, int]:
        """The rows of each table, where its log or footers tell."""
        return dict(self._rows)

    def version(self) -> str | None:
        """A word that is another one after each change of the tables, where it can be told."""
        return self._stamp()

    def cursor(self) -> DuckDBCursor:
        """A place to run one query, on the tables as they are now."""
        cursor = super().cursor()
        self._register(cursor._connection)  # noqa: SLF001  # its own cursor
        return cursor

    def _register(self, connection: duckdb.DuckDBPyConnection) -> None:
        for name, opened in self._tables.items():
            connection.register(name, opened())
