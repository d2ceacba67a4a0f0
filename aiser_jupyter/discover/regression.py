"""Least squares for a series whose errors remember: the test behind trends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ORDER = 6
# A series nearer to a random walk than this (in units of 1/n) cannot be told from one: the Dickey-Fuller statistic
# n(rho - 1) of a random walk with fitted trend lies above -21 in 95 of 100 cases, and few reach it after bias correction.
UNIT_ROOT = 16.0
UNIT_ROOT_PERSISTENCE = 0.9
SHORT = 20.0


@dataclass(frozen=True)
class Fit:
    """One coefficient with its standard error; ``persistence`` is the sum of the autoregressive weights of the errors."""

    coefficient: float
    error: float
    freedom: int
    p_value: float
    persistence: float
    random_walk: bool


@dataclass(frozen=True)
class White:
    """``y`` and ``design`` with their memory taken out; ``kept`` tells which design columns are left."""

    y: NDArray[np.float64]
    design: NDArray[np.float64]
    kept: NDArray[np.bool_]
    persistence: float
    random_walk: bool

    @property
    def freedom(self) -> int:
        """As many independent observations as the long-run variance of an AR(1) of this persistence leaves (Bayley and Hammersley 1946)."""
        plain = len(self.y) - self.design.shape[1]
        return int(plain * (1 - self.persistence) / (1 + self.persistence))


def whitened(y: NDArray[np.float64], design: NDArray[np.float64]) -> White:
    """Take AR(p) errors out of ``y`` on ``design``; errors that cannot be told from a random walk are differenced first."""
    import numpy as np

    n = len(y)
    weights = autoregression(residuals(y, design))
    persistence = unbiased(min(float(weights.sum()), 0.999), n)
    kept = np.ones(design.shape[1], dtype=bool)
    walk = persistence > min(UNIT_ROOT_PERSISTENCE, 1 - UNIT_ROOT / n)
    if walk:
        y, design = np.diff(y), np.diff(design, axis=0)
        kept = np.abs(design).max(axis=0) > 0
        design = design[:, kept]
        weights = autoregression(residuals(y, design))
        persistence = unbiased(float(weights.sum()), n)
    total = float(weights.sum())
    weights = weights * persistence / total if total > 0 else np.array([persistence])
    return White(filtered(y, weights), filtered(design, weights), kept, persistence, walk)


def generalised(y: NDArray[np.float64], design: NDArray[np.float64], column: int = -1) -> Fit:
    """Coefficient ``column`` of ``y`` on ``design`` with AR(p) errors, p chosen by AICc.

    Feasible GLS (Cochrane and Orcutt 1949) whose autoregressive weights are corrected for their bias towards zero (Kendall 1954, with the trend term
    of Marriott and Pope 1954). Errors too persistent to be told from a random walk are differenced first, so that a stochastic trend is no trend.
    """
    import numpy as np
    from scipy import stats

    white = whitened(y, design)
    if not white.kept[column]:
        return Fit(0.0, 0.0, 0, 1.0, white.persistence, white.random_walk)
    at = int(white.kept[: column % len(white.kept)].sum())
    beta = np.linalg.lstsq(white.design, white.y, rcond=None)[0]
    variance = float(((white.y - white.design @ beta) ** 2).sum()) / max(len(white.y) - len(beta), 1)
    error = float(np.sqrt(variance * np.linalg.pinv(white.design.T @ white.design)[at, at]))
    # A coefficient that rounding alone could make is none, however small its error.
    if white.freedom < 4 or abs(beta[at]) <= 1e-10 * float(np.abs(y).max()):
        return Fit(float(beta[at]), error, white.freedom, 1.0, white.persistence, white.random_walk)
    p_value = float(2 * stats.t.sf(abs(beta[at]) / error, white.freedom)) if error > 0 else 0.0
    return Fit(float(beta[at]), error, white.freedom, p_value, white.persistence, white.random_walk)


def joint(y: NDArray[np.float64], design: NDArray[np.float64], columns: int) -> float:
    """The p-value of the F test that the last ``columns`` of ``design`` say nothing about ``y``, with AR(p) errors."""
    import numpy as np
    from scipy import stats

    white = whitened(y, design)
    full = float((residuals(white.y, white.design) ** 2).sum())
    bare = float((residuals(white.y, white.design[:, : white.design.shape[1] - columns]) ** 2).sum())
    if white.freedom < 4 or full <= 0:
        return 1.0
    plain = len(white.y) - white.design.shape[1]
    return float(stats.f.sf((bare - full) / columns / (full / plain), columns, white.freedom)) if np.isfinite(bare) else 1.0


def information(y: NDArray[np.float64], design: NDArray[np.float64], *, hidden: int = 0) -> float:
    """AICc of ``y`` on ``design`` with AR errors (Hurvich and Tsai 1989); ``hidden`` counts parameters chosen by search."""
    import numpy as np

    errors = residuals(y, design)
    weights = autoregression(errors)
    left = filtered(errors, weights)
    n, k = len(y), design.shape[1] + len(weights) + 1 + hidden
    return float(n * np.log(max(float(left @ left) / len(left), 1e-300)) + 2 * k * n / max(n - k - 1, 1))


def residuals(y: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.float64]:
    """What ordinary least squares leaves of ``y``."""
    import numpy as np

    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


def autoregression(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of AR(p) by Burg's recursion, p up to six by AICc; empty for white noise."""
    import numpy as np

    n = len(errors)
    best, best_score = np.zeros(0), n * np.log(max(float(errors @ errors) / n, 1e-300))
    weights = np.zeros(0)
    variance = float(errors @ errors) / n
    forward, backward = errors[1:], errors[:-1]
    for order in range(1, min(MAX_ORDER, max(n // 25, 1)) + 1):
        power = float(forward @ forward + backward @ backward)
        if power <= 0:
            break
        reflection = 2 * float(forward @ backward) / power
        weights = np.append(weights - reflection * weights[::-1], reflection)
        variance *= 1 - reflection**2
        score = n * np.log(max(variance, 1e-300)) + 2 * order * n / max(n - order - 2, 1)
        if score < best_score:
            best, best_score = weights, score
        forward, backward = forward[1:] - reflection * backward[1:], backward[:-1] - reflection * forward[:-1]
    return best


def unbiased(persistence: float, n: int) -> float:
    """The sum of the weights after Kendall's correction for a fitted mean and trend, and its standard error on top; at most 0.99.

    The tail of the test decides after control over many tests, and it is the underestimated persistences that make it heavy, most of all in short
    series; hence the margin of one standard error, and more below a hundred points. It was set by simulation and is checked by the tests.
    """
    short = SHORT / n
    if persistence <= 0:
        return short / n**0.5
    margin = (1 + short) * ((1 - persistence**2) / n) ** 0.5
    return min(persistence + (2 + 4 * persistence) / n + margin, 0.99)


def filtered(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """``values`` less what their past says; the first p rows fall away."""
    p = len(weights)
    out = values[p:].astype(float)
    for lag, weight in enumerate(weights, 1):
        out = out - weight * values[p - lag : len(values) - lag]
    return out
