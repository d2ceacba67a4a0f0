"""A measure over time, read from a few words by the question engine: what to add up, where, by which date."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Grain
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

# What a question says around its measure: the request itself, the move, the time.
AROUND = re.compile(
    r"\b(?:why|how come|how so|what(?:'s|s)?|which|who|is|are|was|were|did|do|does|has|have|had|the|an?|our|we|us|so|such|very|much|many|please|pls|any|idea|explain\w*|explanation|"
    r"reasons?|causes?|caus(?:ed|ing)|root|driv(?:ers?|ing|en|es?)|drove|behind|made|makes?|making|led to|due to|because|happened|changed?|changes?|factors?|account(?:s|ed)? for|"
    r"r[io]se|rising|risen|rais(?:ed|e)|increas\w*|grow(?:n|ing|s|th)?|grew|jump\w*|spik\w*|surg\w*|climb\w*|f[ae]ll(?:s|en|ing)?|drop\w*|declin\w*|decreas\w*|dip\w*|shr[aiu]nk\w*|slump\w*|plung\w*|"
    r"go(?:es|ne|ing)?|went|up|down|low(?:er)?|high(?:er)?|less|fewer|more|worse|better|slow(?:er)?|bad|than|there|it|"
    r"forecast\w*|predict\w*|project(?:ed|ions?)|expect\w*|estimate\w*|outlook|will|would|should|shall|be|look|like|plan(?:ned)?|likely|future|develop\w*|"
    r"yoy|mom|qoq|year over year|last|previous|next|coming|this|month|quarter|week|year|months|quarters|weeks|years|day|days|end|\d+)\b|[?!.,;:]|[+-]?\d+ ?%",
    re.IGNORECASE,
)
# Prepositions and joining words that are left with nothing behind or before them.
LOOSE = re.compile(
    r"^(?:(?:in|on|at|by|of|for|from|to|until|over|during|and|with)\b ?)+|(?: ?\b(?:in|on|at|by|of|for|from|to|until|over|during|and|with))+$",
    re.IGNORECASE,
)
DOUBLE = re.compile(
    r"\b(?:in|on|at|by|of|for|from|to|until|over|during) (?=(?:in|on|at|by|of|for|from|to|until|over|during)\b)", re.IGNORECASE
)
COUNTED = re.compile(r"^\s*(?:how many|number of)\s+", re.IGNORECASE)
GRAINS: tuple[Grain, ...] = ("month", "week", "day", "quarter", "year")
DAYS = {"day": 1, "week": 7, "month": 30.4, "quarter": 91.3, "year": 365.25}
SLACK = {"day": 0, "week": 1, "month": 3, "quarter": 5, "year": 10}
MONTH = re.compile(rf"\b({periods.MONTH})\b(?!\s*(?:of )?\d{{4}})", re.IGNORECASE)


@dataclass(frozen=True)
class Measured:
    """A measure with its date column and what narrows it; ``first`` and ``last`` are the days its data span."""

    words: str
    item: Item
    when: ColumnRef
    where: tuple[Condition, ...]
    catalog: Catalog
    schema: Schema
    first: date
    last: date
    confidence: float
    assumptions: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table whose rows the measure is made of."""
        return render.leaves(self.item.expression)[0].table

    @property
    def mean(self) -> bool:
        """Whether the measure is a mean of rows, not a total."""
        return self.item.aggregate == "avg"

    @property
    def adds_up(self) -> bool:
        """Whether parts of the measure make up the whole: totals and counts do, different values and extremes do not."""
        return self.item.aggregate in {"sum", "count", "avg"} and not self.item.distinct and self.item.scale == 1.0 and not self.item.among

    def plan(self, *, select: tuple[Item, ...], start: date | None = None, end: date | None = None, by: tuple = ()) -> Plan:
        """A plan over the measure's rows from ``start`` up to but not including ``end``."""
        when = Item(self.when)
        tests = [Condition(when, ">=", (start.isoformat(),))] if start else []
        tests += [Condition(when, "<", (end.isoformat(),))] if end else []
        return Plan(select, (self.table,), (*self.where, *tests), group=by)

    def sql(self, plan: Plan) -> str:
        """The plan as SQL of the source."""
        return render.sql(plan, self.schema.graph)


@dataclass(frozen=True)
class Unread:
    """Why words could not be read as a measure over time, and what has no place in the data."""

    reason: str
    missing: tuple[str, ...] = ()


def measured(context: Context, words: str, *, on: str | None, today: date) -> Measured | Unread:
    """``words`` as a measure over time, such as ``revenue`` or ``orders in Germany``; why not, where they are none."""
    count = "number of " if COUNTED.match(words) else ""
    bare = " ".join(AROUND.sub(" ", timeless(COUNTED.sub("", words), today)).split())
    bare = LOOSE.sub("", DOUBLE.sub("", bare))
    if not bare:
        return Unread("I don't see which measure it is about.")
    missing: tuple[str, ...] = ()
    for phrase in dict.fromkeys((f"{count}{bare}", f"total {bare}", f"number of {bare}")):
        reading = read(context, f"{phrase} by month", on=on, today=today)
        found = (
            shaped(context, phrase.removeprefix("total "), reading.plan, on, reading.confidence, reading.assumptions)
            if reading.answered
            else None
        )
        if found is not None:
            return found
        missing = missing or tuple(w for w in reading.missing if w != "month")
    return Unread(f"I can't read “{bare}” as a measure over time in these tables.", missing)


