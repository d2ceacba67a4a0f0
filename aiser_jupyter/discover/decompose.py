"""Where a change happened: a measure's move between two periods taken apart by the levels of a dimension, each part tested.

Totals and counts add up over levels, so a level's part is its own change. A level stands out where it did not move in proportion with the rest.
A mean moves because its levels move (rate) or because rows move between levels (mix); the midpoint decomposition of Bennet (1920)
gives both exactly, so that a move of the mix is not told as a move of the levels (Simpson 1951).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Effect = Literal["total", "rate", "mix"]
# Fewer rows than this say nothing about a level, in either period.
MIN_ROWS = 5


@dataclass(frozen=True)
class Level:
    """One level of a dimension in both periods: how many rows, their sum and their sum of squares."""

    name: Any
    rows: tuple[float, float]
    total: tuple[float, float]
    square: tuple[float, float]

    def mean(self, period: int) -> float | None:
        """The mean in the period before (0) or after (1); None where there are no rows."""
        return self.total[period] / self.rows[period] if self.rows[period] else None


@dataclass(frozen=True)
class Part:
    """What a level contributes to the change, in the measure's unit, and how likely that is where nothing is there.

    ``excess`` is how much of ``amount`` is beyond what the level would have moved with the rest.
    """

    level: Any
    effect: Effect
    amount: float
    excess: float
    p_value: float
    rows: int


def moved(whole: Level, spread: float, *, mean: bool, freedom: float | None = None) -> float:
    """The p-value of the whole change.

    Rows count as independent draws (of a compound Poisson process for a total, Welch's test for a mean), their variance times ``spread``, the
    ratio found in earlier periods; ``freedom`` is how many earlier changes it was found from.
    """
    change = whole.total[1] - whole.total[0]
    variance = whole.square[0] + whole.square[1]
    if mean:
        means = whole.mean(0), whole.mean(1)
        if means[0] is None or means[1] is None:
            return 1.0
        change, variance = means[1] - means[0], sum(_error(whole, period) for period in (0, 1))
    return chance(change, variance * spread, freedom)


def chance(change: float, variance: float, freedom: float | None = None) -> float:
    """The two-sided p-value of a change whose variance is known (normal) or was found from ``freedom`` others (Student's t)."""
    from scipy import stats

    if variance <= 0:
        return 0.0 if change else 1.0
    ratio = abs(change) / variance**0.5
    return float(2 * (stats.t.sf(ratio, freedom) if freedom else stats.norm.sf(ratio)))


def additive(levels: Sequence[Level], spread: float) -> list[Part]:
    """Each level's change of a total; its p-value is of not having moved in proportion with all other levels."""
    whole = [sum(level.total[i] for level in levels) for i in (0, 1)]
    squares = [sum(level.square[i] for level in levels) for i in (0, 1)]
    parts = []
    for level in levels:
        rest = [whole[i] - level.total[i] for i in (0, 1)]
        rows = int(sum(level.rows))
        excess, p_value = 0.0, 1.0
        if rest[0] > 0 and rest[1] >= 0 and max(level.rows) >= MIN_ROWS:
            pace = rest[1] / rest[0]
            lever = level.total[0] / rest[0]
            noise = level.square[1] + pace**2 * level.square[0]
            noise += lever**2 * ((squares[1] - level.square[1]) + pace**2 * (squares[0] - level.square[0]))
            excess = level.total[1] - pace * level.total[0]
            p_value = chance(excess, noise * spread)
        parts.append(Part(level.name, "total", level.total[1] - level.total[0], excess, p_value, rows))
    return parts


def mixed(levels: Sequence[Level], spread: float) -> list[Part]:
    """Each level's two contributions to the change of a mean: by its own mean (rate) and by its share of the rows (mix)."""
    rows = [sum(level.rows[i] for level in levels) for i in (0, 1)]
    if not all(rows):
        return []
    centre = sum(sum(level.total[i] for level in levels) / rows[i] for i in (0, 1)) / 2
    parts = []
    for level in levels:
        known = [m for m in (level.mean(0), level.mean(1)) if m is not None]
        if not known:
            continue
        before, after = (m if m is not None else known[0] for m in (level.mean(0), level.mean(1)))
        share = [level.rows[i] / rows[i] for i in (0, 1)]
        weight, apart = sum(share) / 2, (before + after) / 2 - centre
        rate, mix = weight * (after - before), (share[1] - share[0]) * apart
        enough = min(level.rows) >= MIN_ROWS
        noise = weight**2 * sum(_error(level, i) for i in (0, 1)) if enough else 0.0
        count = int(sum(level.rows))
        parts.append(Part(level.name, "rate", rate, rate, chance(rate, noise * spread) if enough else 1.0, count))
        drift = sum(share[i] * (1 - share[i]) / rows[i] for i in (0, 1))
        parts.append(Part(level.name, "mix", mix, mix, chance(share[1] - share[0], drift * spread) if count >= MIN_ROWS else 1.0, count))
    return parts


def spread(series: Sequence[Level], *, mean: bool) -> tuple[float, int]:
    """How many times more a measure varies from period to period than independent rows would, and from how many changes that is known.

    ``series`` are consecutive earlier periods, each with its rows in place 0. The ratio is at least one.
    """
    ratios = []
    for earlier, later in itertools.pairwise(series):
        change, variance = later.total[0] - earlier.total[0], later.square[0] + earlier.square[0]
        if mean:
            means = earlier.mean(0), later.mean(0)
            if means[0] is None or means[1] is None:
                continue
            change, variance = means[1] - means[0], _error(earlier, 0) + _error(later, 0)
        if variance > 0:
            ratios.append(change**2 / variance)
    return (max(1.0, sum(ratios) / len(ratios)) if ratios else 1.0), len(ratios)


def _error(level: Level, period: int) -> float:
    """The variance of a level's mean in a period."""
    n = level.rows[period]
    if n < 2:
        return 0.0
    mean = level.total[period] / n
    return max(level.square[period] - n * mean**2, 0.0) / (n - 1) / n
