"""A figure of two periods side by side, by group or by the part of the year, or the change from the one to the other."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.follow import edit_periods
from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.plan import Bucket, Condition, Grain, Item, Order, Plan

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.periods import Period
    from aiser_jupyter.ask.plan import ColumnRef, Expression
    from aiser_jupyter.ask.reader.read import Read

BESIDE = re.compile(
    r"^\W*(?:(?:is|are|was|were) )?(?:vs\.?|versus|against|with|and|to|or|as|than|over|from|(?:as )?(?:compared|compares|compare|in comparison|relative)(?: (?:to|with|against))?)\W*(?:(?:the|that|those|in|of|for|during|with) )*$",
    re.IGNORECASE,
)
SAID = re.compile(r"\b(?:vs|versus|against|compar\w+|relative to)\b", re.IGNORECASE)
CHANGED = r"(?:grow|grown|grew|increased?|changed?|rise|risen|rose|fall|fallen|fell|decreased?|declined?|drop(?:ped)?|shrink|shrunk|improved?|go up|gone up|went up|gone down|go down|went down)"
GROWTH = (
    re.compile(
        rf"^\W*(?:by )?(?:how much|how many percent|what (?:percentage|percent|%))(?P<percent> in (?:%|percent))? (?:did|has|have|does) (?P<what>.+?) {CHANGED}\b(?P<rest>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:what (?:is|was) )?(?:the )?(?:(?P<percent>percentage|percent|%|relative) )?(?:growth|change|increase|decrease|difference)(?: rate)? (?:of|in) (?P<what>.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"^\W*(?P<what>.+?) growth(?: rate)?(?P<rest> .*)$", re.IGNORECASE),
)
PERCENT = re.compile(r"%|\b(?:percent|percentage|growth|relative|rate)\b", re.IGNORECASE)
UNITS = re.compile(
    r",? ?\b(?:in|as) (?:a )?(?:%|percent(?:age)?)(?!\w)|\b(?:compare|comparison of)\b|\bhow (?:do|does|did) (?=.*\bcompar)", re.IGNORECASE
)
PART: dict[Grain, Grain] = {"month": "month_of_year", "quarter": "quarter_of_year"}
PLAIN = frozenset({"sum", "count", "avg", "min", "max", "median"})


def compared(asked: Asked) -> list[Read]:
    """The plan of the core in the first period, each figure once for either of the two; none where no two periods are set against each other."""
    text = asked.text
    found = periods.find(text, asked.today, apart=True)
    growth = next((match for match in (pattern.match(text) for pattern in GROWTH) if match), None)
    if len(found) != 2:
        return []
    first, second = found
    between = text[first.span[1] : second.span[0]]
    joined = BESIDE.match(between) or (growth and not between.strip() and text[second.span[0] : second.span[1]].lower().startswith("over "))
    if not joined or not (growth or SAID.search(between) or SAID.search(text)) or _same(first, second):
        return []
    left, after = text[: first.span[0]], text[second.span[1] :]
    if growth:
        left = _what(growth, first)
    plain = UNITS.sub(" ", f"{left} {_written(first)} {UNITS.sub(' ', after)}")
    base = core(asked.part(plain))
    if base is not None and not any(item.aggregate for item in base.plan.select):
        base = core(asked.part(f"number of {plain}"))  # of things that are set against each other it is how many
    if base is None or (plan := _beside(asked, base.plan, (first, second), growth, text)) is None:
        return []
    named = f"compared are {first.text()} and {second.text()}"
    made = turned(asked, base, plan, "compare", (named,))
    return [made] if made else []


def _what(growth: re.Match[str], first: Period) -> str:
    """What grew, without the words of growth and those of the periods."""
    held, begin = growth.groupdict(), first.span[0]
    what = held["what"] if begin >= growth.end("what") else growth.string[growth.start("what") : begin]
    if held.get("rest") and begin >= growth.start("rest"):
        what = f"{what} {growth.string[growth.start('rest') : begin]}"
    return re.sub(r"\b(?:from|between|in|over|of)\s*$", "", what.strip())


def _written(period: Period) -> str:
    """The period in words that are read anywhere."""
    if period.start is None or period.end is None:
        return ""
    last = period.end.toordinal() - 1
    return f"between {period.start.isoformat()} and {type(period.start).fromordinal(last).isoformat()}"


def _same(first: Period, second: Period) -> bool:
    return None in (first.start, first.end, second.start, second.end) or (first.start, first.end) == (second.start, second.end)


def _beside(asked: Asked, plan: Plan, pair: tuple[Period, Period], growth: re.Match[str] | None, text: str) -> Plan | None:
    column = edit_periods.date_of(asked.schema, replace(plan, group=()))
    if column is None or plan.limit or plan.source or plan.compound or plan.having or plan.either:
        return None
    return beside_in(plan, column, pair, growth=growth is not None, percent=bool(PERCENT.search(text)))


def beside_in(plan: Plan, column: ColumnRef, pair: tuple[Period, Period], *, growth: bool, percent: bool) -> Plan | None:
    """The plan with each figure once for either period of a date column, or the change of its one figure; None where it has others."""
    tests = [c for c in plan.where if edit_periods.about(c, column)]
    figures = [i for i in plan.select if i.aggregate]
    if not tests or not figures or any(i.aggregate not in PLAIN or i.window or i.among or i.only or i.less for i in figures):
        return None
    group = _parts(plan.group, pair)
    if group is None:
        return None
    where = tuple(c for c in plan.where if c not in tests)
    swap = dict(zip(plan.group, group, strict=True))
    shown = tuple(replace(i, expression=swap.get(i.expression, i.expression)) for i in plan.select if not i.aggregate)
    values = tuple(_only(figure, edit_periods.tests_of(column, (period.start, period.end))) for figure in figures for period in pair)
    if growth:
        if len(figures) != 1:
            return None
        now, before = values if (pair[0].start or 0) > (pair[1].start or 0) else values[::-1]  # type: ignore[operator]  # both have a start
        values = (replace(now, less=before, window="change" if percent else ""),)
    buckets = tuple(Order(i) for i in shown if isinstance(i.expression, Bucket))
    order = buckets or ((Order(values[0], descending=True),) if group else ())
    return replace(plan, select=(*shown, *values), where=where, group=group, order=order)


def _only(item: Item, tests: tuple[Condition, ...]) -> Item:
    return replace(item, only=tests, over=_only(item.over, tests) if item.over else None)


def _parts(group: tuple[Expression, ...], pair: tuple[Period, Period]) -> tuple[Expression, ...] | None:
    """The groups, a month as one of the year where two years are set against each other; None where the periods have no parts in common."""
    found: list[Expression] = []
    for one in group:
        if not isinstance(one, Bucket) or one.grain in ("weekday", "month_of_year", "quarter_of_year"):
            found.append(one)
            continue
        starts = [p.start for p in pair if p.start]
        ends = [p.end for p in pair if p.end]
        alike = {(d.month, d.day) for d in starts}, {(d.month, d.day) for d in ends}
        if one.grain not in PART or any(len(days) > 1 for days in alike):
            return None
        found.append(replace(one, grain=PART[one.grain]))
    return tuple(found)
