"""What means the same on another engine as in DuckDB, kind by kind of value: the reviewed list of what its server may do for us.

A statement over several connections is one of DuckDB. What is not listed here is done by DuckDB over the rows, never guessed. The reasons why
things are missing, as read in the manuals and tried on the servers: ``/`` truncates integers in PostgreSQL; MySQL compares text without
case and trailing blanks, and its ``avg`` of decimals keeps four digits more and no others; text is ordered by the server's collation;
``real`` compares with ``0.1`` in two ways; a ``timestamptz`` becomes a day in the session's zone; SQLite adds text as 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query import kinds

if TYPE_CHECKING:
    from aiser_jupyter.query.kinds import Kind

EXACT, WIDER, NO = 2, 1, 0  # the same rows; these rows and perhaps more; not known

# Engines whose servers may group and join for us, with what they may call.
_CALLS: dict[str, frozenset[str]] = {
    "postgres": frozenset({"count", "sum", "min", "max", "avg", "abs", "coalesce", "date_trunc"}),
    "mysql": frozenset({"count", "sum", "min", "max"}),
}
_DAYS = frozenset({"date", "timestamp"})
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


class Unlike(Exception):  # noqa: N818 -- an answer, not an error of the program
    """Says what may mean something else on the engine."""


def groups_on(engine: str) -> bool:
    """Whether the engine's server may run whole statements for us."""
    return engine in _CALLS


def calls_on(engine: str) -> frozenset[str]:
    """The functions that the engine's server may call for us, in lower case."""
    return _CALLS.get(engine, frozenset())


def groupable(kind: Kind | None, engine: str) -> bool:
    """Whether values of the kind fall into the same groups there."""
    return kind is not None and (kind != "text" or engine == "postgres")


def is_moment(literal: exp.Expr) -> bool:
    """Whether a text is a day or a time that is read alike everywhere."""
    return _ISO.fullmatch(literal.name) is not None


def compared(part: exp.Expr, sides: tuple[exp.Expr, exp.Expr], found: tuple[Kind | None, Kind | None], engine: str) -> int:  # noqa: PLR0911  # one return a pair of kinds
    """How sure a comparison of two sides, of these kinds, keeps the same rows."""
    (left, right), (one, other) = sides, found
    if one is None or other is None:
        return NO
    if kinds.is_number(one) and kinds.is_number(other):
        return EXACT
    if one == other == "text" or {one, other} == {"text", "literal"}:
        if isinstance(part, _ORDERED) or not plain_text(engine, left, right):
            return NO
        if engine == "postgres":
            return EXACT
        return WIDER if isinstance(part, exp.EQ | exp.In) and not isinstance(part.parent, exp.Not) else NO
    if {one, other} <= _DAYS:
        return EXACT
    literal = left if one == "literal" else right
    if {one, other} & _DAYS and "literal" in {one, other} and is_moment(literal):
        return EXACT
    return EXACT if one == other == "boolean" and engine == "postgres" else NO


def null_told(kind: Kind | None, engine: str) -> int:
    """How sure ``IS NULL`` of a value of the kind keeps the same rows."""
    # MySQL keeps days of all zeros, which its drivers give as nothing.
    return EXACT if kind is not None and not (engine == "mysql" and kind in _DAYS) else NO


def liked(part: exp.Like, kind: Kind | None, engine: str) -> int:
    """How sure LIKE with a pattern that is written out keeps the same rows."""
    pattern = part.expression.name
    if kind != "text" or "\\" in pattern or engine not in {"postgres", "mysql", "sqlite"}:
        return NO
    if not plain_text(engine, part.expression):
        return NO
    return EXACT if engine == "postgres" else WIDER


def plain_text(engine: str, *parts: exp.Expr) -> bool:
    """Whether texts are written alike everywhere: a backslash is not in MySQL, and a letter may be missing from a database's own set."""
    texts = [part.name for part in parts if isinstance(part, exp.Literal) and part.is_string]
    if engine == "postgres":
        return all("\0" not in text for text in texts)
    return all("\\" not in text and text.isascii() and "\0" not in text for text in texts)
