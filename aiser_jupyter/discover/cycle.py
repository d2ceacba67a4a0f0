"""Cycles of the calendar: weeks of days, days of hours, years of months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.discover.regression import joint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.series import Series

# Only periods of the calendar are candidates: a free hunt for peaks finds one in any memory.
PERIODS = {"hour": (24,), "day": (7,), "month": (12,), "quarter": (4,)}
NAMES = {
    24: "hour of the day",
    168: "hour of the week",
    7: "day of the week",
    52: "week of the year",
    12: "month of the year",
    4: "quarter of the year",
}
MIN_CYCLES = 3
HARMONICS = 3


def candidates(series: Series) -> tuple[int, ...]:
    """The periods that the series' grain suggests and its length allows."""
    return tuple(p for p in PERIODS.get(series.calendar.grain, ()) if len(series.values) >= MIN_CYCLES * p)


def waves(index: NDArray[np.intp], period: int, harmonics: int = HARMONICS) -> NDArray[np.float64]:
    """Sines and cosines of the period's first harmonics, one column each."""
    import numpy as np

    columns = []
    for k in range(1, min(harmonics, period // 2) + 1):
        columns.append(np.sin(2 * np.pi * k * index / period))
        if 2 * k != period:
            columns.append(np.cos(2 * np.pi * k * index / period))
    return np.column_stack(columns)


def background(index: NDArray[np.intp]) -> NDArray[np.float64]:
    """A constant, a line and a parabola: what a slow course looks like."""
    import numpy as np

    x = line(index)
    return np.column_stack([np.ones(len(x)), x, x**2])


def line(index: NDArray[np.intp]) -> NDArray[np.float64]:
    """Time from -1 to 1."""
    return 2.0 * (index - index[0]) / (index[-1] - index[0]) - 1.0


def p_value(series: Series, period: int) -> float:
    """How likely so much rhythm is without a cycle: one harmonic or three, on autoregressive errors, the better of the two times two."""
    import numpy as np

    tests = []
    for harmonics in (1, HARMONICS):
        shape = waves(series.index, period, harmonics)
        tests.append(joint(series.values, np.hstack([background(series.index), shape]), shape.shape[1]))
    return min(1.0, 2 * min(tests))


def adjustment(series: Series) -> NDArray[np.float64]:
    """Columns that take a clear cycle out of a regression; none where there is no cycle."""
    import numpy as np

    shapes = [waves(series.index, p) for p in candidates(series) if p_value(series, p) < 0.001]
    return np.hstack(shapes) if shapes else np.zeros((len(series.values), 0))
