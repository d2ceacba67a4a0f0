"""What a measure will be, as far as its own past tells: a forecast with intervals that were checked on that past."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer import horizon as horizon_sql
from aiser_jupyter.answer import refusal
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.drivers import unit_of
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.line import Line, upper_first
from aiser_jupyter.answer.measured import GRAINS, MONTH, Unread, day, measured, said, whole_first, whole_last, without_time
from aiser_jupyter.answer.step import Step
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.answer.why import since
from aiser_jupyter.ask.grammar import periods as calendar
from aiser_jupyter.ask.plan import Bucket, Item
from aiser_jupyter.errors import UsageError
from aiser_jupyter.facts import fact
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.answer.measured import Measured
    from aiser_jupyter.ask.plan import Grain
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.forecast import Forecast
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.query.result import Result

PERIODS = 6
MOST_PERIODS = 60
# The grain that has this many whole periods, the coarsest first that people plan by.
ENOUGH = 24
LEAST = 12
COVERAGE = 0.8
AHEAD = re.compile(
    r"\b(?:next|coming|following) (?:(\d+|two|three|four|five|six|seven|ten|twelve) )?(day|week|month|quarter|year)s?\b", re.IGNORECASE
)
YEAR = re.compile(r"\b(20\d\d)\b")
SIMPLE = {
    "naive": "repeating the last value",
    "seasonal naive": "repeating the value of a season ago",
}
NAMES = {"drift": "the line through its first and last value"}
SKILL = "less_wrong"
QUESTION = "This asks about the future; I only read what is recorded."


@dataclass(frozen=True)
class History:
    """The measure's whole periods in order, without holes, and the query that yields them."""

    grain: Grain
    starts: tuple[date, ...]
    values: tuple[float, ...]
    sql: str
    filled: int


def forecast(
    context: Context,
    measure: str,
    *,
    periods: int | None = None,
    on: str | None = None,
    grain: Grain | None = None,
    today: date | None = None,
) -> Answer:
    """A forecast of ``measure`` for the next ``periods`` (six, or what the words ask for), by ``grain`` (the one its history suits where None).

    The reply carries the query of the history as ``sql``; its result is the history and the forecast with 80 % and 95 % intervals. A history that is too
    short or has too many holes comes back as a refusal. Raises UsageError for a number of periods below 1 or above 60, or an unknown grain.
    """
    from aiser_jupyter.query.profile import profile

    if periods is not None and not 1 <= periods <= MOST_PERIODS:
        raise UsageError(f"{periods} periods cannot be forecast.", hint=f"Give 1 to {MOST_PERIODS} periods.")
    if grain is not None and grain not in GRAINS:
        raise UsageError(f"There is no grain {grain!r}.", hint=f"Grains: {', '.join(GRAINS)}.")
    started = time.perf_counter()
    catalog = profile(context, on)
    intent = replace(classify(f"forecast {measure}"), dispatch="forecast", confidence=1.0)
    blank = Answer(f"forecast {measure}", answered=False, intent=intent, source=catalog.source, dialect=catalog.dialect)
    found = looked_ahead(context, blank, catalog, measure, periods, grain, today or context.clock.today())
    return replace(found, elapsed_ms=since(started))


def reply(context: Context, blank: Answer, catalog: Catalog, *, today: date) -> Answer:
    """The reply to a question about the future: what is recorded does not answer it, and how to have it forecast."""
    found = measured(context, blank.question, on=catalog.source, today=today)
    call = (
        "" if isinstance(found, Unread) else f' A forecast from its past: ws.forecast("{found.words}"), or %aiser forecast {found.words}.'
    )
    return refusal.refused(blank, QUESTION + call, suggestions=of_catalog(catalog))


def looked_ahead(
    context: Context, blank: Answer, catalog: Catalog, text: str, periods: int | None, grain: Grain | None, today: date
) -> Answer:
    """Read the measure, take its history, forecast, and word it."""
    from aiser_jupyter.discover.forecast import SEASONS, TooShortError
    from aiser_jupyter.discover.forecast import forecast as computed

    started = time.perf_counter()
    found = measured(context, text, on=catalog.source, today=today)
    if isinstance(found, Unread):
        return refusal.refused(blank, f"{found.reason} Name one: forecast revenue.", suggestions=of_catalog(catalog), missing=found.missing)
    found = without_time(found)
    asked = AHEAD.search(text)
    grain = grain or grain_for(found, asked[2].lower() if asked else None)  # pyright: ignore[reportArgumentType] - one of the grains the pattern names
    past = history(context, found, grain)
    if isinstance(past, str):
        return refusal.refused(blank, past, suggestions=of_catalog(catalog))
    ahead = min(periods or horizon(text, asked, past, today), MOST_PERIODS)
    read = Step("Read the measure and its history", since(started))
    started = time.perf_counter()
    import numpy as np

    try:
        made = computed(np.array(past.values), ahead, SEASONS[grain])
    except TooShortError as error:
        return refusal.refused(
            blank, f"the history of {found.words} is no ground for a forecast: {error}.", suggestions=of_catalog(catalog)
        )
    ran = Step(f"Compared the models on {made.origins} points in the past and took {made.method}", since(started))
    return worded(context, replace(blank, steps=(read, ran)), found, past, made)


