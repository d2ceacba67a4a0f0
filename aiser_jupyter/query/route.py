"""Which engine runs a statement, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.sources.source import Source


def choose(source: Source) -> dict[str, object]:
    """The route as plain data: ``engine``, ``reason``, ``alternatives``; today the source's own engine runs everything."""
    return {"engine": source.dialect, "reason": "the data is there", "alternatives": []}
