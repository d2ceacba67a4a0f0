"""The typed logical form between a question and its SQL: what is asked, without dialect, joins or layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Aggregate = Literal["", "count", "sum", "avg", "min", "max", "median", "stddev", "quantile", "defined"]
Operator = Literal[
    "=", "!=", ">", "<", ">=", "<=", "like", "not like", "ilike", "in", "not in", "between", "is null", "is not null", "holds"
]
Grain = Literal["day", "week", "month", "quarter", "year", "month_of_year", "quarter_of_year", "weekday", "weekend", "hour_of_day"]
Window = Literal["", "share", "running", "growth", "percentile", "exists", "gap", "moving", "first", "retained", "change", "peers"]
Told = Literal["against", "less", "plus"]
Scalar = int | float | str
BASE = "base"  # what the rows of a nested plan are called
PERCENT = 0.01  # the scale of a ratio that is told in percent


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
    """A business measure made of columns of one row: ``factors`` multiplied, less a ``discount`` share, less another column."""

    name: str
    factors: tuple[ColumnRef, ...]
    discount: ColumnRef | None = None
    less: ColumnRef | None = None


@dataclass(frozen=True, order=True)
class Bucket:
    """A date column cut to the start of its day, week, month, quarter or year, or to what it is within a year or week.

    ``shift`` months are added to the date first, and taken off the start of a quarter again: so a fiscal year gets its number.
    """

    column: ColumnRef
    grain: Grain
    shift: int = 0


@dataclass(frozen=True, order=True)
class Days:
    """The whole days from one date of a row to another, or the seconds where ``unit`` says so."""

    start: ColumnRef
    end: ColumnRef
    unit: Literal["", "second"] = ""


@dataclass(frozen=True, order=True)
class Band:
    """A number cut to whole steps of ``width``."""

    column: ColumnRef
    width: float


@dataclass(frozen=True, order=True)
class Ranges:
    """A number by the range that it lies in: ``bounds`` between neighbouring ranges, each with whether it belongs to the lower one, and their ``labels``."""

    column: ColumnRef
    bounds: tuple[tuple[float, bool], ...]
    labels: tuple[str, ...]

    @property
    def table(self) -> str:
        """The table of the column."""
        return self.column.table


@dataclass(frozen=True, order=True)
class Upper:
    """A column of the row that ``key`` points to in its own table, such as the name of an employee's manager."""

    column: ColumnRef
    key: ColumnRef
    target: ColumnRef


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


Expression = ColumnRef | Star | Formula | Bucket | Days | Band | Ranges | Upper | Defined


@dataclass(frozen=True)
class Item:
    """A value of the result: an expression, perhaps aggregated, perhaps divided by ``scale``, perhaps seen against the other rows by ``window``.

    With ``among`` it is the share, in percent, that the rows which pass these tests have in the whole. With ``over`` it is divided by another
    value. ``fraction`` says which quantile. The window "exists" asks whether a count is above 0, "gap" for the days since the row before.
    With ``only`` the rows that pass these tests alone are aggregated, ``less`` is taken from it; the window "change" makes the change on
    ``less`` in percent of it. "moving" is the mean of so many ``rows`` up to this one, "first" the least, "retained" the percentage
    of the greatest and "peers" the mean, of those equal in ``within``.
    """

    expression: Expression
    aggregate: Aggregate = ""
    distinct: bool = False
    window: Window = ""
    scale: float = 1.0
    among: tuple[Condition, ...] = ()
    over: Item | None = None
    fraction: float = 0.5
    within: tuple[Expression, ...] = ()
    only: tuple[Condition, ...] = ()
    less: Item | None = None
    rows: int = 0


@dataclass(frozen=True)
class Condition:
    """A test on a value: against literals, another value of the row or the result of another plan."""

    item: Item
    operator: Operator
    values: tuple[Scalar, ...] = ()
    plan: Plan | None = None
    other: Item | None = None


@dataclass(frozen=True)
class Order:
    """How rows are ordered."""

    item: Item
    descending: bool = False


@dataclass(frozen=True)
class Plan:
    """One query. ``tables`` are those that must be joined in though no column of theirs is named.

    ``either`` joins the conditions by OR. ``rank_within`` numbers the rows inside each value of a grouped item, so that ``limit`` holds
    for each of them; with ``ties`` rows equal to the last one are kept too, with ``place`` those at the last place alone. ``compound`` is a set operation with a second plan,
    or, where its figure is of the same groups, how that is told beside this one's: in percent of it ("against"), taken from it or added to it.
    ``via`` are columns whose keys joins go along where several link the same two tables. ``source`` is a plan whose rows are read instead
    of a table's; its columns are those of table BASE.
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
    compound: tuple[Literal["intersect", "union", "except"] | Told, Plan] | None = field(default=None)
    via: tuple[ColumnRef, ...] = ()
    source: Plan | None = None
    place: bool = False


def leaves(expression: Expression) -> tuple[ColumnRef | Star, ...]:
    """The columns, or rows of a table, that an expression is made of."""
    if isinstance(expression, Defined):
        inside = expression.parts or (expression.columns and expression.columns[0].table == expression.table)
        own = () if inside else (Star(expression.table),)
        return (*own, *expression.columns, *(leaf for part in expression.parts for leaf in leaves(part.expression)))
    if isinstance(expression, Formula):
        return (*expression.factors, *(ref for ref in (expression.discount, expression.less) if ref))
    if isinstance(expression, Days):
        return (expression.start, expression.end)
    if isinstance(expression, Upper):
        return (expression.key,)
    return (expression.column,) if isinstance(expression, (Bucket, Band, Ranges)) else (expression,)