def grain_for(found: Measured, asked: Grain | None) -> Grain:
    """The grain asked for where the history has enough of it, else the coarsest with two dozen periods, else with one dozen."""
    count = {g: len(steps(whole_first(found, g), whole_last(found, g), g)) for g in GRAINS}
    if asked and count[asked] >= LEAST:
        return asked
    order: tuple[Grain, ...] = ("month", "week", "day")
    for least in (ENOUGH, LEAST):
        for grain in order:
            if count[grain] >= least:
                return grain
    return "day"


def steps(first: date, last: date, grain: Grain) -> tuple[date, ...]:
    """Every period's start from ``first`` to ``last``."""
    out = []
    while first <= last:
        out.append(first)
        first = calendar.shifted(first, grain, 1)
    return tuple(out)


def history(context: Context, found: Measured, grain: Grain) -> History | str:
    """The measure by whole periods; why not, where there are too few or too many are missing."""
    from aiser_jupyter.query import run

    first, last = whole_first(found, grain), whole_last(found, grain)
    bucket = Bucket(found.when, grain)
    plan = found.plan(select=(Item(bucket), found.item), start=first, end=calendar.shifted(last, grain, 1), by=(bucket,))
    sql = found.sql(plan)
    table = run(context, sql, on=found.catalog.source, origin="ask").arrow()
    at = {
        start: float(value)
        for cell, value in zip(*(c.to_pylist() for c in table.columns), strict=True)
        if value is not None and (start := begun(cell))
    }
    if not at:
        return f"there is nothing recorded of {found.words}."
    starts = steps(min(at), last, grain)
    if len(starts) < LEAST:
        return f"its history is too short: {len(starts)} whole {grain}s, and {LEAST} is the least to learn from."
    lacking = [s for s in starts if s not in at]
    if len(lacking) > (1 - COVERAGE) * len(starts):
        return f"its history has too many holes: {len(lacking)} of {len(starts)} {grain}s have no value."
    adds = found.item.aggregate in {"sum", "count"}
    values, previous = [], at[starts[0]]
    for start in starts:
        previous = at.get(start, 0.0 if adds else previous)
        values.append(previous)
    return History(grain, starts, tuple(values), sql, len(lacking))


def begun(cell: Any) -> date | None:
    """The day a period in a result begins: a date, a moment, text of one, or a year."""
    return date(cell, 1, 1) if isinstance(cell, int) else day(cell)


def horizon(text: str, asked: re.Match[str] | None, past: History, today: date) -> int:
    """How many periods the words look ahead: ``next 3 months``, up to a month or year that is named; six where they say nothing."""
    last = past.starts[-1]
    if asked:
        count = int(calendar.SMALL.get((asked[1] or "1").lower(), asked[1] or 1))
        end = calendar.shifted(calendar.shifted(last, past.grain, 1), asked[2].lower(), count)
        return max(1, len(steps(last, end, past.grain)) - 2)
    ends = [p.end for p in calendar.find(text, today) if p.end and p.end > last]
    if not ends and (month := MONTH.search(text)):
        number = next(i for i, name in enumerate(calendar.MONTHS, 1) if name.startswith(month[1].lower()[:3]))
        following = calendar.shifted(last, past.grain, 1)
        start = date(following.year if number >= following.month else following.year + 1, number, 1)
        ends = [calendar.shifted(start, "month", 1)]
    if not ends and (year := YEAR.search(text)):
        ends = [date(int(year[1]) + 1, 1, 1)]
    return max(1, len(steps(last, max(ends), past.grain)) - 2) if ends and max(ends) > last else PERIODS


