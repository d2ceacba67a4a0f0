"""What each column can be in a chart: a measure, a time, a category, an id."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.format import meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.chart.table import Column, View

Role = Literal["measure", "category", "ordinal", "time", "id", "text", "geo"]

WORDS = re.compile(r"[A-Za-z]+(?=[A-Z][a-z])|[A-Za-z]+|\d+")
ORDERED_NAMES = frozenset(
    [
        "position",
        "step",
        "stage",
        "phase",
        "level",
        "tier",
        "quarter",
        "month",
        "weekday",
        "dow",
        "hour",
        "day",
        "week",
        "band",
        "bin",
        "bucket",
        "period",
    ]
)
YEAR_NAMES = frozenset(["year", "yr", "fy"])
ADDITIVE = frozenset({"money", "count", "quantity", "number"})
AVERAGED = re.compile(r"\b(avg|average|mean|median|rate|ratio|share|per|pct|percent|min|max|minimum|maximum|price|score|index|margin)\b")
STATED: dict[str, Role] = {
    "id": "id", "code": "id", "category": "category", "ordinal": "ordinal", "parent": "category", "stage": "ordinal", "geo": "geo", "name": "category",
    "group": "category", "flag": "category", "year": "time", "text": "text", "free_text": "text", "latitude": "geo", "longitude": "geo", "lat": "geo", "lon": "geo",
}  # fmt: skip
ORDERS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("small", "medium", "large"),
    ("low", "medium", "high", "critical"),
    ("very poor", "poor", "ok", "good", "very good", "excellent"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("q1", "q2", "q3", "q4"),
    ("month-to-month", "one year", "two year"),
)  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """The words of a column name, in lower case: ``netSales_usd`` is net, sales, usd."""
    return tuple(word.lower() for word in WORDS.findall(name.replace("_", " ")))


def role(column: Column, row_count: int) -> Role:
    """What ``column`` can be in a chart of a table of ``row_count`` rows: what the source states, else what name, type and values say."""
    if column.type == "geo":
        return "geo"
    if column.temporal:
        return "time"
    if column.semantic in STATED:
        return STATED[column.semantic]
    if column.type == "boolean":
        return "category"
    return role_of_number(column) if column.numeric else role_of_text(column, row_count)


def role_of_number(column: Column) -> Role:
    """A number is a measure unless its name or values say it names something."""
    if column.semantic:
        return "measure"
    kind = meaning(column.name, column.type, column.values).kind
    if kind in {"id", "code"}:
        return "id"
    said = words(column.name)
    whole = all(value is None or value == int(value) for value in column.values)
    if kind == "year" or (whole and said and said[-1] in YEAR_NAMES and plausible_years(column)):
        return "time"
    named = [word for word in said if word not in {"no", "nr", "number", "of"}]
    return "ordinal" if whole and named and named[-1] in ORDERED_NAMES and column.distinct <= 60 else "measure"


def plausible_years(column: Column) -> bool:
    """Whether all values can be calendar years."""
    return column.low is not None and column.low >= 1700 and column.high <= 2200


def role_of_text(column: Column, row_count: int) -> Role:
    """A text is a time where it reads as one, an order where its values are one, else a category or free text."""
    present = [value for value in column.values if value is not None]
    if present and period_text(present):
        return "time"
    if ranked(present) is not None:
        return "ordinal"
    said = words(column.name)
    if said and said[-1] in {
        "id",
        "key",
        "uuid",
        "guid",
        "code",
        "sku",
        "phone",
        "fax",
        "email",
        "mail",
        "url",
        "zip",
        "postcode",
        "address",
        "iban",
    }:
        return "id"
    longest = max((len(value) for value in present), default=0)
    return "text" if longest > 60 and column.distinct > row_count / 2 else "category"


def period_text(values: list[str]) -> bool:
    """Whether texts are ISO days, months, quarters or years, such as ``2026-Q3``."""
    from aiser_jupyter.format.date import parse

    return all(parse(value) is not None for value in values)


def ranked(values: list[str]) -> dict[str, int] | None:
    """The position of each text in the stated order they all belong to (weekdays, sizes, agreement, ``10-19``); None where there is none."""
    lower = {str(value).strip().lower() for value in values}
    if len(lower) < 2:
        return None
    for order in ORDERS:
        if lower <= set(order):
            return {name: index for index, name in enumerate(order)}
    ranges = {name: re.match(r"^(?:[<≥>+\s]|under|over|up to)*\s*(\d+(?:\.\d+)?)\s*(?:[-–—]|to\b|\+|$)", name) for name in lower}
    if all(ranges.values()):
        starts = sorted((float(found[1]) - (name[0] in "<u"), name) for name, found in ranges.items() if found)
        return {name: index for index, (_, name) in enumerate(starts)}
    return None


def roles(table: View) -> dict[str, Role]:
    """The role of every column."""
    return {column.name: role(column, table.row_count) for column in table.columns}


def additive(column: Column) -> bool:
    """Whether sums of the column's values mean something: money and counts do, rates, shares and averages do not."""
    if AVERAGED.search(" ".join(words(column.name))) or column.semantic in {"percent", "rate", "ratio", "share", "score"}:
        return False
    return meaning(column.name, column.type, column.values).kind in ADDITIVE


def unit(column: Column) -> str:
    """The unit to write with the column's values, empty where the data do not say it."""
    if column.semantic == "percent":
        return "%"
    return meaning(column.name, column.type, column.values).unit if column.numeric else ""


def moment(value: object) -> date | datetime | None:
    """The date or moment that a value means: a date, ISO text, or a year; None for others."""
    from aiser_jupyter.format.date import parse

    if isinstance(value, date):
        return value
    if isinstance(value, str):
        found = parse(value)
        return found[0] if found else (date(int(value), 1, 1) if re.fullmatch(r"[12]\d{3}", value) else None)
    return date(int(value), 1, 1) if isinstance(value, int | float) and 1 <= value <= 9999 else None


def comparable(measures: Sequence[Column]) -> bool:
    """Whether measures share a meaning and a scale, so that one axis can carry them."""
    if any(m.semantic for m in measures):
        return len({m.semantic for m in measures}) <= 1
    kinds = {(meaning(m.name, m.type, m.values).kind, unit(m)) for m in measures}
    highs = [max(abs(m.low or 0), abs(m.high or 0)) for m in measures]
    return len(kinds) <= 1 and max(highs, default=0) <= 20 * max(min(highs, default=0), 1e-12)
