"""The connection that added files and frames live on: an engine in memory, and what the workspace keeps on its shelf."""

from __future__ import annotations

from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING

from aiser_jupyter.errors import EncryptionError, StateError
from aiser_jupyter.sources import encryption, rekey
from aiser_jupyter.sources.duckdb import DuckDBSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.sources.duckdb import DuckDBCursor
    from aiser_jupyter.sources.shelf import Shelf
    from aiser_jupyter.sources.stop import Stop


class AddedSource(DuckDBSource):
    """Tables in memory beside those on the ``shelf``, which any process of the workspace may add to; ``changed`` is called when one did.

    The engine reads the shelf's folder and nothing else. Where tables are encrypted and their key cannot be had, whatever runs here raises EncryptionError; other
    connections go on.
    """

    def __init__(self, name: str, shelf: Shelf, changed: Callable[[], None]) -> None:
        folder = shelf.folder
        # Whether this engine may spill in plain form is settled when it is opened.
        with suppress(StateError):
            encryption.of(shelf.state).named()
        super().__init__(name, reach=[folder.absolute()] if folder is not None else [])
        self.shelf = shelf
        self.adding: set[Stop] = set()
        self._changed = changed
        self._seen = 0
        self._files: dict[str, str] = {}
        self._turn = RLock()
        self._locked: EncryptionError | None = None
        self.sync()

    def sync(self) -> None:
        """Show what the shelf holds now."""
        with self._turn:
            try:
                self._show()
            except StateError:  # the store was taken away: what is here stays usable, and the history says it is broken
                return
            except EncryptionError as error:
                self._locked = error
            else:
                self._locked = None

    def _show(self) -> None:
        rekey.settle(self.shelf)
        version = self.shelf.version()
        if version == self._seen:
            return
        kept = self.shelf.kept()
        for name in [name for name in self._files if name not in {one.name for one in kept}]:
            del self._files[name]
            self.drop(name)
        for one in kept:
            if self._files.get(one.name) == one.file or not self.shelf.path(one).is_file():
                continue
            file = self.shelf.file(one.file)
            self.show(one.name, file.select(), one.rows, file if file.key else None)
            self.loaded[one.name], self.notes[one.name], self._files[one.name] = one.place, one.notes, one.file
        self._seen = version
        self._changed()

    def _unlocked(self) -> None:
        if self._locked is not None:
            raise self._locked.with_traceback(None)

    def memory(self, table: str) -> None:
        """Say that ``table`` is about to live in memory alone: it leaves the shelf."""
        with self._turn:
            if self._files.pop(table, None) is not None:
                self.shelf.remove(table)
                self.sync()

    def tables(self) -> tuple[Table, ...]:
        """Tables in the order they were added."""
        self.sync()
        self._unlocked()
        return super().tables()

    def sizes(self) -> dict[str, int]:
        """The rows of each table."""
        self.sync()
        return super().sizes()

    def version(self) -> str | None:
        """A word that is another one after each change of the tables: kept files never change, so that a new one is a change here."""
        self.sync()
        return self._changes.version()

    def cursor(self) -> DuckDBCursor:
        """A place to run one query, on the tables as they are now."""
        self.sync()
        self._unlocked()
        return super().cursor()

    def cancel(self) -> None:
        """Interrupt every cursor, and whatever is being added."""
        for stop in tuple(self.adding):
            stop.cancel()
        super().cancel()
