"""The rows of a forecast as a statement of their own: the numbers that a model made and no table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlglot.expressions import Expr


def statement(grain: str, starts: Sequence[date], columns: Mapping[str, Sequence[float]], dialect: str) -> str:
    """A query, in ``dialect``, that yields the forecast's ``columns`` by the first day of each period, as text."""
    from sqlglot import exp

    # Each dialect has other words for a day, and all have the same for a text.
    rows = [
        exp.select(
            exp.alias_(exp.Literal.string(start.isoformat()), grain, quoted=True),
            *(exp.alias_(number(values[place]), name, quoted=True) for name, values in columns.items()),
        )
        for place, start in enumerate(starts)
    ]
    # Oracle selects from something.
    rows = [row.from_("dual") for row in rows] if dialect == "oracle" else rows
    return (rows[0] if len(rows) == 1 else exp.union(*rows, distinct=False)).sql(dialect=dialect or None, pretty=True)


def number(value: float) -> Expr:
    """A number that reads back as it is."""
    from sqlglot import exp

    return exp.Literal.number(repr(float(value)))