def timeless(text: str, today: date) -> str:
    """``text`` without the periods it names."""
    for found in sorted(periods.find(text, today), key=lambda p: -p.span[0]):
        text = f"{text[: found.span[0]]} {text[found.span[1] :]}"
    return MONTH.sub(" ", text)


def shaped(
    context: Context, words: str, plan: Plan | None, on: str | None, confidence: float, assumptions: tuple[str, ...]
) -> Measured | None:
    """The measure in a plan that shows one figure by month; None for any other plan."""
    from aiser_jupyter.query.profile import profile

    if plan is None or plan.having or plan.limit or plan.either or plan.compound or len(plan.group) != 1:
        return None
    cut = plan.group[0]
    figures = [item for item in plan.select if item.aggregate and not item.window]
    if not isinstance(cut, Bucket) or len(figures) != 1:
        return None
    catalog = profile(context, on)
    schema = schema_of(catalog)
    view = schema.view(cut.column)
    first, last = day(view.low), day(view.high)
    if first is None or last is None:
        return None
    return Measured(words, figures[0], cut.column, plan.where, catalog, schema, first, last, confidence, assumptions)


def day(value: object) -> date | None:
    """A statistic of a date column as a day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def count_item(found: Measured) -> Item:
    """How many rows are behind the measure."""
    return Item(Star(found.table), "count")


def whole_last(found: Measured, grain: Grain) -> date:
    """The start of the last period that the data cover to its end, or nearly so."""
    start = periods.start_of(found.last, grain)
    following = periods.shifted(start, grain, 1)
    return start if (following - found.last).days - 1 <= SLACK[grain] else periods.shifted(start, grain, -1)


def whole_first(found: Measured, grain: Grain) -> date:
    """The start of the first period that the data cover from its beginning, or nearly so."""
    start = periods.start_of(found.first, grain)
    return start if (found.first - start).days <= SLACK[grain] else periods.shifted(start, grain, 1)


Span = tuple[date, date]


def spans(found: Measured, text: str, today: date) -> tuple[Span, Span, str]:
    """The two periods a question compares, the earlier one first, and the grain of the later one.

    One that is named is set against the one before it; where none is named, the last whole month against the month before.
    """
    named = [(p.start, p.end) for p in periods.find(text, today) if p.start and p.end]
    if not named and (month := MONTH.search(text)):
        number = next(i for i, name in enumerate(periods.MONTHS, 1) if name.startswith(month[1].lower()[:3]))
        last = whole_last(found, "month")
        named = [month_of(last.year if number <= last.month else last.year - 1, number)]
    if len(named) >= 2:
        before, after = sorted(named[:2])
        return before, after, grain_of(after)
    if named:
        return earlier(named[0]), named[0], grain_of(named[0])
    grain = usual_grain(found)
    start = whole_last(found, grain)
    after = (start, periods.shifted(start, grain, 1))
    return earlier(after), after, grain


def usual_grain(found: Measured) -> Grain:
    """The coarsest grain people compare by that the data hold three whole periods of."""
    for grain in GRAINS:
        if (whole_last(found, grain) - whole_first(found, grain)).days >= 2 * DAYS[grain]:
            return grain
    return "day"


def month_of(year: int, month: int) -> Span:
    """A month as days."""
    start = date(year, month, 1)
    return start, periods.shifted(start, "month", 1)


def grain_of(span: Span) -> Grain | str:
    """The grain a span is a whole period of; empty for any other length."""
    return next(
        (
            g
            for g in ("day", "week", "month", "quarter", "year")
            if span[0] == periods.start_of(span[0], g) and span[1] == periods.shifted(span[0], g, 1)
        ),
        "",
    )


def earlier(span: Span) -> Span:
    """The span of the same length just before."""
    grain = grain_of(span)
    start = periods.shifted(span[0], grain, -1) if grain else span[0] - (span[1] - span[0])
    return start, span[0]


def said(span: Span) -> str:
    """A span in words: ``March 2011``, ``Q1 2011``, ``2011``, or its first and last day."""
    from aiser_jupyter.format import date as dates

    grain = grain_of(span)
    if grain:
        return dates.text(span[0], grain)  # pyright: ignore[reportArgumentType] - a grain of periods is one of dates
    return f"{span[0].isoformat()} to {(span[1] - timedelta(days=1)).isoformat()}"


def span(value: object, today: date) -> Span:
    """A period given to ``between``: a day stands for its month; text is read as a period; a pair of days is taken from the first to the last.

    Raises ValueError for what is no period.
    """
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, date) for v in value):
        start, end = (v.date() if isinstance(v, datetime) else v for v in value)
        return start, end + timedelta(days=1)
    if isinstance(value, date):
        return month_of(value.year, value.month)
    if isinstance(value, str):
        for found in periods.find(value, today):
            if found.start and found.end:
                return found.start, found.end
    raise ValueError(value)


def without_time(found: Measured) -> Measured:
    """The measure without tests on its own date, which periods take the place of."""
    return replace(found, where=tuple(c for c in found.where if c.item.expression != found.when))
