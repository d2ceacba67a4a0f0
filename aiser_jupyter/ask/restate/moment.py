"""Parts of dates in English, however a dialect spells them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate.expression import anonymous
from aiser_jupyter.ask.restate.say import raw, say, words
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.ask.restate.scope import Scope

# A cut keeps the year ("month of"), a number is the place in the cycle ("month number of").
FORMATS = {
    "%Y": "year of", "%Y-%m": "month of", "%Y-%m-01": "month of", "%Y-%m-%d": "day of", "%m": "month number of", "%d": "day of the month of",
    "%w": "weekday number of", "%W": "week number of", "%H": "hour of", "%j": "day of the year of", "%M": "minute of",
}  # fmt: skip
PARTS = {
    "YEAR": "year of", "QUARTER": "quarter number of", "MONTH": "month number of", "WEEK": "week number of", "DAY": "day of the month of",
    "DOW": "weekday number of", "DAYOFWEEK": "weekday number of", "DOY": "day of the year of", "HOUR": "hour of", "MINUTE": "minute of",
}  # fmt: skip
FUNCTIONS = {
    exp.Year: "year of", exp.Quarter: "quarter number of", exp.Month: "month number of", exp.Week: "week number of", exp.Day: "day of the month of",
    exp.DayOfWeek: "weekday number of", exp.DayOfMonth: "day of the month of", exp.DayOfYear: "day of the year of", exp.Hour: "hour of",
    exp.Monthname: "name of the month of", exp.Dayname: "name of the weekday of", exp.Date: "day of",
}  # fmt: skip
# MySQL has no DATE_TRUNC; this is how a plan cuts a moment there.
MYSQL_CUTS = {
    "week": re.compile(r"DATE_SUB\(DATE\((?P<moment>.+)\), INTERVAL \(?WEEKDAY\((?P=moment)\)\)? DAY\)"),
    "month": re.compile(r"DATE_SUB\(DATE\((?P<moment>.+)\), INTERVAL \(DAYOFMONTH\((?P=moment)\) - 1\) DAY\)"),
    "quarter": re.compile(r"DATE_ADD\(MAKEDATE\(YEAR\((?P<moment>.+)\), 1\), INTERVAL \(QUARTER\((?P=moment)\) - 1\) QUARTER\)"),
}
QUARTER = re.compile(r"'start of month'.*%m.*- 1\) % 3.*months", re.IGNORECASE | re.DOTALL)


@words(*FUNCTIONS)
def _part(node: exp.Func, scope: Scope) -> str:
    if isinstance(node, exp.Date) and (node.expressions or node.args.get("zone")):
        return sqlite_date(node, [node.this, *node.expressions], scope)
    if not isinstance(node.this, exp.Expr) or any(v for k, v in node.args.items() if k not in {"this", "abbreviated"}):
        return raw(node, scope)
    return f"{FUNCTIONS[type(node)]} {moment(node.this, scope)}"


@words(exp.Extract)
def _extract(node: exp.Extract, scope: Scope) -> str:
    said = PARTS.get(node.name.upper())
    return f"{said} {moment(node.expression, scope)}" if said else raw(node, scope)


@words(exp.TimestampTrunc, exp.DateTrunc)
def _cut(node: exp.TimestampTrunc | exp.DateTrunc, scope: Scope) -> str:
    unit = node.args.get("unit")
    return f"{unit.name.lower()} of {moment(node.this, scope)}" if unit is not None and unit.name.isalpha() else raw(node, scope)


@words(exp.TimeToStr)
def _formatted(node: exp.TimeToStr, scope: Scope) -> str:
    said = FORMATS.get(node.args["format"].name) if isinstance(node.args.get("format"), exp.Literal) else None
    return f"{said} {moment(node.this, scope)}" if said else raw(node, scope)


@words(exp.TsOrDsToTimestamp, exp.TsOrDsToDate)
def moment(node: exp.Expr, scope: Scope) -> str:
    """A date without the casts that only tell the engine it is one."""
    while isinstance(node, exp.TsOrDsToTimestamp | exp.TsOrDsToDate | exp.Cast) and (
        not isinstance(node, exp.Cast) or node.to.is_type(*exp.DataType.TEMPORAL_TYPES)
    ):
        node = node.this
    return say(node, scope)


@words(exp.CurrentDate, exp.CurrentTimestamp)
def _present(node: exp.Expr, scope: Scope) -> str:
    if any(node.args.values()):
        return raw(node, scope)
    return "today" if isinstance(node, exp.CurrentDate) else "now"


@words(exp.Interval)
def _interval(node: exp.Interval, scope: Scope) -> str:
    unit = node.args.get("unit")
    return f"{node.name} {unit.name.lower()}s" if isinstance(node.this, exp.Literal) and unit is not None else raw(node, scope)


@words(exp.DateDiff, exp.TimestampDiff)
def _difference(node: exp.DateDiff | exp.TimestampDiff, scope: Scope) -> str:
    unit = node.args.get("unit")
    return f"{unit.name.lower() if unit is not None else 'day'}s from {moment(node.expression, scope)} to {moment(node.this, scope)}"


@words(exp.DateAdd, exp.DateSub)
def _shifted(node: exp.DateAdd | exp.DateSub, scope: Scope) -> str:
    unit = node.args.get("unit")
    for grain, written in MYSQL_CUTS.items():
        if cut := written.fullmatch(node.sql(dialect="mysql")):
            return f"{grain} of {moment(exp.maybe_parse(cut['moment'], dialect='mysql'), scope)}"
    if unit is None:
        return raw(node, scope)
    return f"{moment(node.this, scope)} {'+' if isinstance(node, exp.DateAdd) else number.MINUS} {say(node.expression, scope)} {unit.name.lower()}s"


@words(exp.Anonymous)
def _named(node: exp.Anonymous, scope: Scope) -> str:
    name, operands = node.name.lower(), node.expressions
    if name == "strftime" and len(operands) == 2 and isinstance(operands[0], exp.Literal) and operands[0].name in FORMATS:
        return f"{FORMATS[operands[0].name]} {moment(operands[1], scope)}"
    if name == "date" and operands:
        return sqlite_date(node, operands, scope)
    if name == "julianday" and len(operands) == 1:
        return f"day count of {moment(operands[0], scope)}"
    return anonymous(node, scope)


def sqlite_date(node: exp.Expr, operands: list[exp.Expr], scope: Scope) -> str:
    """SQLite's ``DATE(moment, modifier, …)`` where the modifiers cut to a week, month or quarter."""
    modifiers = [e.name for e in operands[1:] if isinstance(e, exp.Literal)]
    grain = {(): "day", ("weekday 0", "-6 days"): "week", ("start of month",): "month", ("start of year",): "year"}.get(tuple(modifiers))
    if len(modifiers) == len(operands) - 1 and grain:
        return f"{grain} of {moment(operands[0], scope)}"
    if len(operands) == 3 and QUARTER.search(node.sql(dialect="sqlite")):
        return f"quarter of {moment(operands[0], scope)}"
    return raw(node, scope)
