"""What is known of each connection, kept in memory for the session."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.catalog.catalog import Catalog


class CatalogStore:
    """One catalog per connection name."""

    def __init__(self) -> None:
        self._catalogs: dict[str, Catalog] = {}
        self._lock = Lock()

    def get(self, name: str) -> Catalog | None:
        """The catalog of that connection, or None until it was profiled."""
        return self._catalogs.get(name)

    def put(self, name: str, catalog: Catalog) -> None:
        """Keep ``catalog`` for the connection."""
        with self._lock:
            self._catalogs[name] = catalog

    def drop(self, name: str) -> None:
        """Forget the connection's catalog: its tables changed."""
        with self._lock:
            self._catalogs.pop(name, None)
