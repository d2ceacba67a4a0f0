"""A number as the label of the range that it lies in, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Ranges


def by_range(ranges: Ranges, column: exp.Expr) -> exp.Expr:
    """The label of the first range that ``column`` is not above; a missing number has none."""
    tests = [
        exp.If(
            this=(exp.LTE if inclusive else exp.LT)(this=column.copy(), expression=exp.Literal.number(f"{bound:g}")),
            true=exp.Literal.string(label),
        )
        for (bound, inclusive), label in zip(ranges.bounds, ranges.labels[:-1], strict=True)
    ]
    last = exp.If(this=exp.not_(exp.Is(this=column.copy(), expression=exp.Null())), true=exp.Literal.string(ranges.labels[-1]))
    return exp.Case(ifs=[*tests, last])
