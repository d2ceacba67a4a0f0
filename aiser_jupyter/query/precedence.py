"""Operators that SQLite reads in another order than our grammar."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.tokenizer_core import Token

# In SQLite these bind alike, from left to right: https://sqlite.org/lang_expr.html, "Operators, and Parse-Affecting Attributes".
EQUAL = frozenset("= == <> != IS IN LIKE GLOB MATCH REGEXP BETWEEN ISNULL NOTNULL".split())  # noqa: SIM905
NEGATED = frozenset({"IN", "LIKE", "GLOB", "MATCH", "REGEXP", "BETWEEN"})
APART = frozenset("AND OR , SELECT FROM WHERE ON WHEN THEN ELSE END CASE HAVING BY AS LIMIT OFFSET RETURNING VALUES".split())  # noqa: SIM905


def doubtful(words: Sequence[Token]) -> bool:
    """Whether a NOT LIKE, NOT IN or their like follows another comparison without brackets, as in ``x = y NOT LIKE z``."""
    compared, between = [False], [False]
    for word, after in pairwise([*words, None]):
        assert word is not None
        text = word.text.upper()
        if text in {"(", "["}:
            compared.append(False)
            between.append(False)
        elif text in {")", "]"} and len(compared) > 1:
            compared.pop()
            between.pop()
        elif text == "AND" and between[-1]:
            between[-1] = False
        elif text in APART:
            compared[-1] = False
        elif text == "NOT" and after is not None and after.text.upper() in NEGATED and compared[-1]:
            return True
        elif text in EQUAL:
            compared[-1] = True
            between[-1] = between[-1] or text == "BETWEEN"
    return False
