"""Single periods that the series' own memory, rhythm and spread do not explain."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiser_jupyter.discover import cycle
from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.change_point import changes
from aiser_jupyter.discover.regression import autoregression, residuals
from aiser_jupyter.discover.series import edge
from aiser_jupyter.discover.table import first_row
from aiser_jupyter.discover.words import Numbers, at_moment, capital, effect_unit, many, subject, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

MIN_PERIODS = 40
TOLD = 3
AROUND = 7
SKEWED = 1.0
MIN_STRENGTH = 4.0
TIED = 0.1
# Periods so near to a change of level are part of it: its day is known to about this much.
NEAR = 3


class Anomaly:
    """Tests the most surprising periods of every series."""

    name = "anomaly"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """Up to three candidates a series; all its periods are paid for in each p-value."""
        for series in evidence.series:
            if len(series.values) >= MIN_PERIODS and commonest(series.values) <= TIED:
                yield from (candidate(evidence.relation, series, at, z, p) for at, z, p in surprises(series))


def commonest(values: NDArray[np.float64]) -> float:
    """The share of the value that occurs most; where it is large, there is no spread to be surprised against."""
    import numpy as np

    return float(np.unique(values, return_counts=True)[1].max() / len(values))


def surprises(series: Series) -> list[tuple[int, float, float]]:
    """Step, robust z and p-value (times the number of steps) of the periods that stand out most.

    Residuals of a slow course, a clear cycle, level changes beyond doubt and AR(p) memory; their scale is the median absolute deviation, their tail a t
    distribution whose freedom comes from the spread of the middle (quantile ratio), so that heavy-tailed measures are held to their own tail.
    """
    import numpy as np
    from scipy import stats

    y = np.log(series.values) if series.values.min() > 0 and stats.skew(series.values) > SKEWED else series.values
    n = len(y)
    t = np.arange(n)
    places = [c.at for c in changes(series) if c.p_value < 1e-4]
    steps = [(t >= at).astype(float) for at in places]
    design = np.column_stack([cycle.background(series.index), cycle.adjustment(series), *steps])
    z = standardised(resistant(y, design))
    freedom = tail(z)
    order = np.argsort(-np.abs(z), kind="stable")
    inner = [int(i) for i in order if 0 < i < n - 1 and all(abs(i - at) > NEAR for at in places)][:TOLD]
    return [(i, float(z[i]), min(1.0, n * float(2 * stats.t.sf(abs(z[i]), freedom)))) for i in inner]


def resistant(y: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.float64]:
    """What design and memory leave of ``y``, both fitted to values drawn in to three deviations, so that a spike neither bends the fit nor echoes."""
    import numpy as np

    calm, fit, off = y, y, y
    for _ in range(3):
        fit = calm - residuals(calm, design)
        off = y - fit
        limit = 3 * 1.4826 * float(np.median(np.abs(off - np.median(off))))
        calm = fit + np.clip(off, -limit, limit)
    weights = autoregression(calm - fit)
    echo = np.zeros(len(y))
    for lag, weight in enumerate(weights, 1):
        echo[lag:] += weight * (calm - fit)[:-lag]
    return off - echo


def standardised(left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Residuals over the wider of two robust scales, the median absolute deviation and the middle 90 %, at that of a normal distribution."""
    import numpy as np

    centre = np.median(left)
    middle = float(np.subtract(*np.quantile(left, [0.95, 0.05]))) / 3.29
    return (left - centre) / max(1.4826 * float(np.median(np.abs(left - centre))), middle, 1e-300)


