"""Names for tables and columns that a file does not name, or names twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.sources.notes import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_LONGEST = 120  # characters of a column's name
# Schemas of engines: a table of that name could not be asked.
_ENGINES_OWN = frozenset({"pg_catalog", "information_schema", "sqlite_master", "sqlite_schema", "sqlite_temp_master", "temp", "system"})


def table_name(text: str) -> str:
    """``text`` as a table's name: letters, digits and underscores, beginning with no digit."""
    name = re.sub(r"\W+", "_", text).strip("_") or "table"
    return f"t_{name}" if name[0].isdigit() or name.lower() in _ENGINES_OWN else name


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or ``name_2``, ``name_3`` … where it is taken; case does not count."""
    used = {other.casefold() for other in taken}
    candidate, number = name, 2
    while candidate.casefold() in used:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def column_names(texts: Iterable[object]) -> list[str]:
    """Header cells as names: blank ones become ``column3`` by their place, one that stands twice gets ``_2``, ``_3`` …, a long one is cut."""
    names: list[str] = []
    taken: set[str] = set()
    for place, text in enumerate(texts, 1):
        written = re.sub(r"[\s\x00-\x1f\x7f]+", " ", str(text if text is not None else "")).strip()
        name = candidate = written[:_LONGEST].strip() or f"column{place}"
        number = 2
        while candidate.casefold() in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken.add(candidate.casefold())
        names.append(candidate)
    return names


def renamed(written: Sequence[object], names: Sequence[str]) -> tuple[Note, ...]:
    """What the header said, of each column that is called otherwise."""
    pairs = zip(written, names, strict=False)
    return tuple(Note(name, f"written {_short(str(text))}") for text, name in pairs if text is not None and str(text).strip() != name)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…") if text.strip() else "blank in the header"
