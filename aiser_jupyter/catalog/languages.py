"""Columns that say the same in several languages: ``EnglishName`` beside ``FrenchName`` is the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.catalog.table import Table

LANGUAGES = "english|french|spanish|german|italian|portuguese|dutch|arabic|hebrew|thai|chinese|japanese|korean|turkish|russian|polish"
LED = re.compile(rf"^(?P<language>{LANGUAGES})_?(?P<rest>[a-z_].*)$", re.IGNORECASE)
ENDED = re.compile(rf"^(?P<rest>.*[a-z_])_?(?P<language>{LANGUAGES})$", re.IGNORECASE)


def plain(tables: Sequence[Table]) -> dict[tuple[str, str], str]:
    """For each English column that stands beside the same in another language the name without the language."""
    found: dict[tuple[str, str], str] = {}
    for table in tables:
        said = [(column.name, match) for column in table.columns if (match := LED.match(column.name) or ENDED.match(column.name))]
        others = {match["rest"].lower() for _, match in said if match["language"].lower() != "english"}
        for name, match in said:
            if match["language"].lower() == "english" and match["rest"].lower() in others:
                found[table.name, name] = match["rest"].strip("_")
    return found
