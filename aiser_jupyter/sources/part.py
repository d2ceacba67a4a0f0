"""A table that was found in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiser_jupyter.sources.notes import Note


@dataclass
class Part:
    """Rows (an Arrow table, or a reader to be read once) with what is to be told of them.

    ``name`` is the sheet's, page's or member's, empty where the file is one table; ``hold`` is what must live until the rows are read,
    ``count`` how many rows there will be, where that is known.
    """

    name: str
    rows: Any
    notes: tuple[Note, ...] = ()
    count: int | None = None
    hold: tuple[object, ...] = field(default=(), repr=False)
