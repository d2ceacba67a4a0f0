"""A figure of a part of the rows, as a percentage of all of them, or against that of another part: the change from 2023 to 2024."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate.expression import REAL, arithmetic, part_of, rows
from aiser_jupyter.ask.restate.say import say, words

if TYPE_CHECKING:
    from aiser_jupyter.ask.restate.scope import Scope

HUNDRED = frozenset({"100", "100.0"})


@dataclass(frozen=True)
class Part:
    """A figure over the rows that pass a test: the ``whole`` figure, and the test as ``only``."""

    whole: exp.Expr
    only: str


@words(exp.Mul)
def _product(node: exp.Binary, scope: Scope) -> str:
    return change(node, scope) or arithmetic(node, scope)


def percent(node: exp.Expr, scope: Scope) -> str:
    """``percent of orders where shipped date is after required date`` for a hundred times a part by its whole; else empty."""
    left = node.left.unnest() if isinstance(node, exp.Div) else None
    if isinstance(left, exp.Cast) and isinstance(left.to.this, exp.DataType.Type) and left.to.this.value in REAL:
        left = left.this.unnest()  # so that the division has a fraction
    if left is None or not isinstance(left, exp.Mul) or not hundred(left.left):
        return ""
    part = of_part(left.right.unnest(), scope)
    if part is None or not isinstance(node, exp.Div) or part.whole != bare(node.right):
        return ""
    return f"percent of {rows(scope) if isinstance(part.whole, exp.Count) else say(part.whole, scope)} {part.only}"


def change(node: exp.Expr, scope: Scope) -> str:
    """``percent change of total amount from 2023 to 2024`` for what a part is above another, in percent of that; else empty."""
    inner = node.right.unnest() if isinstance(node, exp.Mul) and hundred(node.left) else None
    if not isinstance(inner, exp.Sub) or not isinstance(inner.right, exp.Literal) or inner.right.name not in {"1", "1.0"}:
        return ""
    ratio = inner.left.unnest()
    now, then = (of_part(bare(side), scope) for side in (ratio.left, ratio.right)) if isinstance(ratio, exp.Div) else (None, None)
    if now is None or then is None or now.whole != then.whole:
        return ""
    return f"percent change of {say(now.whole, scope)} from {then.only.removeprefix('in ')} to {now.only.removeprefix('in ')}"


def difference(node: exp.Expr, scope: Scope) -> str:
    """``total amount in 2024 less that in 2023``; empty for anything else."""
    one, other = (of_part(side.unnest(), scope) for side in (node.left, node.right)) if isinstance(node, exp.Sub) else (None, None)
    if one is None or other is None or one.whole != other.whole:
        return ""
    return f"{say(one.whole, scope)} {one.only} less that {other.only}"


def of_part(node: exp.Expr, scope: Scope) -> Part | None:
    """A sum, mean or count of a CASE of one test as the figure and the test; None for any other."""
    inner = node.this.unnest() if isinstance(node, exp.Sum | exp.Avg | exp.Count) and node.this else None
    if not isinstance(inner, exp.Case | exp.If) or (found := part_of(inner, zero=isinstance(node, exp.Sum))) is None:
        return None
    value, test = found
    ones = isinstance(value, exp.Literal)
    if ones and (value.name != "1" or isinstance(node, exp.Avg)):
        return None
    whole = exp.Count(this=exp.Star()) if ones else type(node)(this=value.copy())
    return Part(whole, say(exp.Where(this=test.copy()), scope))


def bare(node: exp.Expr) -> exp.Expr:
    """A divisor without what keeps it from being 0 and what makes it a fraction."""
    node = nonzero(node)
    node = unscaled(node.this if isinstance(node, exp.Cast) else node)
    return exp.Count(this=exp.Star()) if isinstance(node, exp.Count) and isinstance(node.this, exp.Star) else node


def unscaled(node: exp.Expr) -> exp.Expr:
    """A value without the factor 1.0 that makes a division real."""
    node = node.unnest()
    if isinstance(node, exp.Mul):
        for factor, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(factor, exp.Literal) and factor.name in {"1", "1.0"}:
                return other.unnest()
    return node


def nonzero(node: exp.Expr) -> exp.Expr:
    """A divisor without the guard against zero."""
    node = node.unnest()
    guarded = isinstance(node, exp.Nullif) and isinstance(node.expression, exp.Literal) and node.expression.name == "0"
    return node.this.unnest() if guarded else node


def hundred(node: exp.Expr) -> bool:
    """Whether a value is what makes a percentage of a share."""
    return isinstance(node, exp.Literal) and node.name in HUNDRED
