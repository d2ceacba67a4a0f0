"""What of an asked question may be kept where cell values may not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.query.history import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.settings import Copy

WORD = re.compile(r"[^\W_]+")
LITERAL = re.compile(r"'((?:[^']|'')*)'")
# Letters by which a word is kin to a stored value: "German" to "Germany".
KIN = 4
HIDDEN = "…"


def episode(question: str, restated: str, sql: str, dialect: str, copy: Copy) -> Mapping[str, str] | None:
    """The question, its restatement and its SQL as they may be kept: whole, without any value, or (None) not at all."""
    if copy == "none":
        return None
    if copy == "results":
        return {"question": question, "restated": restated, "sql": sql}
    values = [text.replace("''", "'") for text in LITERAL.findall(sql)]
    return {"question": hidden(question, values), "restated": hidden(restated, values), "sql": masked(sql, dialect)}


def hidden(text: str, values: list[str]) -> str:
    """``text`` without numbers, quoted texts, names, and words that are kin to one of ``values``."""
    for value in sorted(values, key=len, reverse=True):
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}\w*", HIDDEN, text, flags=re.IGNORECASE)
    text = re.sub(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|(?<!\w)'[^']+'(?!\w)", HIDDEN, text)
    near = {word.casefold() for value in values for word in WORD.findall(value)}

    def word(match: re.Match[str]) -> str:
        said = match[0].casefold()
        told = any(c.isdigit() for c in said) or (match[0][0].isupper() and match.start() > 0)
        kin = any(said == v or (min(len(said), len(v)) >= KIN and said[:KIN] == v[:KIN]) for v in near)
        return HIDDEN if told or kin else match[0]

    return re.sub(rf"{HIDDEN}(?:\s+{HIDDEN})+", HIDDEN, WORD.sub(word, text))
