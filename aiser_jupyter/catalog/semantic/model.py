"""The types of a semantic model: plain data, each with the line it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Format = Literal["", "money", "percent", "share", "count", "number"]
FORMATS: tuple[Format, ...] = ("money", "percent", "share", "count", "number")
VERSION = 1


@dataclass(frozen=True)
class Place:
    """Where something was written: a file of the workspace, line and column from 1; line 0 for what no file says."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}, line {self.line}" + (f", column {self.column}" if self.column else "")

    @property
    def short(self) -> str:
        """``semantic.yaml line 12``: the place inside a sentence."""
        return f"{self.file.rpartition('/')[2]} line {self.line}" if self.line else self.file


NOWHERE = Place()


@dataclass(frozen=True)
class Metric:
    """A number worth asking for: ``sql`` aggregates rows of ``table``, or ``formula`` is arithmetic on other metrics by name.

    ``table`` may be empty where ``sql`` names its columns' tables. ``filter`` is a filter's name or a condition that rows must pass, ``time`` the
    date that a period means, ``reason`` why it is proposed. ``whole`` says that ``sql`` is a measure of its source, aggregated there; ``said`` is
    the definition as it was written.
    """

    name: str
    table: str = ""
    sql: str = ""
    reason: str = ""
    formula: str = ""
    ratio: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    description: str = ""
    unit: str = ""
    format: Format = ""
    filter: str = ""
    time: str = ""
    whole: bool = False
    place: Place = field(default=NOWHERE, compare=False)
    said: str = field(default="", compare=False)


@dataclass(frozen=True)
class Dimension:
    """Something to group by: a column, or ``sql`` over the columns of a row."""

    name: str
    table: str = ""
    column: str = ""
    sql: str = ""
    synonyms: tuple[str, ...] = ()
    description: str = ""
    place: Place = field(default=NOWHERE, compare=False)
    said: str = field(default="", compare=False)


@dataclass(frozen=True)
class Filter:
    """A named condition, such as "active customers"."""

    name: str
    sql: str
    table: str = ""
    synonyms: tuple[str, ...] = ()
    description: str = ""
    place: Place = field(default=NOWHERE, compare=False)
    said: str = field(default="", compare=False)


@dataclass(frozen=True)
class Hierarchy:
    """Columns from the coarsest to the finest, each as ``table.column``."""

    name: str
    levels: tuple[str, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Join:
    """``sql`` is ``many.column = one.column``, joined by AND where there are several: each row on the left has at most one on the right."""

    sql: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class FiscalYear:
    """The month in which the year begins (1–12), and whether FY24 ends or starts in 2024."""

    starts: int = 1
    named: Literal["end", "start"] = "end"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class ColumnMeaning:
    """What people call a column and its values: ``values`` pairs a stored value with the words for it."""

    name: str
    synonyms: tuple[str, ...] = ()
    description: str = ""
    unit: str = ""
    format: Format = ""
    hidden: bool = False
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class TableMeaning:
    """What people call a table: ``time`` is the date that a period means, ``label`` the columns that name a row, ``hidden`` that nobody asks for it."""

    name: str
    synonyms: tuple[str, ...] = ()
    description: str = ""
    time: str = ""
    label: tuple[str, ...] = ()
    hidden: bool = False
    columns: tuple[ColumnMeaning, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class VerifiedQuery:
    """A question with the SQL that a person found right for it; ``on`` is the connection, empty for any that the file is for; ``date`` is ISO."""

    question: str
    sql: str
    on: str = ""
    verified_by: str = ""
    date: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Unread:
    """A definition of another tool that could not be taken over, and why."""

    what: str
    why: str
    place: Place = NOWHERE


@dataclass(frozen=True)
class SemanticModel:
    """What holds for a connection: ``source`` is its name, empty while the model is for any.

    ``on`` are the connections that the file is for (empty: any that has a table of it), ``time`` pairs tables with the date that a period
    means, ``unread`` is what could not be taken over from ``include``. It is ``narrowed`` where a policy says what is seen of the connection: definitions that
    do not hold on what is seen are then left out, and are no mistakes.
    """

    source: str
    metrics: tuple[Metric, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    time: tuple[Dimension, ...] = ()
    tables: tuple[TableMeaning, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    filters: tuple[Filter, ...] = ()
    joins: tuple[Join, ...] = ()
    fiscal_year: FiscalYear | None = None
    queries: tuple[VerifiedQuery, ...] = ()
    include: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    description: str = ""
    unread: tuple[Unread, ...] = ()
    narrowed: bool = False

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return any(
            (
                self.metrics,
                self.dimensions,
                self.time,
                self.tables,
                self.hierarchies,
                self.filters,
                self.joins,
                self.fiscal_year,
                self.queries,
            )
        )

    def table(self, name: str) -> TableMeaning | None:
        """What is said of a table, in any case."""
        return next((one for one in self.tables if one.name.casefold() == name.casefold()), None)

    def metric(self, name: str) -> Metric | None:
        """The metric of that name, in any case."""
        return next((one for one in self.metrics if one.name.casefold() == name.casefold()), None)

    def yaml(self) -> str:
        """The model as the text of `.aiser/semantic.yaml`; nothing is written."""
        from aiser_jupyter.catalog.semantic.write import text

        return text(self)
