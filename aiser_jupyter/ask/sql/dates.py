"""Dates in SQL: a column cut to a period, and a date literal, per dialect and way of storage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Grain

ISO = re.compile(r"\d{4}-\d\d-\d\d")
SQLITE_FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m-01", "year": "%Y", "month_of_year": "%m", "hour_of_day": "%H"}
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
PARTS = {"year": "YEAR", "month_of_year": "MONTH", "quarter_of_year": "QUARTER", "hour_of_day": "HOUR"}


def bucket(column: exp.Expr, grain: Grain, dialect: str, stored: str) -> exp.Expr:
    """The start of the period that ``column`` lies in; a year, or a part of it, is an integer, every other grain a date."""
    if grain == "weekday":
        return _weekday(column, dialect, stored)
    if grain == "weekend":
        free = exp.In(this=_weekday(column, dialect, stored), expressions=[weekday_value(day, dialect) for day in ("Saturday", "Sunday")])
        return exp.Case(ifs=[exp.If(this=free, true=exp.Literal.string("weekend"))], default=exp.Literal.string("weekday"))
    if dialect == "sqlite":
        return _sqlite_bucket(column, grain)
    moment = exp.cast(column, "timestamp") if stored == "iso_text" else column
    if part := PARTS.get(grain):
        return exp.Extract(this=exp.var(part), expression=moment)
    if dialect == "mysql":
        return _mysql_bucket(moment, grain)
    return exp.cast(exp.func("DATE_TRUNC", exp.Literal.string(grain), moment, dialect=dialect), "date")


def _weekday(column: exp.Expr, dialect: str, stored: str) -> exp.Expr:
    """The English name of the day of the week; in SQLite, which has no names, its number from 0 for Sunday."""
    if dialect == "sqlite":
        return exp.cast(exp.Anonymous(this="STRFTIME", expressions=[exp.Literal.string("%w"), column]), "integer")
    moment = exp.cast(column, "timestamp") if stored == "iso_text" else column
    if dialect in ("postgres", "redshift", "oracle"):
        return exp.Anonymous(this="TO_CHAR", expressions=[moment, exp.Literal.string("FMDay")])
    if dialect == "tsql":
        return exp.Anonymous(this="DATENAME", expressions=[exp.var("WEEKDAY"), moment])
    if dialect == "bigquery":
        return exp.Anonymous(this="FORMAT_DATE", expressions=[exp.Literal.string("%A"), moment])
    if dialect == "snowflake":
        return exp.Anonymous(this="TO_CHAR", expressions=[moment, exp.Literal.string("DY")])
    return exp.Anonymous(this="DAYNAME", expressions=[moment])


def weekday_value(name: str, dialect: str) -> exp.Expr:
    """A day of the week as ``bucket`` gives it."""
    if dialect == "sqlite":
        return exp.Literal.number(WEEKDAYS.index(name))
    return exp.Literal.string(name[:3] if dialect == "snowflake" else name)


def days_between(start: exp.Expr, end: exp.Expr, dialect: str) -> exp.Expr:
    """The whole days from ``start`` to ``end``."""
    if dialect == "sqlite":
        early, late = (exp.Anonymous(this="JULIANDAY", expressions=[exp.Anonymous(this="DATE", expressions=[e])]) for e in (start, end))
        return exp.Sub(this=late, expression=early)
    return exp.DateDiff(this=exp.cast(end, "date"), expression=exp.cast(start, "date"), unit=exp.var("DAY"))


def seconds_between(start: exp.Expr, end: exp.Expr, dialect: str) -> exp.Expr:
    """The seconds from ``start`` to ``end``."""
    if dialect == "sqlite":
        early, late = (exp.Anonymous(this="JULIANDAY", expressions=[e]) for e in (start, end))
        return exp.Mul(this=exp.paren(exp.Sub(this=late, expression=early)), expression=exp.Literal.number("86400.0"))
    return exp.DateDiff(this=exp.cast(end, "timestamp"), expression=exp.cast(start, "timestamp"), unit=exp.var("SECOND"))


def moved(column: exp.Expr, months: int, dialect: str, stored: str) -> exp.Expr:
    """A day some months later, or earlier where there are fewer than none."""
    if dialect == "sqlite":
        return exp.Anonymous(this="DATE", expressions=[column, exp.Literal.string(f"{months:+d} months")])
    if dialect == "oracle":
        return exp.Anonymous(this="ADD_MONTHS", expressions=[column, exp.Literal.number(months)])
    day = exp.cast(column, "date") if stored == "iso_text" or dialect == "bigquery" else column
    return exp.cast(exp.DateAdd(this=day, expression=exp.Literal.number(months), unit=exp.var("MONTH")), "date")


def _sqlite_bucket(column: exp.Expr, grain: Grain) -> exp.Expr:
    if grain == "week":
        return exp.Anonymous(this="DATE", expressions=[column, exp.Literal.string("weekday 0"), exp.Literal.string("-6 days")])
    if grain == "quarter_of_year":
        month = exp.cast(exp.Anonymous(this="STRFTIME", expressions=[exp.Literal.string("%m"), column]), "integer")
        return exp.Div(this=exp.paren(exp.Add(this=month, expression=exp.Literal.number(2))), expression=exp.Literal.number(3), typed=True)
    if grain == "quarter":
        month = exp.cast(exp.Anonymous(this="STRFTIME", expressions=[exp.Literal.string("%m"), column.copy()]), "integer")
        shift = exp.Mod(this=exp.paren(exp.Sub(this=month, expression=exp.Literal.number(1))), expression=exp.Literal.number(3))
        months = exp.DPipe(
            this=exp.DPipe(this=exp.Literal.string("-"), expression=exp.paren(shift)), expression=exp.Literal.string(" months"), safe=True
        )
        return exp.Anonymous(this="DATE", expressions=[column, exp.Literal.string("start of month"), months])
    cut = exp.Anonymous(this="STRFTIME", expressions=[exp.Literal.string(SQLITE_FORMATS[grain]), column])
    return exp.cast(cut, "integer") if grain in PARTS else cut


def _mysql_bucket(moment: exp.Expr, grain: Grain) -> exp.Expr:
    """MySQL has no DATE_TRUNC: a day by DATE, a week and a month by the days passed in it (0 is Monday), a quarter by those passed in the year."""
    day = exp.Date(this=moment)
    if grain == "week":
        weekday = exp.Anonymous(this="WEEKDAY", expressions=[moment.copy()])
        return exp.DateSub(this=day, expression=weekday, unit=exp.var("DAY"))
    if grain == "month":
        passed = exp.paren(exp.Sub(this=exp.Anonymous(this="DAYOFMONTH", expressions=[moment.copy()]), expression=exp.Literal.number(1)))
        return exp.DateSub(this=day, expression=passed, unit=exp.var("DAY"))
    if grain == "quarter":
        first = exp.Anonymous(this="MAKEDATE", expressions=[exp.Year(this=moment), exp.Literal.number(1)])
        quarters = exp.paren(exp.Sub(this=exp.Quarter(this=moment.copy()), expression=exp.Literal.number(1)))
        return exp.DateAdd(this=first, expression=quarters, unit=exp.var("QUARTER"))
    return day


def date_value(value: str, type_: str, stored: str, dialect: str) -> exp.Expr | None:
    """``value`` as a date literal where the column holds real dates, else None."""
    if type_ not in ("date", "timestamp") or stored or dialect == "sqlite" or not ISO.fullmatch(value):
        return None
    return exp.cast(exp.Literal.string(value), "date")
