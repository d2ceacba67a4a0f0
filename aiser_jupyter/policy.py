"""What a user may see: the hook that row filters and masks will hang on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Tables nobody may read here, by name in lower case; empty means that the connection's own rights decide."""

    hidden_tables: frozenset[str] = frozenset()
