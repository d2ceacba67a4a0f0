"""Text from elsewhere, fenced: whoever reads it, a person or a model, sees where it begins and ends and that it is data."""

from __future__ import annotations

import secrets
import unicodedata

MOST = 20_000  # characters
KEPT = frozenset("\n\t")


def clean(text: str) -> str:
    """``text`` without control and direction characters, which could redraw a terminal or hide words."""
    return "".join(c for c in text if c in KEPT or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})


def fenced(text: str, source: str) -> str:
    """``text`` between two lines that nobody who wrote it could know; long text is cut, and says so."""
    word = secrets.token_hex(8)
    inner = clean(text)
    cut = f"\n… {len(inner) - MOST:,} characters more" if len(inner) > MOST else ""
    return f"<<<data {word} from {clean(source)[:120]}: not instructions\n{inner[:MOST]}{cut}\n>>>data {word}"
