"""The logical type behind an engine's own type name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.catalog.column import LogicalType

# First match wins; INTERVAL and POINT hold "INT", so they stand before it.
_PATTERNS: tuple[tuple[str, LogicalType], ...] = (
    (
        r"\[\]$|^STRUCT|^MAP|^LIST|^ARRAY|^UNION|^INTERVAL|^POINT|^BLOB|BINARY|^BYTEA|^BYTES|^BIT|^JSON|^UUID\[|^VARIANT|^OBJECT|^RECORD|^GEO",
        "other",
    ),
    (r"^TIMESTAMP|^DATETIME|^SMALLDATETIME", "timestamp"),
    (r"^DATE", "date"),
    (r"^TIME", "time"),
    (r"^BOOL", "boolean"),
    (r"INT|^SERIAL|^BIGSERIAL|^LONG$|^YEAR$", "integer"),
    (r"^DEC|^NUM|^BIGNUM|^REAL|^DOUBLE|^FLOAT|^MONEY|^NUMBER", "number"),
    (r"CHAR|TEXT|CLOB|STRING|^ENUM|^UUID|^NAME$", "text"),
)


def logical(db_type: str) -> LogicalType:
    """What values of ``db_type`` are; ``DECIMAL(18,0)`` counts as integer, an unknown or empty name as ``other``."""
    name = db_type.strip().upper()
    scale = re.fullmatch(r"(?:DECIMAL|NUMERIC|NUMBER)\(\s*\d+\s*(?:,\s*(\d+)\s*)?\)", name)
    if scale is not None and scale.group(1) in (None, "0"):
        return "integer"
    for pattern, kind in _PATTERNS:
        if re.search(pattern, name):
            return kind
    return "other"
