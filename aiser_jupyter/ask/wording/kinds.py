"""A kind told by the first word of its column: internet type where the data has an internet service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

KIND = re.compile(r"\b(?P<word>[a-z]{4,}) (?:type|kind|category|class)(?P<many>s?)\b", re.IGNORECASE)
MOST = 30  # different values up to which a column tells kinds apart


def plainly(text: str, schema: Schema) -> str:
    """``text`` with such kinds under the name of the one column that starts with their word."""
    return KIND.sub(lambda match: _named(match, schema), text)


def _named(said: re.Match[str], schema: Schema) -> str:
    word = stem(said["word"].lower())
    whole = {view.stems[-1] for view in (*schema.columns, *schema.tables)}
    if word in whole or any(
        {word, stem(said.group().lower().split()[-1])} <= set(view.stems) for view in (*schema.columns, *schema.tables)
    ):
        return said.group()
    found = [
        v
        for v in schema.columns
        if len(v.stems) > 1 and v.stems[0] == word and v.type == "text" and 1 < v.distinct <= MOST and not v.foreign
    ]
    return " ".join(split(found[0].ref.column)) if len(found) == 1 else said.group()
