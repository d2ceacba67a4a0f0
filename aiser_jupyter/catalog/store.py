"""What is known of each connection, kept in memory for the session."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.catalog.catalog import Catalog


class CatalogStore:
    """One catalog per connection name and viewer: what is known of a governed connection differs by who asks, in which role."""

    def __init__(self) -> None:
        self._catalogs: dict[tuple[str, str], Catalog] = {}
        self._viewer = ""
        self._lock = RLock()

    def of(self, viewer: str) -> CatalogStore:
        """The same store as that viewer sees it."""
        made = CatalogStore()
        made._catalogs, made._lock, made._viewer = self._catalogs, self._lock, viewer
        return made

    def get(self, name: str) -> Catalog | None:
        """The catalog of that connection, or None until it was profiled."""
        return self._catalogs.get((self._viewer, name))

    def put(self, name: str, catalog: Catalog) -> None:
        """Keep ``catalog`` for the connection."""
        with self._lock:
            self._catalogs[(self._viewer, name)] = catalog

    def drop(self, name: str) -> None:
        """Forget the connection's catalog, whoever looks: its tables changed."""
        with self._lock:
            for key in [key for key in self._catalogs if key[1] == name]:
                del self._catalogs[key]