def tail(z: NDArray[np.float64]) -> float:
    """The freedom of the t distribution that reaches out as far as ``z`` does on its longer side; 200 where that is no farther than the normal."""
    import numpy as np
    from scipy import stats

    low, lower, middle, upper, high = np.quantile(z, [0.025, 0.25, 0.5, 0.75, 0.975])
    ratio = max((middle - low) / max(middle - lower, 1e-300), (high - middle) / max(upper - middle, 1e-300))
    # A ratio of quantiles is uncertain by about 2.5/sqrt(n), and the longer side is picked: the normal gets the benefit of the doubt.
    ratio -= 2.5 / len(z) ** 0.5
    grid = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 200.0)
    return next((v for v in reversed(grid) if ratio <= stats.t.ppf(0.975, v) / stats.t.ppf(0.75, v)), grid[0])


def candidate(relation: Relation, series: Series, at: int, z: float, p_value: float) -> Candidate:
    """The test of one period."""
    measure = (series.measure.name,) if series.measure else ()
    mean = abs(float(series.values.mean()))
    return Candidate(
        kind="anomaly",
        columns=(*measure, series.calendar.time.name),
        where={"date": series.starts[at].isoformat()},
        direction=1 if z > 0 else -1,
        p_value=p_value,
        support=1,
        strength=abs(z),
        impact=min(1.0, abs(float(series.values[at]) - mean) / max(mean, 1e-300) / len(series.values)),
        weight=1 / TOLD,
        large=abs(z) >= MIN_STRENGTH,
        matters=series.measure.matters if series.measure else 1.0,
        claim=partial(claim, relation, series, at, z),
    )


def query(relation: Relation, series: Series, at: int) -> str:
    """SQL for the series, with the period's value and the average of the seven periods before and after it."""
    moment = edge(series.starts[at], relation.dialect)
    return (
        f"WITH series AS ({series.query(relation)}), "  # noqa: S608  # quoted names and literals
        "numbered AS (SELECT period, value, row_number() OVER (ORDER BY period) AS step FROM series), "
        f"place AS (SELECT period AS moment, value AS seen, step AS here FROM numbered WHERE period = {moment}), "
        f"around AS (SELECT avg(value) AS usual, count(*) AS neighbours FROM numbered CROSS JOIN place "
        f"WHERE step BETWEEN here - {AROUND} AND here + {AROUND} AND step <> here) "
        "SELECT period, value, moment, seen, usual, neighbours, (seen - usual) / abs(usual) AS change "
        "FROM numbered CROSS JOIN place CROSS JOIN around ORDER BY period"
    )


def claim(relation: Relation, series: Series, at: int, z: float) -> Claim | None:
    """The period in words, against its neighbours."""
    sql = query(relation, series, at)
    rows = relation.ask(sql)
    if rows.num_rows == 0:  # a period without rows, zero in a sum, has nothing to show
        return None
    row = first_row(rows)
    if (row["seen"] - row["usual"]) * z <= 0:
        return None
    what, printed, grain = capital(subject(series)), unit(series.measure), series.calendar.grain
    numbers = Numbers(relation, sql, row, f"anomaly-{series.measure.name if series.measure else 'rows'}-{at}")
    seen, usual = numbers.text("seen", printed), numbers.text("usual", printed)
    when = at_moment(numbers.day("moment", grain), grain)
    by = f" ({numbers.text('change', 'share', signed=True)})" if row["usual"] > 0 else ""
    title = f"{what} {'were' if many(what) else 'was'} unusually {'high' if z > 0 else 'low'} {when}"
    around = f"the {numbers.text('neighbours', f'{grain}s')} around it"
    statement = f"{title}: {seen}, against {usual} on average over {around}{by}."
    chart = ChartSpec(
        kind="line", x="period", y=("value",), title=title, unit=printed, subtitle=f"{what} by {grain}",
        highlight=(series.starts[at].date().isoformat(),), reason="One period stands out best on the line of all.",
    )  # fmt: skip
    advice = f"Check the records {when} first: an entry error, a one-off or a missed event looks just like this."
    effect = float(row["seen"] - row["usual"]) * (100 if printed == "share" else 1)
    return Claim(title, statement, effect, effect_unit(series), advice, sql, chart, tuple(numbers.facts))
