"""Time: figures by the grain and by the date that were meant, in the unit that was asked for."""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.plan import Band, Bucket, Days, Star
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

MONTHS = frozenset(month.lower() for name in (month_name, month_abbr) for month in name if month)
YEAR = re.compile(r"(?:19|20)\d\d")
BY_DAY = re.compile(r", (?:by|based on|going by|using) (?:the |their |its )?\w+ dates?\b", re.IGNORECASE)  # says which day a period is of
NUMBERS = frozenset(map(stem, bag("number no id code nr")))
UNIT = re.compile(r"\b(?:in|as) (?:whole |full )?(minutes|hours|seconds|days|weeks|thousands|millions)\b", re.IGNORECASE)
RATED = re.compile(r"\b(?P<rate>monthly|yearly|annual|weekly|daily|hourly|quarterly)\b", re.IGNORECASE)
PERIODS = {"monthly": "month", "yearly": "year", "annual": "year", "weekly": "week", "daily": "day", "quarterly": "quarter"}
DAYS = bag("day days date dates daily")
HOW_MANY_DAYS = re.compile(r"\b(?:how many|number of) (?:different |distinct )?(?:days|weeks|months|quarters|years)\b", re.IGNORECASE)
UNITS = frozenset(map(stem, bag("day week month quarter year date time calendar")))
AGE = re.compile(r"\b(?:ages?|aged|how old|years old)\b", re.IGNORECASE)
BORN = frozenset(map(stem, bag("age aged birth birthday birthdate born dob")))


def _ungrained(seen: Seen) -> bool:
    """Whether a grain was asked for, and neither a date is cut to it nor a column of its name grouped by."""
    if seen.frame is None or seen.frame.grain is None or any(isinstance(part, (Bucket, Band)) for part in seen.parts):
        return False
    grain = "day" if seen.frame.grain == "weekday" else seen.frame.grain
    return not seen.plan.group or grain not in seen.named


def _year_of_day(seen: Seen) -> bool:
    """Whether a day is compared with the number of a year alone, which no day is."""
    for test in seen.tests:
        view = seen.view(test.item.expression)
        if view is not None and view.temporal and not test.item.aggregate and any(YEAR.fullmatch(str(value)) for value in test.values):
            return True
    return False


def _date_for_thing(seen: Seen) -> bool:
    return any(_date_of(seen, one) for one in seen.plan.group)


def _date_of(seen: Seen, expression: object) -> bool:
    """Whether a date stands for the thing that it dates, which has a number of its own: by invoice is by its number."""
    view = seen.view(expression)
    if view is None or not view.temporal or len(view.stems) < 2:
        return False
    if {"date", "day", "time", view.stems[-1]} & set(seen.linked.question.stems):
        return False
    own = [seen.schema.columns[i] for i in seen.schema.tables[view.table].columns]
    return any(v is not view and v.stems[:-1] == view.stems[:-1] and v.stems[-1] in NUMBERS and not v.temporal for v in own)


def _each_day(seen: Seen) -> bool:
    return bool(seen.dates(set(seen.plan.group)))


def _unit(seen: Seen) -> bool:
    """Whether a unit was asked for that nothing is turned into: a column that has it in its name is in it already."""
    found = UNIT.search(seen.text)
    if found is None:
        return False
    unit = found[1].lower()
    turned = any(isinstance(part, Days) for part in seen.parts) or any(item.scale != 1.0 for item in seen.items)
    return not turned and not {stem(unit), stem(unit.rstrip("s")), unit[:3]} & seen.named


def _date_and_bucket(seen: Seen) -> bool:
    """Whether rows are grouped by a date as it is beside the weekday or month of it."""
    return any(isinstance(one, Bucket) and one.column in plan.group for plan in seen.plans for one in plan.group)


def _rate_by_time(seen: Seen) -> bool:
    """Whether what is due each month is added up by the month of some date, such as that of hiring."""
    said = {PERIODS.get(found["rate"].lower(), "") for found in RATED.finditer(seen.text)}
    both = said & {one.grain for one in seen.plan.group if isinstance(one, Bucket)}
    if not both or re.search(rf"\b(?:by|per|each|every|over the) (?:{'|'.join(both)})s?\b", seen.text, re.IGNORECASE):
        return False
    stems = {stem(word) for word, period in PERIODS.items() if period in said}
    return any(stems & set(seen.stems_of(item.expression)) for item in seen.figures)


def _per_date(seen: Seen) -> bool:
    """Whether something is told per different dates where no day is spoken of."""
    over = {item.over.expression for item in seen.items if item.over is not None}
    return bool(seen.dates(over)) and not DAYS & seen.lower


def _rows_for_days(seen: Seen) -> bool:
    """Whether days or months are to be counted, and rows are that are none."""
    if len(seen.plan.select) != 1 or seen.plan.source is not None:
        return False
    item = seen.plan.select[0]
    if item.aggregate != "count" or item.distinct or not isinstance(item.expression, Star):
        return False
    table = seen.schema.table(item.expression.table) if item.expression.table in seen.schema.table_index else None
    numbers = {word for ref in seen.refs if seen.schema.view(ref).numeric for word in seen.schema.view(ref).stems}
    return table is not None and not UNITS & {*table.stems, *numbers}  # days late are days


def _no_age(seen: Seen) -> bool:
    return not seen.named & BORN


def _month_value(seen: Seen) -> bool:
    """Whether the name of a month is looked for among the values of a column that has none of that name."""
    for test in seen.tests:
        view = seen.view(test.item.expression)
        values = {str(value).strip("%").lower() for value in test.values}
        if view is not None and view.type == "text" and values & MONTHS and not seen.mentioned(view.ref):
            return True
    return False


DOUBTS = (
    Doubt("grain", "figures by a period were asked for, and nothing is grouped by it", NONE, _ungrained),
    Doubt("year_of_day", "a day is compared with the number of a year", NONE, _year_of_day),
    Doubt("date_for_thing", "things were asked for, and the dates of them are told apart", NONE, _date_for_thing, early=True),
    Doubt("each_day", "a date says which day a period is of, and each day is told apart", NONE, _each_day, BY_DAY, early=True),
    Doubt("age", "an age was asked for, and no birth or age is read", NONE, _no_age, AGE, early=True),
    Doubt("month_value", "the name of a month is looked for among values that are no months", LOST, _month_value),
    Doubt("unit", "a unit was asked for, and nothing is turned into it", LOST, _unit, UNIT),
    Doubt("date_and_bucket", "rows are grouped by a date as it is beside its month or weekday", LOST, _date_and_bucket),
    Doubt("rate_by_time", "what is due each month is added up by the month of another date", LOST, _rate_by_time, RATED),
    Doubt("per_date", "something is divided by a number of dates, and nobody spoke of days", LOST, _per_date),
    Doubt("rows_for_days", "days or months were to be counted, and rows are", LOST, _rows_for_days, HOW_MANY_DAYS),
)
