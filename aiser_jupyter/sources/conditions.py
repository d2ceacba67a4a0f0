"""A WHERE as plain data, for servers that do not speak SQL: comparisons of one column with constants, joined by AND and OR."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Op = Literal["=", "<>", "<", "<=", ">", ">=", "in", "not in", "null", "not null", "starts"]
Constant = int | float | Decimal | str | bool | date | datetime

_BINARY: dict[type[exp.Expr], Op] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MIRRORED: dict[Op, Op] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED: dict[Op, Op] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "in": "not in", "not in": "in", "null": "not null", "not null": "null",
}  # fmt: skip
_DATES = {exp.DType.DATE}
_MOMENTS = {exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME}
_PLAIN_PREFIX = re.compile(r"(?P<prefix>[^%_\\]+)%")
_MISSING = object()


@dataclass(frozen=True)
class Filter:
    """A column compared with a constant; ``value`` is a tuple of constants for ``in`` and ``not in``, None for ``null`` and ``not null``.

    As in SQL, nothing but ``null`` holds for a missing value. ``starts`` holds for text that begins with ``value``.
    """

    column: str
    op: Op
    value: Constant | tuple[Constant, ...] | None = None


@dataclass(frozen=True)
class AnyOf:
    """Holds where one of ``parts`` does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AllOf:
    """Holds where all ``parts`` do."""

    parts: tuple[Condition, ...]


Condition = Filter | AnyOf | AllOf


def conditions(where: exp.Expr | None, params: Mapping[str, object]) -> tuple[tuple[Condition, ...], bool]:
    """Those parts of ``where`` that must all hold and can be said as conditions, and whether they say all of it.

    ``where`` is a sqlglot tree over bare columns, ``params`` the values of its placeholders.
    """
    parts = list(_conjuncts(where))
    found = [condition for part in parts if (condition := _read(part, params, negated=False)) is not None]
    return tuple(found), len(found) == len(parts)


def columns_of(condition: Condition) -> Iterator[str]:
    """The columns that ``condition`` looks at."""
    if isinstance(condition, Filter):
        yield condition.column
    else:
        for part in condition.parts:
            yield from columns_of(part)


def described(condition: Condition) -> str:
    """``condition`` in words, as a result's route shows it; constants are shown, so it is for the asker's eyes alone."""
    if isinstance(condition, Filter):
        if condition.op in {"null", "not null"}:
            return f"{condition.column} is {condition.op}"
        return f"{condition.column} {condition.op} {condition.value!r}"
    word = " or " if isinstance(condition, AnyOf) else " and "
    return "(" + word.join(map(described, condition.parts)) + ")"


def _conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And | exp.Paren):
        yield from _conjuncts(node.this)
    elif node is not None:
        yield node


def _read(node: exp.Expr, params: Mapping[str, object], *, negated: bool) -> Condition | None:
    """``node`` (or its negation) as a condition that is true exactly where it is; None where there is none."""
    if isinstance(node, exp.Paren):
        return _read(node.this, params, negated=negated)
    if isinstance(node, exp.Not):
        return _read(node.this, params, negated=not negated)
    if isinstance(node, exp.And | exp.Or):
        parts = tuple(_read(part, params, negated=negated) for part in (node.left, node.right))
        both = tuple(part for part in parts if part is not None)
        if len(both) < 2:
            return None
        return AllOf(both) if isinstance(node, exp.And) is not negated else AnyOf(both)
    leaf = _leaf(node, params)
    return leaf if leaf is None or not negated else _negation(leaf)


def _negation(leaf: Condition) -> Condition | None:
    """What holds where ``leaf`` is false; where it is unknown, neither does."""
    if isinstance(leaf, Filter):
        op = _NEGATED.get(leaf.op)
        return None if op is None else Filter(leaf.column, op, leaf.value)
    parts = tuple(_negation(part) for part in leaf.parts)
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts):
        return None
    return AnyOf(known) if isinstance(leaf, AllOf) else AllOf(known)


def _leaf(node: exp.Expr, params: Mapping[str, object]) -> Condition | None:  # noqa: PLR0911  # one return a kind of node
    if isinstance(node, exp.Column):
        return Filter(node.name, "=", value=True)
    if type(node) in _BINARY:
        return _comparison(node, _BINARY[type(node)], params)
    column = node.this.name if isinstance(node.this, exp.Column) else None
    if column is None:
        return None
    if isinstance(node, exp.Is):
        return Filter(column, "null") if isinstance(node.expression, exp.Null) else None
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        low, high = (_constant(node.args[side], params) for side in ("low", "high"))
        if low is _MISSING or high is _MISSING:
            return None
        return AllOf((Filter(column, ">=", low), Filter(column, "<=", high)))  # pyright: ignore[reportArgumentType]
    if isinstance(node, exp.In) and not any(node.args.get(key) for key in ("query", "unnest", "field")):
        values = tuple(_constant(item, params) for item in node.expressions)
        if not values or _MISSING in values:
            return None
        return Filter(column, "in", values)  # pyright: ignore[reportArgumentType]
    if isinstance(node, exp.Like):
        pattern = _constant(node.expression, params)
        prefix = _PLAIN_PREFIX.fullmatch(pattern) if isinstance(pattern, str) else None
        return Filter(column, "starts", prefix["prefix"]) if prefix else None
    return None


def _comparison(node: exp.Expr, op: Op, params: Mapping[str, object]) -> Condition | None:
    left, right = node.this, node.expression
    if isinstance(right, exp.Column):
        left, right, op = right, left, _MIRRORED[op]
    if not isinstance(left, exp.Column):
        return None
    value = _constant(right, params)
    return None if value is _MISSING else Filter(left.name, op, value)  # pyright: ignore[reportArgumentType]


def _constant(node: exp.Expr, params: Mapping[str, object]) -> object:
    """The constant that ``node`` writes, of the type the engine gives it; a mark where it is none, or NULL."""
    if isinstance(node, exp.Paren):
        return _constant(node.this, params)
    if isinstance(node, exp.Placeholder):
        value = params.get(node.name)
        return value if isinstance(value, Constant) else _MISSING
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        value = _constant(node.this, params)
        return -value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else _MISSING
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        return _moment(node.this.name, node.to.this)
    return _literal(node) if isinstance(node, exp.Literal) else _MISSING


def _literal(node: exp.Literal) -> object:
    if node.is_string:
        return node.name
    text = node.name
    with suppress(ValueError, ArithmeticError):
        if "e" in text.lower():
            return float(text)
        return Decimal(text) if "." in text else int(text)
    return _MISSING


def _moment(text: str, kind: object) -> object:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", text):
        return _MISSING
    with suppress(ValueError):
        if kind in _DATES and len(text) == 10:
            return date.fromisoformat(text)
        if kind in _MOMENTS:
            return datetime.fromisoformat(text)
    return _MISSING
