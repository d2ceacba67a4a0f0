"""Kinds of values that engines are compared by, and which of them a column, a parameter or a formula has."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Column

# A kind of value: integer, double, text, date, timestamp, boolean, or "decimal" with its digits behind the point, as in "decimal 2".
Kind = str

_TYPES: dict[str, tuple[tuple[str, Kind], ...]] = {
    "postgres": (
        (r"smallint|integer|bigint|int[248]?", "integer"),
        (r"(?:numeric|decimal)\(\s*\d+\s*(?:,\s*(\d+)\s*)?\)", "decimal"),
        (r"double precision|float8", "double"),
        (r"(?:text|varchar|character varying)(?:\(\d+\))?", "text"),
        (r"date", "date"),
        (r"timestamp(?:\(\d\))?(?: without time zone)?", "timestamp"),
        (r"bool(?:ean)?", "boolean"),
    ),
    "mysql": (
        (r"(?:smallint|mediumint|int|integer|bigint)(?:\(\d+\))?(?: unsigned)?|tinyint(?:\((?!1\))\d+\))?(?: unsigned)?", "integer"),
        (r"(?:decimal|numeric)\(\s*\d+\s*(?:,\s*(\d+)\s*)?\)", "decimal"),
        (r"double", "double"),
        (r"(?:tiny|medium|long)?text|(?:var)?char\(\d+\)|varchar", "text"),
        (r"date", "date"),
        (r"datetime(?:\(\d\))?", "timestamp"),
    ),
    "sqlite": ((r"integer|int|bigint|smallint", "integer"), (r"(?:text|varchar|nvarchar|char)(?:\s*\(\d+\))?", "text"), (r"real|double|float", "double")),
    "": (
        (r"smallint|int|integer|bigint|int[248]|long", "integer"),
        (r"(?:decimal|numeric|number)\(\s*\d+\s*(?:,\s*(\d+)\s*)?\)", "decimal"),
        (r"date", "day"),  # Oracle's holds a time too
        (r"(?:n?varchar2?|text|string)(?:\(.*\))?", "text"),
    ),
}  # fmt: skip


def of_column(column: Column, engine: str) -> Kind | None:
    """What a column's values are; None where that is not one of the kinds compared here."""
    written = column.db_type.strip().lower()
    for pattern, kind in _TYPES.get(engine, _TYPES[""]):
        if found := re.fullmatch(pattern, written):
            return f"decimal {found[1] or 0}" if kind == "decimal" else None if kind == "day" else kind
    return None


def is_number(kind: Kind) -> bool:
    """Whether values of that kind are numbers."""
    return kind in {"integer", "double"} or kind.startswith("decimal")


def combined(part: exp.Expr, one: Kind, other: Kind) -> Kind:
    """The kind of a sum, difference or product."""
    if "double" in {one, other}:
        return "double"
    digits = [int(kind.split()[1]) if " " in kind else 0 for kind in (one, other)]
    if one == other == "integer":
        return "integer"
    return f"decimal {sum(digits) if isinstance(part, exp.Mul) else max(digits)}"


def of_value(value: object) -> Kind | None:  # noqa: PLR0911  # one return a type is the clearest table
    """The kind of a parameter's value; None where it is none of those compared."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "double"
        case Decimal():
            return f"decimal {max(-int(value.as_tuple().exponent), 0)}" if value.is_finite() else None
        case str():
            return "text"
        case datetime():
            return "timestamp" if value.tzinfo is None else None
        case date():
            return "date"
    return None
