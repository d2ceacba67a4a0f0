"""Moments at which a level changes: found first, then tested against noise that remembers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from aiser_jupyter.discover import cycle
from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.regression import generalised, information, residuals
from aiser_jupyter.discover.series import edge, family
from aiser_jupyter.discover.table import first_row
from aiser_jupyter.discover.words import Numbers, at_moment, capital, effect_unit, pace, subject, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

MAX_CHANGES = 5
# A level must last: a twelfth of the series, and at least six periods.
LEAST_SHARE = 12
LEAST_PERIODS = 6
# What a change must earn in log likelihood (twice) beyond AICc, in units of log n: the place is searched over the whole series.
PENALTY = 1.5
MIN_STRENGTH = 0.5
# A persistent series wanders from level to level by itself; there is no telling a change from that.
WANDERING = 0.85


@dataclass(frozen=True)
class Change:
    """The step at which a new level begins, the steps its levels reach back and on to, its test, and all ``places`` where the series changes."""

    at: int
    since: int
    until: int
    size: float
    p_value: float
    noise: float
    fit: float
    places: tuple[int, ...] = ()


class ChangePoint:
    """Tests each level change of every series."""

    name = "change_point"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a change; a series without one is one test that failed."""
        for series in evidence.series:
            for change in changes(series):
                yield candidate(evidence.relation, series, change)