def worded(context: Context, blank: Answer, found: Measured, past: History, made: Forecast) -> Answer:
    """The forecast in words, with its table and chart."""
    coming = steps(
        calendar.shifted(past.starts[-1], past.grain, 1), calendar.shifted(past.starts[-1], past.grain, len(made.values)), past.grain
    )
    unit = unit_of(found)
    known = replace(blank, sql=past.sql, restated=f"{found.words[:1].upper()}{found.words[1:]} by {past.grain}, and its forecast")

    columns = named(made)
    sql = horizon_sql.statement(past.grain, coming, columns, found.catalog.dialect)

    def state(value: float, printed: str = unit) -> Fact:
        return fact(value, unit=printed, sql=sql, source=f"{found.catalog.source}, forecast by {made.method}", as_of=context.clock.now())

    def at(place: int) -> str:
        return said((coming[place], calendar.shifted(coming[place], past.grain, 1)))

    line = Line().name(found.words).say(" is forecast at ").state(state(made.values[0])).say(" in ").name(at(0)).say(" (")
    line.name("80 %").say(" of the time between ").state(state(made.low[80][0]), strong=False).say(" and ").state(
        state(made.high[80][0]), strong=False
    ).say(")")
    if len(coming) > 1:
        line.say(" and at ").state(state(made.values[-1])).say(" in ").name(at(-1)).say(" (").state(state(made.low[80][-1]), strong=False)
        line.say(" to ").state(state(made.high[80][-1]), strong=False).say(")")
    line.say(". ")
    if made.beaten:
        line.say("In a test on its past ").name(NAMES.get(made.method, made.method)).say(" was off by ").state(
            state(made.skill, "share"), strong=False
        )
        line.say(" less than repeating what was.")
    else:
        line.say("No model forecast its past better than ").name(SIMPLE[made.method]).say(", so this is what I give.")
    upper_first(line)
    assert line.holds(), line.text
    result = tabled(context, past, coming, columns)
    title = f"{found.words[:1].upper()}{found.words[1:]} by {past.grain}, with forecast and its 95 % interval"
    chart = ChartSpec(
        kind="line", x=past.grain, y=("actual", "forecast"), band=("low_95", "high_95"), title=title, unit=unit,
        reason="A course over time is a line; the band holds nineteen of twenty outcomes.", alternatives=("table",),
    )  # fmt: skip
    return replace(
        known,
        answered=True,
        state="answered",
        result=result,
        column_sql=dict.fromkeys((name for name in columns if name != SKILL), sql),
        chart=chart,
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(line.facts),
        confidence=round(found.confidence, 4),
        assumptions=(*found.assumptions, *notes(past, made)),
    )


def notes(past: History, made: Forecast) -> tuple[str, ...]:
    """What the forecast rests on."""
    out = [
        f"what moved it so far goes on as in the {len(past.values)} {past.grain}s on record ({said((past.starts[0], calendar.shifted(past.starts[0], past.grain, 1)))} to {said((past.starts[-1], calendar.shifted(past.starts[-1], past.grain, 1)))})"
    ]
    out.append(
        "on the past, of which they were made to hold as much as they say, the intervals held "
        + " and ".join(f"{100 * share:.0f} % (of {level} %)" for level, share in made.held.items())
        + f" of {made.checked} values from {made.origins} points in time"
    )
    if past.filled:
        out.append(f"{past.filled} {past.grain}s without rows count as nothing")
    if len(made.values) > len(past.values) / 2:
        out.append("this looks far ahead for so short a past")
    return tuple(out)


def named(made: Forecast) -> dict[str, tuple[float, ...]]:
    """What was made, by the names of its columns: the values, the ends of their intervals, and how much less wrong it was than repeating what was."""
    ends = {f"{side}_{level}": values[level] for level in made.low for side, values in (("low", made.low), ("high", made.high))}
    return {"forecast": made.values, **ends, SKILL: (made.skill,) * len(made.values)}


def tabled(context: Context, past: History, coming: tuple[date, ...], made: dict[str, tuple[float, ...]]) -> Result:
    """The forecast from the next period on, then the history from the last one back: what was asked for is not at the end of a long table."""
    import pyarrow as pa

    from aiser_jupyter.query import run

    n, k = len(past.values), len(coming)
    blank: list[float | None] = [None] * n
    columns: dict[str, list[Any]] = {
        past.grain: [*past.starts, *coming],
        "actual": [*past.values, *[None] * k],
        **{name: [*blank, *values] for name, values in made.items() if name != SKILL},
    }
    table: pa.Table = pa.table(
        {name: pa.array(cells, pa.date32() if name == past.grain else pa.float64()) for name, cells in columns.items()}
    )
    sql = f'SELECT * FROM forecast ORDER BY forecast IS NULL, CASE WHEN forecast IS NOT NULL THEN "{past.grain}" END, 1 DESC'  # noqa: S608  # one of the grains
    return run(context, sql, frames={"forecast": table}, origin="ask")
