"""Values seen against other rows: ranks, running totals, shares, previous rows; and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.expression import arithmetic, conditional, kind
from aiser_jupyter.ask.restate.parts import difference, nonzero, percent, unscaled
from aiser_jupyter.ask.restate.say import raw, say, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.ask.restate.scope import Scope

DIRECTIONS = {
    "number": ("smallest first", "largest first"),
    "time": ("oldest first", "newest first"),
    "text": ("A to Z", "Z to A"),
    "": ("ascending", "descending"),
}
PRECEDING = ["CURRENT ROW", "PRECEDING", "ROWS"]  # where a window ends, which way it goes and what it counts
RANKS = {
    "Rank": "rank",
    "DenseRank": "dense rank",
    "RowNumber": "row number",
    "PercentRank": "percent rank",
    "CumeDist": "cumulative share",
}


def ordering(order: exp.Order, scope: Scope, *, alone: str = "", per: str = "", named: Mapping[str, str] | None = None) -> str:
    """``by total freight, largest first``; a key is left out where its direction can mean no other: the one measure, or the one date or name it is per."""
    keys = []
    for key in order.expressions:
        if not isinstance(key, exp.Ordered):
            return f"ordered {raw(order, scope)}"
        said = say(key.this, scope)
        direction = DIRECTIONS[kind(key.this, scope)][bool(key.args.get("desc"))]
        missing = nulls(key, scope)
        clear = said == alone or (said == per and kind(key.this, scope) in {"time", "text"})
        keys.append(
            f"{direction}{missing}"
            if clear and len(order.expressions) == 1
            else f"by {(named or {}).get(said, said)}, {direction}{missing}"
        )
    return ", then ".join(keys)


def nulls(key: exp.Ordered, scope: Scope) -> str:
    """Where missing values go, said only where it is not the engine's own habit."""
    habit = str(Dialect.get_or_raise(scope.dialect).NULL_ORDERING)
    usual = habit != "nulls_are_last" and bool(key.args.get("desc")) != (habit == "nulls_are_small")
    first = bool(key.args.get("nulls_first"))
    return "" if first == usual else f", missing values {'first' if first else 'last'}"


@words(exp.Window)
def window(node: exp.Window, scope: Scope) -> str:  # noqa: PLR0911  # one return a kind of window is the clearest table
    """A value over a window: a rank, the previous or next, a running or an overall figure."""
    inner, order = node.this, node.args.get("order")
    if (
        node.args.get("alias") is not None
        or (node.args.get("over") not in {None, "OVER"})
        or isinstance(inner, exp.IgnoreNulls | exp.RespectNulls)
    ):
        return raw(node, scope)
    parts = node.args.get("partition_by") or []
    within = f" within each {phrase.listing([say(p, scope) for p in parts])}" if parts else ""
    along = f" {ordering(order, scope)}" if order else ""
    frame = node.args.get("spec")
    if (back := before(frame)) and isinstance(inner, exp.Avg):
        return f"(moving average of {say(inner.this, scope)} over the row and the {back} before it{along}{within})"
    if frame is not None:
        return f"({say(inner, scope)}{along}{within}, over {raw(frame, scope)})"
    name = type(inner).__name__ if not isinstance(inner, exp.Anonymous) else "".join(w.capitalize() for w in inner.name.lower().split("_"))
    if name in RANKS:
        return f"({RANKS[name]}{along}{within})"
    if isinstance(inner, exp.Lag | exp.Lead):
        offset = inner.args.get("offset")
        far = f" {offset.name} rows away" if offset is not None and offset.name != "1" else ""
        if inner.args.get("default") is not None:
            return raw(node, scope)
        return f"{'previous' if isinstance(inner, exp.Lag) else 'next'} {say(inner.this, scope)}{far} (in order{along}{within})"
    said = say(inner, scope)
    if order:
        return f"(running {said}{along}{within})"
    return f"({said}{within or ' over all'})"


def before(frame: exp.Expr | None) -> str:
    """How many rows before its own a window goes back to, where it ends at its own; else empty."""
    if frame is None or [str(frame.args.get(key)).upper() for key in ("end", "start_side", "kind")] != PRECEDING:
        return ""
    start = frame.args.get("start")
    return start.name if isinstance(start, exp.Literal) and not frame.args.get("exclude") else ""


@words(exp.Sub)
def growth(node: exp.Sub, scope: Scope) -> str:
    """A value over its previous one, less one, is a relative change."""
    part = node.left.unnest()
    one = isinstance(node.right, exp.Literal) and node.right.name in {"1", "1.0"}
    if not one or not isinstance(part, exp.Div):
        return difference(node, scope) or arithmetic(node, scope)
    now, before = unscaled(part.left), nonzero(part.right)
    order = before.args.get("order") if isinstance(before, exp.Window) else None
    if not (
        isinstance(before, exp.Window)
        and isinstance(before.this, exp.Lag)
        and before.this.this == now
        and not before.this.args.get("offset")
        and order
    ):
        return arithmetic(node, scope)
    parts = before.args.get("partition_by") or []
    within = f" within each {phrase.listing([say(p, scope) for p in parts])}" if parts else ""
    return f"relative change of {say(now, scope)} from the row before ({ordering(order, scope)}{within})"


REAL = frozenset({"duckdb", "mysql", "snowflake", "bigquery"})  # here a division of whole numbers has a fraction


def real(node: exp.Div) -> exp.Div:
    """A division without the factor 1.0 that makes it one of real numbers, between two aggregates."""
    plain = unscaled(node.left)
    if plain is node.left.unnest() or not isinstance(plain, exp.AggFunc):
        return node
    bare = node.copy()
    bare.set("this", plain.copy())
    return bare


@words(exp.Div)
def share(node: exp.Div, scope: Scope) -> str:
    """A division by the total of the same over all rows is a share."""
    part, scale = node.left.unnest(), ""
    part = part.this.unnest() if isinstance(part, exp.Cast) else part
    whole = nonzero(node.right)
    if isinstance(part, exp.Mul) and isinstance(part.left, exp.Literal) and part.left.name in {"100", "100.0"}:
        part, scale = part.right.unnest(), "percent "
    part = unscaled(part)
    uncast = part.this if isinstance(part, exp.Cast) else part
    if (
        isinstance(whole, exp.Window)
        and isinstance(whole.this, exp.Sum)
        and whole.this.this == uncast
        and not whole.args.get("order")
        and not whole.args.get("spec")
    ):
        parts = whole.args.get("partition_by") or []
        of = f" within each {phrase.listing([say(p, scope) for p in parts])}" if parts else ""
        return f"{scale}share of {say(uncast, scope)}{of}"
    if (
        isinstance(part, exp.Sum)
        and isinstance(whole, exp.Sum)
        and isinstance(part.this, exp.Case)
        and part.this.args["ifs"][0].args["true"].unnest() == whole.this.unnest()
        and (only := conditional(part.this, scope, zero=True))
    ):
        return f"{scale}share of total {only}"
    return percent(node, scope) or arithmetic(real(node) if scope.dialect in REAL else node, scope)


@words(exp.Filter)
def _filtered(node: exp.Filter, scope: Scope) -> str:
    return f"{say(node.this, scope)} (only {say(exp.Where(this=node.expression.this.copy()), scope)})"
