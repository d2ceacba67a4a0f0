"""What comes next in a series: a few plain models, the one that forecast its own past best, and intervals as wide as its past errors were.

Models: the last value (naive), the value a season ago (seasonal naive); a straight line through first and last (drift), Theta (Assimakopoulos
and Nikolopoulos 2000, in the form of Hyndman and Billah 2003) and damped exponential smoothing (ETS, Hyndman et al. 2008, by statsmodels), and the mean of both.
They are compared by rolling origin (Tashman 2000): each is fitted to the past of several days in the past and judged on what followed. A model
that does not beat the simple ones there is not used. Intervals are widened until they hold what they say they hold on those origins.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Model = Callable[["Values", int, int], tuple["Values", "Values"]]

MIN_VALUES = 12
ORIGINS = 8
# How much smaller than the best simple forecast's a model's error must be in the backtest.
BETTER = 0.02
LEVELS = {80: 1.2816, 95: 1.9600}
SEASONS = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Forecast:
    """What is expected for each of the next periods.

    ``low`` and ``high`` are the ends of the intervals by their level in percent; ``skill`` is how much smaller the error in the backtest was than the
    best simple one's (0 where a simple one is used); ``held`` is the share of the backtest's values inside the intervals, by level, from
    ``checked`` values at ``origins`` points in the past.
    """

    method: str
    values: tuple[float, ...]
    low: dict[int, tuple[float, ...]]
    high: dict[int, tuple[float, ...]]
    skill: float
    held: dict[int, float]
    origins: int
    checked: int
    beaten: bool


class TooShortError(ValueError):
    """A series too short, or too constant, to learn from."""


def forecast(values: Values, periods: int, season: int) -> Forecast:
    """The next ``periods`` of a complete series with ``season`` periods a season (1 for none).

    Raises TooShortError below MIN_VALUES values, or where they are all the same.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < MIN_VALUES:
        raise TooShortError(f"{len(values)} periods are on record, and {MIN_VALUES} is the least to learn from")
    if np.ptp(values) == 0:
        raise TooShortError("all periods have the same value")
    season = season if season > 1 and len(values) >= 2 * season + 4 else 1
    models = {name: model for name, model in MODELS.items() if season > 1 or name != "seasonal naive"}
    past = backtest(values, periods, season, models)
    name, skill, beaten = best(past)
    mean, error = models[name](values, periods, season)
    scale, held, checked = calibrated(past[name])
    low = {level: tuple(float(m - scale[level] * z * e) for m, e in zip(mean, error, strict=True)) for level, z in LEVELS.items()}
    high = {level: tuple(float(m + scale[level] * z * e) for m, e in zip(mean, error, strict=True)) for level, z in LEVELS.items()}
    if values.min() >= 0:
        low = {level: tuple(max(v, 0.0) for v in ends) for level, ends in low.items()}
        mean = np.maximum(mean, 0.0)
    return Forecast(name, tuple(map(float, mean)), low, high, skill, held, len(past[name]), checked, beaten)


Run = tuple["Values", "Values"]


