"""Patterns of the lexicon against a text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from aiser_jupyter.answer.lexicon import BUSINESS, DISPATCH, OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.answer.lexicon import Weighted

Table = Literal["dispatch", "business", "objectives"]


def scored(text: str, table: Table) -> dict[str, float]:
    """The weight of each label that some pattern speaks for: its strongest pattern and a little for each further hit."""
    found = {}
    for label, patterns in compiled(table).items():
        hits = [weight for weight, pattern in patterns for _ in zip(range(3), pattern.finditer(text), strict=False)]
        if hits:
            found[label] = max(hits) + 0.25 * (sum(hits) - max(hits))
    return found


@cache
def compiled(table: Table) -> Mapping[str, tuple[tuple[float, re.Pattern[str]], ...]]:
    """A lexicon ready to use; built when first needed, since it is not small."""
    lexicon = cast("Mapping[str, Weighted]", {"dispatch": DISPATCH, "business": BUSINESS, "objectives": OBJECTIVES}[table])
    return {label: tuple((weight, re.compile(pattern)) for weight, pattern in patterns) for label, patterns in lexicon.items()}
