"""A column and what is known of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

LogicalType = Literal["integer", "number", "text", "date", "timestamp", "time", "boolean", "other"]


@dataclass(frozen=True)
class ColumnStatistics:
    """Counts over the whole column; ``minimum`` and ``maximum`` as Python values of the logical type, dates also where they are stored as text."""

    rows: int
    nulls: int
    distinct: int
    minimum: int | float | str | date | datetime | None = None
    maximum: int | float | str | date | datetime | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``type`` is what the values mean (a date kept as text is a ``date``), ``db_type`` what the engine calls it, and ``stored`` says
    how a value is written where the two differ (``iso_text``, ``epoch``; empty where they agree). ``summed_only`` is of a column whose own
    values a policy keeps back: it may be averaged, not read.
    """

    name: str
    type: LogicalType
    db_type: str
    nullable: bool = True
    primary: bool = False
    unique: bool = False
    stored: str = ""
    comment: str = ""
    summed_only: bool = False
    statistics: ColumnStatistics | None = None
