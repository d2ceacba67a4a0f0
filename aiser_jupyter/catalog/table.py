"""A table or view of a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.catalog.column import Column


@dataclass(frozen=True)
class Table:
    """A table or view with its columns in order; ``row_count`` is None until it was profiled."""

    name: str
    columns: tuple[Column, ...]
    schema: str = ""
    kind: str = "table"
    row_count: int | None = None
    comment: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, in any case."""
        wanted = name.casefold()
        return next((c for c in self.columns if c.name.casefold() == wanted), None)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The names of the primary-key columns, in order."""
        return tuple(c.name for c in self.columns if c.primary)
