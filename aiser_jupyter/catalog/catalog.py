"""All that is known of one source's tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.catalog.values import ValueIndex

if TYPE_CHECKING:
    from aiser_jupyter.catalog.key import Key
    from aiser_jupyter.catalog.table import Table


@dataclass(frozen=True)
class Catalog:
    """Tables with statistics, keys between them, and where each text value occurs.

    ``dialect`` is the sqlglot name of the source's SQL.
    """

    source: str
    dialect: str
    tables: tuple[Table, ...]
    keys: tuple[Key, ...] = ()
    values: ValueIndex = field(default_factory=ValueIndex)

    def table(self, name: str) -> Table | None:
        """The table of that name, in any case."""
        wanted = name.casefold()
        return next((t for t in self.tables if t.name.casefold() == wanted), None)