def changes(series: Series) -> list[Change]:
    """The level changes of a series, its calendar cycle taken out.

    Boundaries come from binary segmentation (Scott and Knott 1974), their number from AICc with a penalty for the places searched. Each is then
    tested by generalised least squares with AR(p) errors; the search for its place is paid for with the tail of the largest standardised partial
    sum (Miller and Siegmund 1982).
    """
    import numpy as np

    y = series.values
    n = len(y)
    least = max(LEAST_PERIODS, n // LEAST_SHARE)
    if n < 4 * least:
        return []
    cycles = np.hstack([np.ones((n, 1)), cycle.adjustment(series)])
    best, fit = [], information(y, cycles)
    lowest = fit
    places: list[int] = []
    for _ in range(MAX_CHANGES):
        places = refined(residuals(y, cycles), added(residuals(y, cycles), places, least), least)
        score = information(y, stepped(cycles, places), hidden=len(places))
        if score + PENALTY * np.log(n) * len(places) < lowest:
            lowest = score + PENALTY * np.log(n) * len(places)
            best, fit = places, lowest
    if not best:
        best = places[:1] or [n // 2]
    design = stepped(cycles, best)
    noise = float(residuals(y, design).std())
    out = []
    for k, at in enumerate(best):
        found = generalised(y, design, cycles.shape[1] + k)
        wanders = found.random_walk or found.persistence > WANDERING
        p_value = 1.0 if wanders else searched(found.p_value, least / n)
        out.append(Change(at, ([0, *best])[k], ([*best, n])[k + 1], found.coefficient, p_value, noise, fit, tuple(best)))
    return out


def stepped(design: NDArray[np.float64], places: list[int]) -> NDArray[np.float64]:
    """``design`` with a step at each place."""
    import numpy as np

    t = np.arange(len(design))
    return np.column_stack([design, *((t >= at).astype(float) for at in places)])


def added(y: NDArray[np.float64], places: list[int], least: int) -> list[int]:
    """``places`` and the one more that lowers the squared error most."""
    bounds = [0, *places, len(y)]
    tries = [split(y, low, high, least) for low, high in pairwise(bounds)]
    gain, at = max(tries, default=(0.0, 0))
    return sorted({*places, at}) if gain > 0 else places


def refined(y: NDArray[np.float64], places: list[int], least: int) -> list[int]:
    """Each place moved to the best one between its neighbours."""
    out = list(places)
    for k in range(len(out)):
        low, high = ([0, *out])[k], ([*out, len(y)])[k + 1]
        gain, at = split(y, low, high, least)
        out[k] = at if gain > 0 else out[k]
    return out


def split(y: NDArray[np.float64], low: int, high: int, least: int) -> tuple[float, int]:
    """The gain and place of the best split of ``y[low:high]`` into two levels; no gain where it is too short."""
    import numpy as np

    part = y[low:high] - y[low:high].mean()
    n = len(part)
    if n < 2 * least:
        return 0.0, 0
    left = np.arange(least, n - least + 1)
    gain = np.cumsum(part)[left - 1] ** 2 * n / (left * (n - left))
    best = int(gain.argmax())
    return float(gain[best]), low + int(left[best])


def searched(p_value: float, trim: float) -> float:
    """The p-value of the largest of all standardised steps, from the p-value of the step taken for given."""
    from math import log

    from scipy.stats import norm

    b = float(norm.isf(max(p_value, 1e-300) / 2))
    if b < 1.5:
        return 1.0
    return float(min(1.0, norm.pdf(b) * ((b - 1 / b) * 2 * log((1 - trim) / trim) + 4 / b)))


def candidate(relation: Relation, series: Series, change: Change) -> Candidate:
    """The test of one change."""
    strength = abs(change.size) / max(change.noise, 1e-300)
    measure = (series.measure.name,) if series.measure else ()
    return Candidate(
        kind="change_point",
        columns=(*measure, series.calendar.time.name),
        where={"date": series.starts[change.at].isoformat()},
        direction=1 if change.size > 0 else -1,
        p_value=change.p_value,
        support=change.until - change.since,
        strength=strength,
        impact=min(1.0, abs(change.size) / max(abs(float(series.values.mean())), 1e-300)),
        large=strength >= MIN_STRENGTH,
        matters=series.measure.matters if series.measure else 1.0,
        claim=partial(claim, relation, series, change),
        fit=change.fit,
        family=family(series),
    )


def query(relation: Relation, series: Series, change: Change) -> str:
    """SQL for the series with all its levels, and its average before and after the change, each as far as the level lasts."""
    at, since = (edge(series.starts[i], relation.dialect) for i in (change.at, change.since))
    until = f" AND period < {edge(series.starts[change.until], relation.dialect)}" if change.until < len(series.starts) else ""
    later = (
        f"WHEN period >= {edge(series.starts[place], relation.dialect)} THEN {k}" for k, place in reversed([*enumerate(change.places, 1)])
    )
    stage = f"CASE {' '.join(later)} ELSE 0 END"
    return (
        f"WITH series AS ({series.query(relation)}), "  # noqa: S608  # quoted names and literals
        f"levels AS (SELECT avg(CASE WHEN period >= {since} AND period < {at} THEN value END) AS before, "
        f"avg(CASE WHEN period >= {at}{until} THEN value END) AS after, min(CASE WHEN period >= {at} THEN period END) AS changed FROM series) "
        f"SELECT period, value AS actual, avg(value) OVER (PARTITION BY {stage}) AS level, before, after, after - before AS step, "
        "(after - before) / abs(before) AS change, changed FROM series CROSS JOIN levels ORDER BY period"
    )


def claim(relation: Relation, series: Series, change: Change) -> Claim | None:
    """The change in words, its numbers read from its query."""
    sql = query(relation, series, change)
    row = first_row(relation.ask(sql))
    if row["before"] is None or (row["after"] - row["before"]) * change.size <= 0:
        return None
    what, printed, grain = capital(subject(series)), unit(series.measure), series.calendar.grain
    numbers = Numbers(relation, sql, row, f"change-{series.measure.name if series.measure else 'rows'}-{change.at}")
    before, after = numbers.text("before", printed), numbers.text("after", printed)
    when = at_moment(numbers.day("changed", grain), grain)
    verb = "up" if change.size > 0 else "down"
    by = f" ({numbers.text('change', 'share', signed=True)})" if row["before"] > 0 else ""
    per = pace(series)
    title = f"{what} stepped {verb} {when}, from {before} to {after}{per}"
    statement = f"{what} stepped {verb} {when}: it averaged {before}{per} before and {after} from then on{by}."
    chart = ChartSpec(
        kind="line", x="period", y=("actual", "level"), title=title, unit=printed, subtitle=f"{what} by {grain}, with its average level",
        highlight=("Level",), reason="A change of level shows best as a line with its two levels.",
    )  # fmt: skip
    advice = f"Ask what began {when}; that the level changed then is tested, what changed it is not."
    effect = float(row["after"] - row["before"]) * (100 if printed == "share" else 1)
    return Claim(title, statement, effect, effect_unit(series), advice, sql, chart, tuple(numbers.facts))
