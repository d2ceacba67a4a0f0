"""Why a measure changed, as far as the data say: where the change happened, tested, with the query behind each number."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import parts, refusal
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.step import Step
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.line import Line, upper_first
from aiser_jupyter.answer.measured import DAYS, Unread, earlier, grain_of, measured, said, span, spans, without_time
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.periods import shifted, start_of
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.discover.control import q_values
from aiser_jupyter.discover.decompose import Level, additive, mixed, moved, spread
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number
from aiser_jupyter.format.meaning import meaning
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pyarrow as pa

    from aiser_jupyter.answer.measured import Measured, Span
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.decompose import Part

    Ask = Callable[[str], pa.Table]

# How sure a change, and each part of it, must be to be told as one.
SURE = 0.05
# Fewer earlier changes do not tell how much is usual.
LEAST_CHANGES = 4
# A part below this share of the change is no driver, however sure.
WORTH = 0.1
HISTORY = 13
NAMED = 3
UP = re.compile(r"\b(?:r[io]se|rising|risen|increas\w*|grow\w*|grew|jump\w*|spik\w*|surg\w*|climb\w*|higher|up|more|explod\w*|doubled?)\b", re.IGNORECASE)
DOWN = re.compile(r"\b(?:f[ae]ll\w*|drop\w*|declin\w*|decreas\w*|dip\w*|shr[aiu]nk\w*|slump\w*|plung\w*|lower|down|less|fewer|collaps\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Driver:
    """A part of the change that is sure and large enough to be named."""

    by: ColumnRef
    part: Part
    q: float


def why(context: Context, measure: str, *, between: tuple[object, object] | None = None, on: str | None = None, today: date | None = None) -> Answer:
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
            raise UsageError(f"I can't read {error.args[0]!r} as a period.", hint='Give days or text, such as between=("2025-02", "2025-03").') from error
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
    levels = {by: parts.levels(ask(parts.over(found, parts.TESTED, parts.both(found, before, after, by)))) for by in tested.tested}
    total = total_level(ask(parts.over(found, parts.TESTED.replace("level, ", "1 AS level, ", 1).replace(" GROUP BY level", ""), parts.both(found, before, after, None))))
    p_value = moved(total, usual, mean=found.mean, freedom=changes or None)
    drivers = tested_parts(levels, usual, change=float(whole.cells[2][0]), mean=found.mean) if p_value <= SURE else []
    ran = Step("Took the change apart by each dimension and tested every part", since(started))
    common = replace(
        blank,
        confidence=round(found.confidence, 4),
        assumptions=(*found.assumptions, *notes(found, before, after, tested, changes, asked=chosen is not None)),
        steps=(read, ran),
    )
    return told(context, common, found, whole, (before, after), drivers, p_value, min(levels, key=lambda by: (len(levels[by]), by), default=None), ask)


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
        series = [Level(r["place"], (float(r["size"] or 0), 0.0), (float(r["total"] or 0), 0.0), (float(r["square"] or 0), 0.0)) for r in rows]
        return spread(series, mean=found.mean)
    return 1.0, 0


def last_of(days: Span, grain: str) -> Span:
    """The last whole period of a grain inside a span."""
    end = start_of(days[1], grain)
    return shifted(end, grain, -1), end


def total_level(table: pa.Table) -> Level:
    """The whole as one level."""
    return parts.levels(table)[0]


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


def notes(found: Measured, before: Span, after: Span, tested: parts.Dimensions, changes: int, *, asked: bool) -> tuple[str, ...]:
    """What was taken for granted, and what could not be tested."""
    out = [] if asked else [f"{said(after)} is compared with {said(before)}"]
    if tested.left_out:
        out.append("not tested, with too many values: " + ", ".join(f"{words(ref.column)} ({count:,})" for ref, count in tested.left_out))
    if not tested.tested:
        out.append("there is no group in these tables to test")
    if not changes:
        out.append("there are too few earlier periods to know how much it usually varies; rows were taken as independent")
    return tuple(out)


def told(context: Context, blank: Answer, found: Measured, whole: Evidence, compared: tuple[Span, Span], drivers: list[Driver], p_value: float, first: ColumnRef | None, ask: Ask) -> Answer:
    """The reply in words, with the table and chart of the dimension where the change stands out most."""
    from aiser_jupyter.query import run

    before, after = compared
    unit = unit_of(found)
    rose = whole.cells[2][0] > 0
    what = f"{'average ' if found.mean and not found.words.startswith('average') else ''}{found.words}"
    line = Line()
    asked_down, asked_up = DOWN.search(blank.question), UP.search(blank.question)
    if bool(asked_down) != bool(asked_up) and whole.cells[2][0] and rose == bool(asked_down):
        line.say("it did not: ")
    line.name(what).say(" rose from " if rose else " fell from " if whole.cells[2][0] else " stayed the same: from ").state(whole.cell(0, 0, unit=unit)).say(" in ").name(said(before))
    line.say(" to ").state(whole.cell(0, 1, unit=unit)).say(" in ").name(said(after))
    if whole.cells[3][0] is not None:
        relative = whole.cell(0, 3, unit="share")
        line.say(" (").state(relative, number.text(relative.value, unit="share", signed=True), strong=False).say(")")  # pyright: ignore[reportArgumentType] - a share is a number
    line.say(".")
    by = drivers[0].by if drivers else first
    facts, result, chart, sql = list(line.facts), None, None, whole.sql
    if by is not None:
        sql = parts.over(found, parts.MEANS if found.mean else parts.TOTALS, parts.both(found, before, after, by))
        result = run(context, sql, on=found.catalog.source, origin="ask")
        evidence = Evidence(result.arrow(), sql, found.catalog.dialect, found.catalog.source, context.clock.now())
        chart = drawn(found, by, compared, [d for d in drivers if d.by == by])
        if drivers:
            naming(line, found, evidence, [d for d in drivers if d.by == by], unit)
    if p_value > SURE:
        line.say(" That is within its usual variation from period to period, so I call nothing a cause.")
    elif not drivers:
        line.say(" No group I could test moved apart from the rest: the change is spread over all of them." if by is not None else " There is no group here to take it apart by.")
    else:
        others = list(dict.fromkeys(words(d.by.column) for d in drivers if d.by != by))
        if others:
            line.say(" It also stands out by ").listing(others[:NAMED]).say(".")
        line.say(" That is where the change happened; the data do not show what caused it.")
    upper_first(line)
    facts = line.facts
    assert line.holds(), line.text
    return replace(
        blank,
        answered=True,
        state="answered",
        sql=sql,
        result=result,
        chart=chart,
        restated=f"Change of {what} from {said(before)} to {said(after)}" + (f", by {words(by.column)}" if by else ""),
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(facts),
    )


def naming(line: Line, found: Measured, evidence: Evidence, drivers: list[Driver], unit: str) -> None:
    """The levels that stand out, each with its part of the change."""
    names = evidence.cells[0]
    line.say(" By ").name(words(drivers[0].by.column)).say(", what stands out is ")
    for place, driver in enumerate(drivers[:NAMED]):
        row = names.index(driver.part.level)
        line.say("" if place == 0 else "; ").name(str(driver.part.level) if driver.part.level is not None else "rows without a value", strong=True).say(": ")
        if not found.mean:
            line.state(evidence.cell(row, 3, unit=unit)).say(", ").state(evidence.cell(row, 4, unit="share"), strong=False).say(" of the change")
        elif driver.part.effect == "mix":
            line.say("its share of the rows went from ").state(evidence.cell(row, 3, unit="share"), strong=False).say(" to ").state(evidence.cell(row, 4, unit="share"), strong=False)
            line.say(", which moves the average by ").state(evidence.cell(row, 6, unit=unit))
        else:
            line.say("its own average went from ").state(evidence.cell(row, 1, unit=unit), strong=False).say(" to ").state(evidence.cell(row, 2, unit=unit), strong=False)
            line.say(", which moves the whole by ").state(evidence.cell(row, 5, unit=unit))
    line.say(".")
    if found.mean:
        effect(line, evidence, unit)


def effect(line: Line, evidence: Evidence, unit: str) -> None:
    """Over all levels, how much is their own move and how much the mix."""
    line.say(" Over all its values, their own moves make ").state(evidence.total(5, unit=unit), strong=False)
    line.say(" of the change and the shift between them ").state(evidence.total(6, unit=unit), strong=False).say(".")


def drawn(found: Measured, by: ColumnRef, compared: tuple[Span, Span], drivers: list[Driver]) -> ChartSpec:
    """The contributions as bars."""
    value = "change" if not found.mean else "by_the_mix" if drivers and drivers[0].part.effect == "mix" else "by_its_own_move"
    title = f"Change of {found.words} from {said(compared[0])} to {said(compared[1])}, by {words(by.column)}"
    return ChartSpec(
        kind="horizontal_bar", x="level", y=(value,), title=title, unit=unit_of(found), highlight=tuple(str(d.part.level) for d in drivers[:NAMED]),
        reason="Contributions compare best as sorted bars.", alternatives=("waterfall", "table"),
    )  # fmt: skip


def unit_of(found: Measured) -> str:
    """The unit of the measure, where its column's name has one."""
    expression = found.item.expression
    if isinstance(expression, ColumnRef) and found.item.aggregate != "count":
        return meaning(expression.column, "number", []).unit
    return ""


def since(started: float) -> float:
    """Milliseconds since ``started``."""
    return round((time.perf_counter() - started) * 1000, 3)

