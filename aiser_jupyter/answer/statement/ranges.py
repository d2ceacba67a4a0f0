"""A date cut down to its year, month or day and compared, as the range of moments that it is.

A function over a column keeps an index, a partition or a zone map from being used; the range does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from aiser_jupyter.answer.statement.look import Block

FORMATS = {"%Y": "year", "%Y-%m": "month", "%Y-%m-%d": "day"}
LENGTHS = {4: "year", 7: "month", 10: "day"}
TEXT = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
WRAPPERS = (exp.TsOrDsToTimestamp, exp.TsOrDsToDate, exp.Paren)
UNITS = frozenset({"year", "quarter", "month", "day"})


@dataclass(frozen=True)
class Span:
    """The column that is tested, and the days from ``start`` to before ``end`` that pass."""

    column: exp.Column
    start: date
    end: date


def span(node: exp.Expr, block: Block) -> Span | None:
    """The span that an equality on a function of a date column stands for; None for any other condition."""
    if isinstance(node, exp.Like):
        return like(node, block)
    if not isinstance(node, exp.EQ):
        return None
    side, said = (node.this, node.expression) if isinstance(bare(node.expression), exp.Literal | exp.Cast) else (node.expression, node.this)
    cut = unit(side)
    if cut is None:
        return None
    column, grain = cut
    known = block.column(column)
    if known is None or known.type not in {"date", "timestamp"} or known.stored not in {"", "iso_text"}:
        return None
    start = moment(bare(said), grain, truncated=isinstance(side, exp.TimestampTrunc | exp.DateTrunc))
    return Span(column, start, after(start, grain)) if start is not None else None


def unit(node: exp.Expr) -> tuple[exp.Column, str] | None:  # noqa: PLR0911  # one return a form is the clearest table
    """The column and the grain that a function cuts it to."""
    node = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(node, exp.Year):
        return within(node.this, "year")
    if isinstance(node, exp.Extract):
        return within(node.expression, "year") if node.name.casefold() == "year" or str(node.this).casefold() == "year" else None
    if isinstance(node, exp.Anonymous) and node.name.casefold() == "date_part" and len(node.expressions) == 2:
        return within(node.expressions[1], "year") if node.expressions[0].name.casefold() == "year" else None
    if isinstance(node, exp.TimeToStr):
        grain = FORMATS.get(node.args["format"].name)
        return within(node.this, grain) if grain else None
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        grain = str(node.args["unit"].name).casefold()
        return within(node.this, grain) if grain in UNITS else None
    if isinstance(node, exp.Date | exp.TsOrDsToDate) or (isinstance(node, exp.Cast) and node.to.is_type("date")):
        return within(node.this, "day")
    if (
        isinstance(node, exp.Substring)
        and node.args.get("start") is not None
        and node.args["start"].name == "1"
        and node.args.get("length") is not None
    ):
        length = node.args["length"].name
        grain = LENGTHS.get(int(length)) if length.isdigit() else None
        return within(node.this, grain) if grain else None
    return None


def within(node: exp.Expr, grain: str) -> tuple[exp.Column, str] | None:
    """The column under what only converts it."""
    while isinstance(node, WRAPPERS):
        node = node.this
    return (node, grain) if isinstance(node, exp.Column) else None


def bare(node: exp.Expr) -> exp.Expr:
    """A literal without the cast around it."""
    while isinstance(node, exp.Cast | exp.Paren | exp.TsOrDsToDate | exp.TsOrDsToTimestamp | exp.Date) and isinstance(node.this, exp.Expr):
        node = node.this
    return node


def moment(said: exp.Expr, grain: str, *, truncated: bool) -> date | None:
    """The first day of the period that a literal names; None where it names none of that grain."""
    if not isinstance(said, exp.Literal):
        return None
    found = TEXT.fullmatch(said.name[:10] if truncated else said.name)
    if found is None:
        return None
    parts = [int(part) for part in found.groups() if part]
    wanted = 3 if truncated else {"year": 1, "month": 2, "day": 3}.get(grain, 3)
    if len(parts) != wanted:
        return None
    try:
        start = date(*[*parts, 1, 1][:3])
        after(start, grain)
    except (ValueError, OverflowError):
        return None
    first = {"year": (1, 1), "quarter": ((start.month - 1) // 3 * 3 + 1, 1), "month": (start.month, 1), "day": (start.month, start.day)}[
        grain
    ]
    return start if (start.month, start.day) == first else None


def after(start: date, grain: str) -> date:
    """The first day after the period that begins at ``start``."""
    if grain == "day":
        return start + timedelta(days=1)
    months = {"year": 12, "quarter": 3, "month": 1}[grain]
    place = start.year * 12 + start.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def like(node: exp.Like, block: Block) -> Span | None:
    """``day LIKE '2024-03%'`` on a date that is kept as text."""
    known = block.column(node.this)
    pattern = node.expression.name if isinstance(node.expression, exp.Literal) else ""
    if known is None or known.stored != "iso_text" or not re.fullmatch(r"\d{4}(-\d{2}){0,2}-?%", pattern):
        return None
    text = pattern.rstrip("%").rstrip("-")
    grain = LENGTHS[len(text)]
    start = moment(exp.Literal.string(text), grain, truncated=False)
    return Span(node.this, start, after(start, grain)) if start is not None else None


def condition(found: Span, block: Block, dialect: str) -> exp.Expr:
    """The span as two comparisons of the bare column."""
    known = block.column(found.column)
    as_text = dialect == "sqlite" or (known is not None and known.stored == "iso_text")

    def bound(day: date) -> exp.Expr:
        text = exp.Literal.string(day.isoformat())
        return text if as_text else exp.cast(text, "date")

    low = exp.GTE(this=found.column.copy(), expression=bound(found.start))
    return exp.and_(low, exp.LT(this=found.column.copy(), expression=bound(found.end)))
