"""Names for tables and columns that a file does not name, or names twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def table_name(text: str) -> str:
    """``text`` as a table's name: letters, digits and underscores, beginning with no digit."""
    name = re.sub(r"\W+", "_", text).strip("_") or "table"
    return f"t_{name}" if name[0].isdigit() else name


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or ``name_2``, ``name_3`` … where it is taken; case does not count."""
    used = {other.casefold() for other in taken}
    candidate, number = name, 2
    while candidate.casefold() in used:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def column_names(texts: Iterable[object]) -> list[str]:
    """Header cells as names: blank ones become ``column3`` by their place, one that stands twice gets ``_2``, ``_3`` …."""
    names: list[str] = []
    for place, text in enumerate(texts, 1):
        written = re.sub(r"\s+", " ", str(text if text is not None else "")).strip()
        names.append(free_name(written or f"column{place}", names))
    return names
