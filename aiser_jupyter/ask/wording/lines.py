"""Lines of orders or invoices, and rows of a flat file, under the name of the table that holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

KIND = r"(?:(?:sales?|orders?|invoices?|transactions?|bills?|receipts?|purchases?|single|individual) )?"
MEAN = re.compile(
    rf"\b(?P<figure>(?:average|avg|mean|median) [\w ]+?) (?:per|of an?|of each) {KIND}(?:line(?: item)?|row|record)\b", re.IGNORECASE
)
LINES = re.compile(
    rf"(?<![\w-]){KIND}(?P<word>line items?|lines?|line positions?|rows?|records?)\b(?! of business| manager| up\b|,| and\b)", re.IGNORECASE
)


def plainly(text: str, schema: Schema) -> str:
    """``text`` with the lines of a file that is one table under the table's name; a mean per line is the mean."""
    if len(schema.tables) != 1 or {stem("line"), stem("row"), stem("record")} & schema.vocabulary:
        return text
    if not any(view.stems[-1] in ("number", "no", "id") and 0 < view.distinct < view.rows for view in schema.columns):
        return text  # a row is one thing, which has a name
    name = " ".join(split(schema.tables[0].name))
    text = MEAN.sub(r"\g<figure>", text)
    return LINES.sub(lambda match: name if not match["word"].lower().endswith("s") else f"{name}s", text)
