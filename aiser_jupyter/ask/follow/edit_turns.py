"""Short turns that only make sense after an answer: and in June, and the money, who of them has more than 70, open for more than two weeks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edit_periods, edits
from aiser_jupyter.ask.follow.edit_grammar import what_about
from aiser_jupyter.ask.follow.edit_rows import tested
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.periods import MONTH, QUARTER, moment, shifted
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.reader.when import event_date

if TYPE_CHECKING:
    from aiser_jupyter.ask.follow.edit_grammar import Turn

PART = re.compile(rf"(?:{MONTH}|{QUARTER})\.?", re.IGNORECASE)
UNITS = {"day": 1, "week": 7}
COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "twelve": 12}


def in_part(turn: Turn, match: re.Match[str]) -> Plan:
    """The same in another month or quarter of its year, the last one of that name that has begun."""
    column = edit_periods.date_of(turn.schema, turn.plan)
    found = edit_periods.spans(turn.plan, column) if column is not None else None
    if column is None or not found or len(found) != 1 or found[0][0] is None or not PART.fullmatch(match["what"].strip()):
        raise NoPlanError
    span = moment(f"{match['what']} {found[0][0].year}")
    if span[0] > turn.today:
        span = moment(f"{match['what']} {found[0][0].year - 1}")
    turn.assumptions.append(f"the period is {span[0].isoformat()} to {(span[1] - timedelta(days=1)).isoformat()}")
    return edit_periods.during(turn.plan, column, span)


def so_far(turn: Turn, match: re.Match[str]) -> Plan:
    """The same in the year, quarter or month that has begun."""
    column = edit_periods.date_of(turn.schema, turn.plan)
    if column is None:
        raise NoPlanError
    unit = match["unit"].lower()
    first = {"year": date(turn.today.year, 1, 1), "month": turn.today.replace(day=1)}.get(unit)
    first = first or date(turn.today.year, 3 * ((turn.today.month - 1) // 3) + 1, 1)
    span = (first, shifted(first, unit, 1))
    turn.assumptions.append(f"the period is {span[0].isoformat()} to {(span[1] - timedelta(days=1)).isoformat()}")
    return edit_periods.during(turn.plan, column, span)


def worth(turn: Turn, _: re.Match[str]) -> Plan:
    """The money instead of the number: the one amount of what was counted."""
    figures = edits.values(turn.plan)
    if len(figures) != 1 or figures[0].aggregate != "count" or figures[0].among or figures[0].over or figures[0].only:
        raise NoPlanError
    leaf = figures[0].expression
    if not isinstance(leaf, (Star, ColumnRef)) or (isinstance(leaf, ColumnRef) and leaf != turn.schema.table(leaf.table).key):
        raise NoPlanError
    amounts = [turn.schema.columns[i] for i in turn.schema.table(leaf.table).columns]
    amounts = [v for v in amounts if measures.amount(v) and measures.of_column(v).aggregate == "sum"]
    if len(amounts) > 1:
        money = [v for v in amounts if set(v.stems) & measures.BILL]
        amounts = money
    if len(amounts) != 1:
        raise NoPlanError
    turn.assumptions.append(f"the money is {amounts[0].ref.table}.{amounts[0].ref.column}")
    return edits.remeasured(turn.plan, (replace(figures[0], expression=amounts[0].ref, aggregate="sum", distinct=False),), ())


def above(turn: Turn, match: re.Match[str]) -> Plan:
    """Which of the groups have so much, by name alone."""
    if not turn.plan.group or turn.plan.limit or len(edits.values(turn.plan)) != 1:
        raise NoPlanError
    plan = tested(turn, match)
    return replace(plan, select=edits.labels(plan))


def same_but(turn: Turn, match: re.Match[str]) -> Plan:
    """The same with something else in the place of what it was."""
    return what_about(turn, match)


def lasting(turn: Turn, match: re.Match[str]) -> Plan:
    """Which of the listed or counted things have been so for longer than so many days or weeks, since they came to be."""
    plan = edits.listed(turn.schema, turn.plan) if edits.values(turn.plan) else turn.plan
    items = edits.values(plan) or plan.select
    homes = {item.expression.table for item in items if isinstance(item.expression, (Star, ColumnRef))}
    if len(homes) != 1 or plan.group or plan.source or plan.limit or plan.compound or plan.either:
        raise NoPlanError
    home = next(iter(homes))
    begun = event_date(turn.schema, home, (match["state"].lower(),))
    if begun is None or begun[0].table != home:
        raise NoPlanError
    count, unit = match["count"].lower(), match["unit"].lower()
    number = COUNTS.get(count) or int(count)
    limit = turn.today - timedelta(days=number * UNITS[unit]) if unit in UNITS else _earlier(turn.today, unit, number)
    longer = match["how"].lower() in ("more than", "over", "longer than")
    test = Condition(Item(begun[0]), "<" if longer else "<=", (limit.isoformat(),))
    turn.assumptions.append(f"since {begun[0].table}.{begun[0].column}, before {limit.isoformat()}")
    return replace(plan, where=(*plan.where, test))


def _earlier(day: date, unit: str, count: int) -> date:
    first = shifted(day.replace(day=1), unit, -count)
    return min(first + timedelta(days=day.day - 1), shifted(first, "month", 1) - timedelta(days=1))
