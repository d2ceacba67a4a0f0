"""Names of columns as a semantic file writes them: ``table.column``, in double quotes, backquotes or brackets where they are no plain words."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^\s."`\[\]][^."`\[\]]*))\s*(\.|$)')


def split(text: str) -> tuple[str, ...]:
    """The parts of a name with dots: ``"Order Details".Quantity`` is Order Details and Quantity; empty where it is no name."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        found = PART.match(text, at)
        if found is None:
            return ()
        parts.append((found[1] or "").replace('""', '"') or found[2] or found[3] or found[4].strip())
        at = found.end()
        if at == len(text) and found[5] == ".":
            return ()
    return tuple(parts)


def quoted(name: str) -> str:
    """A name, in double quotes where it is no plain word."""
    return name if PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def joined(table: str, column: str) -> str:
    """``table.column``."""
    return f"{quoted(table)}.{quoted(column)}"
