"""A foreign key, declared by the source or inferred from names, types and values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """``table.columns`` point to ``ref_table.ref_columns``; ``confidence`` is 1 where the source declares it."""

    table: str
    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    declared: bool = True
    confidence: float = 1.0
