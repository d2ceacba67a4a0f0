"""The typed logical form between a question and its SQL: what is asked, without dialect, joins or layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Aggregate = Literal["", "count", "sum", "avg", "min", "max", "median", "defined"]
Operator = Literal["=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "between", "is null", "is not null", "holds"]
Grain = Literal["day", "week", "month", "quarter", "year", "month_of_year", "quarter_of_year"]
Window = Literal["", "share", "running", "growth", "percentile"]
Scalar = int | float | str


@dataclass(frozen=True, order=True)
class ColumnRef:
    """A column of a table."""

    table: str
    column: str


@dataclass(frozen=True, order=True)
class Star:
    """The rows of a table, as in ``count(*)``."""

    table: str


@dataclass(frozen=True, order=True)
class Formula:
    """A business measure made of columns of one row: ``factors`` multiplied, less a ``discount`` share."""

    name: str
    factors: tuple[ColumnRef, ...]
    discount: ColumnRef | None = None


@dataclass(frozen=True, order=True)
class Bucket:
    """A date column cut to the start of its day, week, month, quarter or year.

    ``shift`` months are added to the date first, and taken off the start of a quarter again: so a fiscal year gets its number.
    """

    column: ColumnRef
    grain: Grain
    shift: int = 0


@dataclass(frozen=True, order=True)
class Defined:
    """What the semantic model calls ``name``: ``sql`` over ``columns`` of a row of ``table``, or over aggregates, ``parts``, that it calls p0, p1 ….

    ``aggregate`` is how it is summed up; ``defined`` where ``sql`` does so itself. An item of it has the same one, a condition that is no
    comparison the operator ``holds``.
    """

    name: str
    sql: str
    table: str
    columns: tuple[ColumnRef, ...] = ()
    parts: tuple[Item, ...] = ()
    aggregate: Aggregate = ""


Expression = ColumnRef | Star | Formula | Bucket | Defined


@dataclass(frozen=True)
class Item:
    """A value of the result: an expression, perhaps aggregated, perhaps divided by ``scale``, perhaps seen against the other rows by ``window``.

    With ``among`` it is the share, in percent, that the rows which pass these tests have in the whole.
    """

    expression: Expression
    aggregate: Aggregate = ""
    distinct: bool = False
    window: Window = ""
    scale: float = 1.0
    among: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A test on a value: against literals, a column or the result of another plan."""

    item: Item
    operator: Operator
    values: tuple[Scalar, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True)
class Order:
    """How rows are ordered."""

    item: Item
    descending: bool = False


@dataclass(frozen=True)
class Plan:
    """One query. ``tables`` are those that must be joined in though no column of theirs is named.

    ``either`` joins the conditions by OR. ``rank_within`` numbers the rows inside each value of a grouped item, so that ``limit`` holds
    for each of them; with ``ties`` rows equal to the last one are kept too. ``compound`` is a set operation with a second plan.
    """

    select: tuple[Item, ...]
    tables: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    either: bool = False
    group: tuple[Expression, ...] = ()
    having: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    distinct: bool = False
    rank_within: tuple[Expression, ...] = ()
    ties: bool = False
    compound: tuple[Literal["intersect", "union", "except"], Plan] | None = field(default=None)
