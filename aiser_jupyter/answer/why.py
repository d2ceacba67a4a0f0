"""Why a measure changed, as far as the data say: where the change happened, tested, with the query behind each number."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import parts, refusal
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.drivers import Change, Driver, told
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.measured import DAYS, Unread, earlier, grain_of, measured, said, span, spans, without_time
from aiser_jupyter.answer.step import Step
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.grammar.periods import shifted, start_of
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.discover.control import q_values
from aiser_jupyter.discover.decompose import Level, additive, mixed, moved, spread
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pyarrow as pa

    from aiser_jupyter.answer.measured import Measured, Span
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

    Ask = Callable[[str], pa.Table]

# How sure a change, and each part of it, must be to be told as one.
SURE = 0.05
# Fewer earlier changes do not tell how much is usual.
LEAST_CHANGES = 4
# A part below this share of the change is no driver, however sure.
WORTH = 0.1
HISTORY = 13


def why(
    context: Context, measure: str, *, between: tuple[object, object] | None = None, on: str | None = None, today: date | None = None
) -> Answer:
    """Where the change of ``measure`` between two periods happened; the last whole month against the one before where ``between`` is None.

    Each end of ``between`` is a day (its month is meant), a pair of days, or text such as ``"Q1 2025"``. Raises UsageError for what is no period;
    a measure that cannot be read comes back as a refusal.
    """
    today = today or context.clock.today()
    chosen = None
    if between is not None:
        try:
            chosen = tuple(span(end, today) for end in between)
        except ValueError as error:
            raise UsageError(
                f"I can't read {error.args[0]!r} as a period.", hint='Give days or text, such as between=("2025-02", "2025-03").'
            ) from error
        if len(chosen) != 2:
            raise UsageError("Two periods are compared.", hint='Write between=("2025-02", "2025-03").')
    from aiser_jupyter.query.profile import profile

    started = time.perf_counter()
    catalog = profile(context, on)
    intent = replace(classify(f"why did {measure} change"), dispatch="why", confidence=1.0)
    blank = Answer(f"why {measure}", answered=False, intent=intent, source=catalog.source, dialect=catalog.dialect)
    found = explained(context, blank, catalog, measure, today, chosen)  # pyright: ignore[reportArgumentType] - two spans, as was checked
    return replace(found, elapsed_ms=round((time.perf_counter() - started) * 1000, 3))


def reply(context: Context, blank: Answer, catalog: Catalog, *, today: date) -> Answer:
    """The reply to a question for the reasons of a change."""
    return explained(context, blank, catalog, blank.question, today, None)


def explained(context: Context, blank: Answer, catalog: Catalog, text: str, today: date, chosen: tuple[Span, Span] | None) -> Answer:
    """Read the measure and the periods, test, and word what stands."""
    from aiser_jupyter.query import run

    started = time.perf_counter()
    found = measured(context, text, on=catalog.source, today=today)
    if isinstance(found, Unread):
        hint = " Name one and, if you like, a period: why did revenue fall in March 2025?"
        return refusal.refused(blank, found.reason + hint, suggestions=of_catalog(catalog), missing=found.missing)
    found = without_time(found)
    if not found.adds_up:
        reason = f"{found.words} does not add up over groups, so its change cannot be taken apart. Totals, counts of rows and averages can."
        return refusal.refused(blank, reason, suggestions=of_catalog(catalog))
    before, after = sorted(chosen) if chosen else spans(found, text, today)[:2]
    read = Step("Read the measure and the two periods", since(started))

    def ask(sql: str) -> pa.Table:
        return run(context, sql, on=catalog.source, origin="ask").arrow()

    started = time.perf_counter()
    whole_sql = parts.over(found, parts.WHOLE_MEAN if found.mean else parts.WHOLE_TOTAL, parts.both(found, before, after, None))
    whole = Evidence(ask(whole_sql), whole_sql, catalog.dialect, catalog.source, context.clock.now())
    outside = [s for s in (before, after) if s[1] <= found.first or s[0] > found.last]
    if outside or any(whole.cells[i][0] is None for i in (0, 1)):
        lacking = outside[0] if outside else before if whole.cells[0][0] is None else after
        reason = f"there is nothing recorded for {said(lacking)}; the data go from {found.first.isoformat()} to {found.last.isoformat()}."
        return refusal.refused(blank, reason, suggestions=of_catalog(catalog))
    usual, changes = usually(found, before, ask)
    tested = parts.dimensions(found)

    def levels_by(by: ColumnRef | None) -> list[Level]:
        template = parts.TESTED if by else parts.TESTED_WHOLE
        return parts.levels(ask(parts.over(found, template, parts.both(found, before, after, by))))

    levels = {by: levels_by(by) for by in tested.tested}
    real = moved(levels_by(None)[0], usual, mean=found.mean, freedom=changes or None) <= SURE
    drivers = tested_parts(levels, usual, change=float(whole.cells[2][0]), mean=found.mean) if real else []
    fewest = min(levels, key=lambda by: (len(levels[by]), by), default=None)
    change = Change(found, before, after, whole, real, tuple(drivers), drivers[0].by if drivers else fewest)
    ran = Step("Took the change apart by each dimension and tested every part", since(started))
    common = replace(
        blank,
        confidence=round(found.confidence, 4),
        assumptions=(*found.assumptions, *notes(before, after, tested, changes, asked=chosen is not None)),
        steps=(read, ran),
    )
    return told(context, common, change)


def usually(found: Measured, before: Span, ask: Ask) -> tuple[float, int]:
    """How much more the measure varies between periods than independent rows would, and from how many changes that is known.

    It is learned from periods like those compared, up to the earlier one; where these are too few, from shorter ones.
    """
    grain = grain_of(before)
    for finer in (before, *(last_of(before, g) for g in ("month", "week", "day") if g != grain and DAYS[g] < (before[1] - before[0]).days)):
        past = [finer]
        while len(past) < HISTORY and earlier(past[-1])[0] >= found.first:
            past.append(earlier(past[-1]))
        if len(past) <= LEAST_CHANGES:
            continue
        rows = sorted(ask(parts.history(found, past[::-1])).to_pylist(), key=lambda r: r["place"])
        series = [
            Level(r["place"], (float(r["size"] or 0), 0.0), (float(r["total"] or 0), 0.0), (float(r["square"] or 0), 0.0)) for r in rows
        ]
        return spread(series, mean=found.mean)
    return 1.0, 0


def last_of(days: Span, grain: str) -> Span:
    """The last whole period of a grain inside a span."""
    end = start_of(days[1], grain)
    return shifted(end, grain, -1), end


def tested_parts(levels: dict[ColumnRef, list[Level]], usual: float, *, change: float, mean: bool) -> list[Driver]:
    """The parts that went the way of the change, are sure after control over all parts of all dimensions, and large; the largest first."""
    every = [(by, part) for by, found in levels.items() for part in (mixed(found, usual) if mean else additive(found, usual))]
    qs = q_values([part.p_value for _, part in every])
    kept = [
        Driver(by, part, q)
        for (by, part), q in zip(every, qs, strict=True)
        if q <= SURE and part.amount * change > 0 and part.excess * change > 0 and abs(part.amount) >= WORTH * abs(change)
    ]
    return sorted(kept, key=lambda d: (-abs(d.part.excess), d.by, str(d.part.level)))


def notes(before: Span, after: Span, tested: parts.Dimensions, changes: int, *, asked: bool) -> tuple[str, ...]:
    """What was taken for granted, and what could not be tested."""
    out = [] if asked else [f"{said(after)} is compared with {said(before)}"]
    days = [(end - start).days for start, end in (before, after)]
    if days[0] != days[1] and (not grain_of(before) or grain_of(before) != grain_of(after)):
        out.append(f"the periods are of different length: {days[0]} and {days[1]} days")
    if tested.left_out:
        out.append("not tested, with too many values: " + ", ".join(f"{words(ref.column)} ({count:,})" for ref, count in tested.left_out))
    if not tested.tested:
        out.append("there is no group in these tables to test")
    if not changes:
        out.append("there are too few earlier periods to know how much it usually varies; rows were taken as independent")
    return tuple(out)


def since(started: float) -> float:
    """Milliseconds since ``started``."""
    return round((time.perf_counter() - started) * 1000, 3)
