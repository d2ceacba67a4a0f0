"""Facts from a result: each cell or figure derived from cells, with the SQL that yields it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from aiser_jupyter.facts import Fact, fact

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.format.date import Grain

ANSWER = "answer"


@dataclass(frozen=True)
class Evidence:
    """A table and the query it came from; ``as_of`` is when it ran."""

    table: pa.Table
    sql: str
    dialect: str
    source: str
    as_of: datetime

    @cached_property
    def cells(self) -> list[list[Any]]:
        """The columns as Python values."""
        return [column.to_pylist() for column in self.table.columns]

    @cached_property
    def tree(self) -> exp.Query:
        """The query's syntax tree."""
        tree = sqlglot.parse_one(self.sql, read=self.dialect)
        assert isinstance(tree, exp.Query)
        return tree

    def cell(self, row: int, column: int, *, unit: str = "", grain: Grain | None = None) -> Fact:
        """The value of one cell; its SQL yields that cell alone wherever the row can be told apart by its other columns."""
        value = self.cells[column][row]
        keys = [i for i in range(len(self.cells)) if i != column]
        if len(self.cells) == 1 and self.table.num_rows == 1:
            sql = self.sql
        elif self.table.num_rows == 1:
            sql = self.over(name(column))
        else:
            test = self.at(row, keys)
            sql = self.over(name(column), test) if test is not None else self.sql
        return self.fact(value, sql, unit, grain)

    def rows(self) -> Fact:
        """How many rows there are."""
        return self.fact(self.table.num_rows, self.over(exp.Count(this=exp.Star())))

    def beyond(self, shown: int) -> Fact:
        """How many rows there are beyond ``shown``."""
        return self.fact(
            self.table.num_rows - shown, self.over(exp.Sub(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(shown)))
        )

    def tied(self, column: int, row: int, *, largest: bool) -> Fact:
        """How many other rows have the extreme value of ``column`` that ``row`` has."""
        value = self.cells[column][row]
        others = sum(v == value for v in self.cells[column]) - 1
        extreme = exp.select((exp.Max if largest else exp.Min)(this=name(column))).from_(ANSWER)
        counted = exp.Sub(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
        return self.fact(others, self.over(counted, exp.EQ(this=name(column), expression=exp.paren(extreme))))

    def total(self, column: int, *, unit: str = "") -> Fact:
        """The sum of a column."""
        return self.fact(sum(v for v in self.cells[column] if v is not None), self.over(exp.Sum(this=name(column))), unit)

    def ends(self, column: int, *, unit: str = "") -> tuple[Fact, Fact] | None:
        """The smallest and the largest value of a column; None where it has none."""
        there = [v for v in self.cells[column] if v is not None]
        if not there:
            return None
        low, high = self.over(exp.Min(this=name(column))), self.over(exp.Max(this=name(column)))
        return self.fact(min(there), low, unit), self.fact(max(there), high, unit)

    def share(self, row: int, column: int, keys: list[int]) -> Fact | None:
        """A row's part of the sum of ``column``, between 0 and 1; None where the row cannot be told apart."""
        test = self.at(row, keys)
        if test is None:
            return None
        whole = float(sum(v for v in self.cells[column] if v is not None))
        one = exp.Sum(this=exp.Case(ifs=[exp.If(this=test, true=name(column))]))
        return self.fact(float(self.cells[column][row]) / whole, self.over(ratio(one, exp.Sum(this=name(column)))), "share")

    def change(self, first: int, last: int, column: int, key: int) -> Fact | None:
        """The relative change of ``column`` from one row to another, 0.1 for ten percent more; None where a row cannot be told apart."""
        tests = self.at(first, [key]), self.at(last, [key])
        if tests[0] is None or tests[1] is None:
            return None
        before, after = (exp.Sum(this=exp.Case(ifs=[exp.If(this=t, true=name(column))])) for t in tests)
        start, end = float(self.cells[column][first]), float(self.cells[column][last])
        difference = exp.paren(exp.Sub(this=after, expression=before.copy()))
        return self.fact(abs(end - start) / start, self.over(exp.Abs(this=ratio(difference, before))), "share")

    def at(self, row: int, keys: list[int]) -> exp.Expr | None:
        """The condition that is true of ``row`` alone, on the key columns; None where there is none."""
        there = [self.cells[k][row] for k in keys]
        alike = sum(all(self.cells[k][r] == v for k, v in zip(keys, there, strict=True)) for r in range(self.table.num_rows))
        tests = [literal(name(k), v) for k, v in zip(keys, there, strict=True)]
        return None if alike != 1 or not tests or any(t is None for t in tests) else exp.and_(*(t for t in tests if t is not None))

    def over(self, value: exp.Expr, where: exp.Expr | None = None) -> str:
        """The SQL of ``value`` over the answer's own query, whose columns are named ``c1``, ``c2``, … there."""
        alias = exp.TableAlias(this=exp.to_identifier(ANSWER), columns=[exp.to_identifier(f"c{i + 1}") for i in range(len(self.cells))])
        query = exp.select(value).from_(ANSWER)
        query = query.where(where) if where is not None else query
        query.set("with_", exp.With(expressions=[exp.CTE(this=self.tree.copy(), alias=alias)]))
        return query.sql(dialect=self.dialect)

    def fact(self, value: Any, sql: str, unit: str = "", grain: Grain | None = None) -> Fact:
        """The fact that ``sql`` yields ``value`` here."""
        return fact(value, unit=unit, sql=sql, source=self.source, as_of=self.as_of, grain=grain)


def name(column: int) -> exp.Column:
    """The name of a column of the answer inside a wrapping query."""
    return exp.column(f"c{column + 1}")


def ratio(part: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """``part`` over ``whole`` as a real number in every dialect."""
    return exp.Div(this=exp.Mul(this=part, expression=exp.Literal.number("1.0")), expression=whole)


def literal(column: exp.Column, value: Any) -> exp.Expr | None:  # noqa: PLR0911  # one return a type is the clearest table
    """The test that ``column`` is ``value``; None for a kind of value that has no literal."""
    if value is None:
        return exp.Is(this=column, expression=exp.Null())
    if isinstance(value, bool):
        return exp.EQ(this=column, expression=exp.Boolean(this=value))
    if isinstance(value, str):
        return exp.EQ(this=column, expression=exp.Literal.string(value))
    if isinstance(value, int | float | Decimal):
        return exp.EQ(this=column, expression=exp.convert(value))
    if isinstance(value, datetime) and value.tzinfo is None:
        return exp.EQ(this=column, expression=exp.cast(exp.Literal.string(value.isoformat(" ")), "timestamp"))
    if isinstance(value, date) and not isinstance(value, datetime):
        return exp.EQ(this=column, expression=exp.cast(exp.Literal.string(value.isoformat()), "date"))
    return None