def backtest(values: Values, periods: int, season: int, models: dict[str, Model]) -> dict[str, list[Run]]:
    """For each model and origin the errors and their expected sizes, by horizon."""
    ahead = max(1, min(periods, len(values) // 3, 2 * season if season > 1 else periods))
    least = max(MIN_VALUES - 4, 2 * season + 2 if season > 1 else 0)
    cuts = list(range(len(values) - ahead, least - 1, -max(1, ahead // 4)))[:ORIGINS]
    cuts = cuts or [len(values) - ahead]
    runs: dict[str, list[Run]] = {name: [] for name in models}
    for cut in cuts:
        for name, model in models.items():
            mean, error = model(values[:cut], ahead, season)
            runs[name].append((values[cut : cut + ahead] - mean, error))
    return runs


def best(past: dict[str, list[Run]]) -> tuple[str, float, bool]:
    """The model to use, by how much it is better than the better naive one, and whether any model was better."""
    sizes = {name: np.array([np.abs(errors).mean() for errors, _ in runs]) for name, runs in past.items()}
    naive = min((n for n in sizes if n in NAIVE), key=lambda n: sizes[n].mean())
    others = [n for n in sizes if n not in NAIVE]
    first = min(others, key=lambda n: sizes[n].mean())
    skill = 1 - sizes[first].mean() / max(sizes[naive].mean(), 1e-12)
    return (first, float(skill), True) if skill >= BETTER else (naive, 0.0, False)


def calibrated(runs: list[Run]) -> tuple[dict[int, float], dict[int, float], int]:
    """By level what to widen the intervals by, and the share of the backtest's values inside them then."""
    ratios = np.concatenate([np.abs(errors) / np.maximum(sizes, 1e-12) for errors, sizes in runs])
    scale, held = {}, {}
    for level, z in LEVELS.items():
        # The rank that makes the interval valid for the next value as well (Vovk et al. 2005).
        rank = min(len(ratios) - 1, int(np.ceil((len(ratios) + 1) * level / 100)) - 1)
        scale[level] = max(1.0, float(np.sort(ratios)[rank]) / z)
        held[level] = float((ratios <= scale[level] * z).mean())
    return scale, held, len(ratios)


def naive(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """The last value; its error grows with the root of the horizon."""
    del season
    size = float(np.sqrt(np.mean(np.diff(values) ** 2)))
    return np.full(periods, values[-1]), size * np.sqrt(np.arange(1, periods + 1))


def seasonal_naive(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """The value a season ago."""
    steps = np.arange(periods)
    size = float(np.sqrt(np.mean((values[season:] - values[:-season]) ** 2)))
    return values[len(values) - season + steps % season], size * np.sqrt(steps // season + 1)


def drift(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """The line through the first and the last value."""
    del season
    n, steps = len(values), np.arange(1, periods + 1)
    slope = (values[-1] - values[0]) / (n - 1)
    size = float(np.std(np.diff(values) - slope, ddof=1))
    return values[-1] + slope * steps, size * np.sqrt(steps * (1 + steps / (n - 1)))


def theta(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """Simple exponential smoothing with half the trend's slope, on the deseasonalised series."""
    factors, multiply = seasonal(values, season)
    shape = factors[np.arange(len(values)) % season]
    flat = values / shape if multiply else values - shape
    alpha, level, size = smoothed(flat)
    n, steps = len(flat), np.arange(1, periods + 1)
    slope = np.polyfit(np.arange(n), flat, 1)[0] / 2
    mean = level + slope * (steps - 1 + (1 - (1 - alpha) ** n) / alpha)
    ahead = factors[(len(values) + np.arange(periods)) % season]
    error = size * np.sqrt(1 + (steps - 1) * alpha**2)
    return (mean * ahead, error * np.abs(ahead)) if multiply else (mean + ahead, error)


def ets(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """Exponential smoothing with a damped trend and, where there is one, an additive season."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that stops early is judged by its backtest like every other
        model = ETSModel(values, error="add", trend="add", damped_trend=True, seasonal="add" if 1 < season <= 24 else None, seasonal_periods=season if 1 < season <= 24 else None, initialization_method="heuristic")  # fmt: skip
        fitted: Any = model.fit(disp=False)
        mean = np.asarray(fitted.forecast(periods), dtype=float)
    if not np.isfinite(mean).all():
        return naive(values, periods, season)
    size = float(np.sqrt(np.mean(np.asarray(fitted.resid) ** 2)))
    alpha = float(fitted.smoothing_level)
    return mean, size * np.sqrt(1 + np.arange(periods) * alpha**2)


def both(values: Values, periods: int, season: int) -> tuple[Values, Values]:
    """The mean of Theta and ETS: two good forecasts together are seldom worse than either (Clemen 1989)."""
    first, second = theta(values, periods, season), ets(values, periods, season)
    return (first[0] + second[0]) / 2, (first[1] + second[1]) / 2


def smoothed(values: Values) -> tuple[float, float, float]:
    """Simple exponential smoothing: its weight, last level and the size of its errors one step ahead."""
    from scipy.optimize import minimize_scalar

    def run(alpha: float) -> tuple[float, float]:
        level, total = float(values[0]), 0.0
        for value in values[1:]:
            gap = float(value) - level
            total += gap * gap
            level += alpha * gap
        return level, total

    alpha = float(minimize_scalar(lambda a: run(a)[1], bounds=(0.01, 0.99), method="bounded").x)  # pyright: ignore[reportAttributeAccessIssue] - scipy's stubs lack the result's x
    level, total = run(alpha)
    return alpha, level, (total / max(len(values) - 1, 1)) ** 0.5


def seasonal(values: Values, season: int) -> tuple[Values, bool]:
    """The seasonal factors by place in the season and whether they multiply; none where the series does not repeat beyond chance (90 %)."""
    if season <= 1 or not repeats(values, season):
        return np.zeros(max(season, 1)), False
    kernel = np.ones(season) / season if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5] / season
    centre = np.convolve(values, kernel, mode="valid")
    start = len(kernel) // 2
    inside = values[start : start + len(centre)]
    multiply = bool(values.min() > 0 and centre.min() > 0)
    ratio = inside / centre if multiply else inside - centre
    places = (np.arange(len(centre)) + start) % season
    factors = np.array([ratio[places == p].mean() for p in range(season)])
    return (factors / factors.mean(), True) if multiply else (factors - factors.mean(), False)


def repeats(values: Values, season: int) -> bool:
    """Whether the autocorrelation at the season is beyond chance (90 %), once a straight line is taken off."""
    steps = np.arange(len(values))
    level = values - np.polyval(np.polyfit(steps, values, 1), steps)
    total = float(level @ level) or 1.0
    at = [float(level[k:] @ level[:-k]) / total for k in range(1, season + 1)]
    limit = 1.645 * np.sqrt((1 + 2 * sum(r * r for r in at[:-1])) / len(values))
    return abs(at[-1]) > limit


MODELS: dict[str, Model] = {
    "naive": naive,
    "seasonal naive": seasonal_naive,
    "drift": drift,
    "Theta": theta,
    "ETS": ets,
    "Theta and ETS": both,
}
NAIVE = ("naive", "seasonal naive")
