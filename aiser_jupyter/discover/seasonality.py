"""Rhythms of the calendar: the day of the week, the month of the year, the hour of the day."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiser_jupyter.discover import cycle
from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.regression import residuals
from aiser_jupyter.discover.table import literal
from aiser_jupyter.discover.words import Numbers, be, capital, effect_unit, pace, subject, unit
from aiser_jupyter.format.date import MONTHS
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

DAYS = ("Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays")
PARTS = {7: "dow", 12: "month", 24: "hour", 4: "quarter"}
COLUMNS = {7: "weekday", 12: "month", 24: "hour", 4: "quarter"}
SQLITE_PARTS = {7: "%w", 12: "%m", 24: "%H"}
# A rhythm that explains less than this share of the movement is tested, not told.
MIN_SHARE = 0.02
WEIGHT = 1.5


class Seasonality:
    """Tests the calendar's periods on every series, never a period that the data suggest."""

    name = "seasonality"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a series and period."""
        for series in evidence.series:
            for period in cycle.candidates(series):
                yield candidate(evidence.relation, series, period)


def candidate(relation: Relation, series: Series, period: int) -> Candidate:
    """The test of one period; its strength is the share of the detrended variance that it explains."""
    import numpy as np

    slow = residuals(series.values, cycle.background(series.index))
    left = residuals(slow, cycle.waves(series.index, period))
    share = 1 - float(left @ left) / max(float(slow @ slow), 1e-300)
    measure = (series.measure.name,) if series.measure else ()
    return Candidate(
        kind="seasonality",
        columns=(*measure, series.calendar.time.name),
        where={"period": period},
        direction=None,
        p_value=cycle.p_value(series, period),
        support=len(series.values),
        strength=float(np.sqrt(share / max(1 - share, 1e-9))),
        impact=min(1.0, share),
        weight=WEIGHT,
        large=share >= MIN_SHARE,
        matters=series.measure.matters if series.measure else 1.0,
        claim=partial(claim, relation, series, period),
    )


def query(relation: Relation, series: Series, period: int) -> str:
    """SQL for the average by part of the cycle, each by its short name, in the order a reader expects: weeks begin on Monday."""
    names = " ".join(f"WHEN {number} THEN {literal(short(period, number))}" for number in numbers(period))
    order = "(part + 6) % 7" if period == 7 else "part"
    return (
        f"WITH series AS ({series.query(relation)}), "  # noqa: S608  # quoted names and literals
        f"parts AS (SELECT {part(period, relation.dialect)} AS part, avg(value) AS value, count(*) AS periods FROM series GROUP BY 1) "
        f"SELECT CASE part {names} END AS {COLUMNS[period]}, value, periods, part FROM parts ORDER BY {order}"
    )


def numbers(period: int) -> range:
    """The numbers of a cycle's parts, as SQL counts them."""
    return range(1, period + 1) if period in {4, 12} else range(period)


def short(period: int, number: int) -> str:
    """A part of a cycle as it stands under a bar: Mon, Jan, 09, Q1."""
    match period:
        case 7:
            return DAYS[number][:3]
        case 12:
            return MONTHS[number - 1]
        case 24:
            return f"{number:02d}"
    return f"Q{number}"


def part(period: int, dialect: str) -> str:
    """The number of the part of the cycle that ``period`` lies in: 0 for Sunday, 1 for January, 0 for midnight."""
    if dialect == "sqlite":
        if period == 4:
            return "(CAST(strftime('%m', period) AS INTEGER) + 2) / 3"
        return f"CAST(strftime('{SQLITE_PARTS[period]}', period) AS INTEGER)"
    import sqlglot

    return sqlglot.transpile(f"EXTRACT({PARTS[period]} FROM period)", read="postgres", write=dialect)[0]


def called(period: int, number: int) -> str:
    """A part of a cycle in words."""
    match period:
        case 7:
            return f"on {DAYS[number % 7]}"
        case 12:
            return f"in {MONTHS[number - 1]}"
        case 24:
            return f"at {number:02d}:00"
    return f"in Q{number}"


def claim(relation: Relation, series: Series, period: int) -> Claim:
    """The rhythm in words: its highest and lowest part."""
    sql = query(relation, series, period)
    rows = sorted(relation.ask(sql).to_pylist(), key=lambda row: -row["value"])
    what, printed = capital(subject(series)), unit(series.measure)
    rhythm = cycle.NAMES[period]
    prefix = f"season-{series.measure.name if series.measure else 'rows'}-{period}"
    top, low = (Numbers(relation, sql, rows[i], f"{prefix}-{end}") for i, end in ((0, "high"), (-1, "low")))
    high_text, low_text = top.text("value", printed), low.text("value", printed)
    at_top, at_low = (called(period, int(rows[i]["part"])) for i in (0, -1))
    title = f"{what} {be(what)} highest {at_top}, lowest {at_low}"
    statement = f"{what} follows the {rhythm}: highest {at_top} ({high_text} on average), lowest {at_low} ({low_text})."
    chart = ChartSpec(
        kind="bar", x=COLUMNS[period], y=("value",), title=title, subtitle=f"{what} by {rhythm}{', on average' if pace(series) else ''}", unit=printed,
        highlight=(short(period, int(rows[0]["part"])),),
        reason="The parts of a cycle compare best side by side.",
    )  # fmt: skip
    advice = f"Compare like with like: the same {rhythm.split(' of ', maxsplit=1)[0]} of {'an earlier' if period != 7 else 'another'} {rhythm.rsplit(' ', 1)[1]}, not the period before."
    effect = (float(rows[0]["value"]) - float(rows[-1]["value"])) * (100 if printed == "share" else 1)
    return Claim(title, statement, effect, effect_unit(series), advice, sql, chart, (*top.facts, *low.facts))
