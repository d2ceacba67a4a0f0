"""Edits of a plan's time: another period, the one before or after it, two of them side by side, another grain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, get_args

from aiser_jupyter.ask.follow.edits import grouped, reordered, ungrouped
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.periods import shifted
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Expression, Grain, Item, Plan

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

Span = tuple[date | None, date | None]
PART_OF_YEAR: dict[Grain, Grain] = {"month": "month_of_year", "quarter": "quarter_of_year"}
WHOLE: dict[Grain, Grain] = {part: whole for whole, part in PART_OF_YEAR.items()}


def date_of(schema: Schema, plan: Plan) -> ColumnRef | None:
    """The date column that a plan already speaks of, by a period or a grain."""
    expressions: list[Expression] = [*plan.group, *(c.item.expression for c in plan.where)]
    for expression in expressions:
        if isinstance(expression, Bucket):
            return expression.column
        if isinstance(expression, ColumnRef) and schema.view(expression).temporal:
            return expression
    return None


def about(condition: Condition, column: ColumnRef) -> bool:
    """Whether a test is on a date column, cut or not."""
    expression = condition.item.expression
    return expression == column or (isinstance(expression, Bucket) and expression.column == column)


def without(plan: Plan, column: ColumnRef) -> Plan:
    """Of any time: no test on the date; raises NoPlanError where there is none."""
    if not any(about(c, column) for c in plan.where):
        raise NoPlanError
    return _one(replace(plan, where=tuple(c for c in plan.where if not about(c, column))), plan, column)


def during(plan: Plan, column: ColumnRef, span: Span) -> Plan:
    """In one period, in the place of any other."""
    tests = tests_of(column, span)
    kept = tuple(c for c in plan.where if not about(c, column))
    return _one(replace(plan, where=(*kept, *tests)), plan, column)


def tests_of(column: ColumnRef, span: Span) -> tuple[Condition, ...]:
    """The tests that a date lies in a period."""
    return tuple(
        Condition(Item(column), operator, (day.isoformat(),)) for operator, day in zip((">=", "<"), span, strict=True) if day is not None
    )


def _one(plan: Plan, before: Plan, column: ColumnRef) -> Plan:
    """``plan`` without the columns that told two compared periods apart."""
    if spans(before, column) is None or len(spans(before, column) or ()) < 2:
        return plan
    marks = {c.item.expression for c in before.where if about(c, column) and c.operator == "in"}
    parts = {e for e in plan.group if isinstance(e, Bucket) and e.grain in WHOLE}
    made: dict[Expression, Expression] = {e: Bucket(column, WHOLE[e.grain]) for e in parts if isinstance(e, Bucket)}
    gone = marks if parts or any(e not in marks for e in plan.group) or plan.group else set()
    select = tuple(
        replace(i, expression=made.get(i.expression, i.expression)) for i in plan.select if i.aggregate or i.expression not in gone
    )
    group = tuple(made.get(e, e) for e in plan.group if e not in gone)
    order = tuple(replace(o, item=replace(o.item, expression=made.get(o.item.expression, o.item.expression))) for o in plan.order)
    return reordered(replace(plan, select=select, group=group, order=order), before)


def spans(plan: Plan, column: ColumnRef) -> tuple[Span, ...] | None:
    """The periods that a plan is about, None where it is about all time or tests the date in another way."""
    tests = [c for c in plan.where if about(c, column)]
    if not tests:
        return None
    if len(tests) == 1 and isinstance(tests[0].item.expression, Bucket) and tests[0].operator in ("in", "=") and tests[0].values:
        grain = tests[0].item.expression.grain
        starts = [_start(value, grain) for value in tests[0].values]
        return tuple((start, shifted(start, grain, 1)) for start in starts)
    start = end = None
    for test in tests:
        if test.plan is not None or isinstance(test.item.expression, Bucket) or test.operator not in (">=", "<") or not test.values:
            return None
        day = date.fromisoformat(str(test.values[0])[:10])
        start, end = (day, end) if test.operator == ">=" else (start, day)
    return ((start, end),)


def _start(value: object, grain: Grain) -> date:
    if grain == "year" and isinstance(value, (int, float)):
        return date(int(value), 1, 1)
    if isinstance(value, str) and grain in ("month", "quarter", "week", "day"):
        return date.fromisoformat(value[:10])
    raise NoPlanError


def moved(span: Span, unit: str, count: int) -> Span:
    """A period ``count`` units later; what is open stays open."""

    def there(day: date | None) -> date | None:
        if day is None or unit in ("day", "week") or day.day == 1:
            return day and shifted(day, unit, count)
        first = shifted(day.replace(day=1), unit, count)
        return min(date.fromordinal(first.toordinal() + day.day - 1), shifted(first, "month", 1))

    return there(span[0]), there(span[1])


def compared(plan: Plan, column: ColumnRef, pair: tuple[Span, Span]) -> Plan:
    """Two periods of the same length side by side; raises NoPlanError where they are no whole years, quarters or months."""
    grains: tuple[Grain, ...] = ("year", "quarter", "month")
    grain: Grain | None = next((g for g in grains if all(_is(span, g) for span in pair)), None)
    if grain is None:
        raise NoPlanError
    starts = [span[0] for span in pair if span[0] is not None]
    said = tuple(sorted(day.year if grain == "year" else day.isoformat() for day in starts))
    mark = Bucket(column, grain)
    kept = tuple(c for c in plan.where if not about(c, column))
    made = replace(plan, where=(*kept, Condition(Item(mark), "in", said)))
    buckets = [e for e in plan.group if isinstance(e, Bucket)]
    if grain == "year":
        for bucket in buckets:
            part = PART_OF_YEAR.get(bucket.grain)
            if part is None:
                raise NoPlanError
            made = grouped(ungrouped_or_bare(made, bucket), (), (Bucket(column, part),))
        return _first(grouped(made, (), (mark,)), mark)
    if any(bucket != mark for bucket in buckets):
        raise NoPlanError
    return grouped(made, (), (mark,))


def _first(plan: Plan, mark: Bucket) -> Plan:
    """The compared years before the part of the year."""
    head = tuple(item for item in plan.select if item.expression == mark)
    plan = replace(plan, select=(*head, *(item for item in plan.select if item not in head)))
    return replace(plan, order=tuple(sorted(plan.order, key=lambda o: o.item.expression != mark)))


def ungrouped_or_bare(plan: Plan, bucket: Bucket) -> Plan:
    """Without one grain, though no other group is left."""
    select = tuple(item for item in plan.select if item.expression != bucket)
    group = tuple(e for e in plan.group if e != bucket)
    return replace(plan, select=select, group=group, order=tuple(o for o in plan.order if o.item.expression != bucket))


def _is(span: Span, grain: Grain) -> bool:
    start, end = span
    if start is None or end is None or start.day != 1 or end != shifted(start, grain, 1):
        return False
    return start.month in {"year": (1,), "quarter": (1, 4, 7, 10)}.get(grain, range(1, 13))


def by_grain(plan: Plan, column: ColumnRef, grain: Grain, *, alone: bool) -> Plan:
    """By another grain, in the place of the one before; where it had none and ``alone`` is said, in the place of every group."""
    if grain not in get_args(Grain):
        raise NoPlanError
    compares = len(spans(plan, column) or ()) > 1
    if compares and grain not in PART_OF_YEAR:
        raise NoPlanError
    marks = {c.item.expression for c in plan.where if about(c, column)} if compares else set()
    buckets = [e for e in plan.group if isinstance(e, Bucket) and e not in marks]
    bucket = Bucket(column, PART_OF_YEAR[grain] if compares else grain)
    if bucket in buckets:
        raise NoPlanError
    made = plan
    for old in buckets:
        made = ungrouped_or_bare(made, old)
    if alone and not buckets:
        made = replace(made, select=tuple(i for i in made.select if i.aggregate), group=(), order=(), limit=None, rank_within=())
    made = grouped(made, (), (bucket,))
    return _first(made, next(iter(m for m in marks if isinstance(m, Bucket)))) if compares else made


def ungrained(plan: Plan, grain: Grain | None) -> Plan:
    """Without its grain, of that name where one is said."""
    return ungrouped(plan, lambda e: isinstance(e, Bucket) and (grain is None or WHOLE.get(e.grain, e.grain) == grain))
