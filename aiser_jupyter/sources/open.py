"""A connection from what a user types: a path, a URL, or a reference to one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource

if TYPE_CHECKING:
    from aiser_jupyter.sources.source import Source


def open_source(address: str, name: str | None = None, *, write: bool = False) -> Source:
    """The connection at ``address``, named after its file unless ``name`` is given."""
    path = Path(address)
    if path.suffix == ".duckdb":
        return DuckDBSource(name or path.stem, path, write=write)
    return SQLiteSource(name or path.stem, path, write=write)
