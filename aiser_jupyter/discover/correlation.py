"""Measures that move together, beyond what time, blocks of rows or their own definition make of them."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.cycle import background, waves
from aiser_jupyter.discover.cycle import candidates as cycles
from aiser_jupyter.discover.groups import blocks
from aiser_jupyter.discover.regression import whitened
from aiser_jupyter.discover.series import reading
from aiser_jupyter.discover.table import column
from aiser_jupyter.discover.words import Numbers, be, capital, difference_unit, label, share, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

SAMPLE = 20_000
MIN_ROWS = 30
MIN_STRENGTH = 0.1
WEIGHT = 0.5
# Ranks that agree this closely are one measure twice.
IDENTITY = 0.985
CLOSE = 0.05
MADE_OF = 12
"""Two measures whose product or sum is a third one to this relative error (at the median) make it."""


class Correlation:
    """Tests every pair of measures by rank correlation."""

    name = "correlation"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a pair; pairs that are linked by definition are left out."""
        sample = Sample(evidence)
        if sample.rows < MIN_ROWS:
            return
        for one, two in combinations(range(len(sample.measures)), 2):
            if (one, two) in sample.linked:
                continue
            found = sample.test(one, two)
            if found:
                yield candidate(evidence.relation, sample.measures[one], sample.measures[two], *found)


class Sample:
    """Up to 20,000 rows as numbers, their ranks, and the blocks they belong to; or the series without their memory where each period is one row."""

    def __init__(self, evidence: Evidence) -> None:
        import numpy as np

        self.measures = tuple(m for m in evidence.roles.measures if m.role == "measure" or m.integer)
        ways = blocks(evidence.roles)
        shown = [f"{m.expression} AS x{i}" for i, m in enumerate(self.measures)] + [f"{w.expression} AS b{i}" for i, w in enumerate(ways)]
        relation = evidence.relation
        self.rows = 0
        if len(self.measures) < 2:
            return
        # Every k-th row by a hash of all measures: the same rows in each run, whatever order they are stored in.
        every = max(1, -(-evidence.roles.rows // SAMPLE))
        keep = f" WHERE hash({', '.join(column(m.name) for m in self.measures)}) % {every} = 0" if every > 1 else ""
        table = relation.scan(f"SELECT {', '.join(shown)} FROM {relation.scanned}{keep}")  # noqa: S608  # quoted names and literals
        self.rows = table.num_rows
        self.values = [np.array(table.column(f"x{i}").to_pandas(), dtype=float) for i in range(len(self.measures))]
        self.blocks = [(w.ordered, np.array(table.column(f"b{i}").to_pandas().fillna(-1), dtype=int)) for i, w in enumerate(ways)]
        self.series = {s.measure.name: s for s in evidence.series if s.measure and s.rows <= 1.2 * len(s.values)}

    @cached_property
    def linked(self) -> set[tuple[int, int]]:
        """Pairs of which one makes the other together with a third: a total and its price or quantity."""
        import numpy as np

        out: set[tuple[int, int]] = set()
        rows = [v[:500] for v in self.values]
        for one, two in combinations(range(min(len(rows), MADE_OF)), 2):
            for whole in range(min(len(rows), MADE_OF)):
                if whole in (one, two):
                    continue
                a, b, c = rows[one], rows[two], rows[whole]
                for made in (a * b, a + b, a - b, b - a):
                    with np.errstate(divide="ignore", invalid="ignore"):
                        error = np.nanmedian(np.abs(made - c) / np.abs(c))
                    if error < CLOSE:
                        out |= {(min(p, whole), max(p, whole)) for p in (one, two)}
        return out

    def test(self, one: int, two: int) -> tuple[float, float, int] | None:
        """Correlation, p-value and rows of a pair."""
        import numpy as np

        series = [self.series.get(self.measures[i].name) for i in (one, two)]
        if series[0] and series[1] and series[0].starts == series[1].starts:
            x, y = (innovations(s) for s in series if s)
            n = min(len(x), len(y))
            x, y, groups = x[-n:], y[-n:], []
        else:
            x, y = self.values[one], self.values[two]
            both = np.isfinite(x) & np.isfinite(y)
            x, y, groups = x[both], y[both], [(ordered, b[both]) for ordered, b in self.blocks]
        if len(x) < MIN_ROWS or np.ptp(x) == 0 or np.ptp(y) == 0:
            return None
        return rank_correlation(x, y, groups)


def innovations(series: Series) -> NDArray[np.float64]:
    """What is new in each step of a series: trend, cycle and memory taken out, so that two wandering series do not seem to move together."""
    import numpy as np

    design = np.hstack([background(series.index), *(waves(series.index, p) for p in cycles(series))])
    white = whitened(series.values, design)
    return white.y - white.design @ np.linalg.lstsq(white.design, white.y, rcond=None)[0]


def rank_correlation(
    x: NDArray[np.float64], y: NDArray[np.float64], groups: list[tuple[bool, NDArray[np.int_]]]
) -> tuple[float, float, int]:
    """Spearman's correlation and its p-value, with blocks of dependent rows as units where they inflate its variance (Liang and Zeger 1986)."""
    import numpy as np
    from scipy import stats

    a, b = ((r - r.mean()) / r.std() for r in (stats.rankdata(x), stats.rankdata(y)))
    n = len(a)
    r = float((a * b).mean())
    variance = (1 - r**2) / (n - 2)
    p_value = float(2 * stats.t.sf(abs(r) / np.sqrt(max(variance, 1e-12)), n - 2))
    score = (a * b - r * (a**2 + b**2) / 2) / n
    for ordered, block in groups:
        sums = np.bincount(np.unique(block, return_inverse=True)[1], weights=score)
        size = len(sums)
        if size < 3:
            continue
        lags = round(size ** (1 / 3)) if ordered else 0
        spread = float(sums @ sums) + sum(2 * (1 - k / (lags + 1)) * float(sums[k:] @ sums[:-k]) for k in range(1, lags + 1))
        if spread > variance * (1 + 2 * np.sqrt(2 / size)):
            p_value = max(p_value, float(2 * stats.t.sf(abs(r) / np.sqrt(spread), size - 1)))
    return r, p_value, n


def candidate(relation: Relation, one: Field, two: Field, r: float, p_value: float, rows: int) -> Candidate:
    """The test of a pair; an outcome is the one that the other speaks about."""
    x, y = (two, one) if one.role == "outcome" and two.role != "outcome" else (one, two)
    return Candidate(
        kind="correlation",
        columns=(x.name, y.name),
        where={},
        direction=1 if r > 0 else -1,
        p_value=p_value,
        support=rows,
        strength=abs(r) / (1 - min(abs(r), 0.99) ** 2) ** 0.5,
        impact=abs(r),
        weight=WEIGHT,
        large=MIN_STRENGTH <= abs(r) < IDENTITY,
        matters=y.matters,
        claim=partial(claim, relation, x, y, r),
    )


def query(relation: Relation, x: Field, y: Field) -> str:
    """SQL with the average of ``y`` in each quarter of the rows ordered by ``x``, and the correlation of their ranks."""
    a, b = reading(x, relation.dialect), reading(y, relation.dialect)
    return (
        f"WITH ranked AS (SELECT {a} AS x, {b} AS y, ntile(4) OVER (ORDER BY {a}) AS quarter, rank() OVER (ORDER BY {a}) AS i, "  # noqa: S608  # quoted names and literals
        f"rank() OVER (ORDER BY {b}) AS j FROM {relation.name} WHERE {a} IS NOT NULL AND {b} IS NOT NULL), "
        "quarters AS (SELECT quarter, count(*) AS rows_in, min(x) AS from_x, max(x) AS to_x, avg(y) AS value FROM ranked GROUP BY quarter), "
        "ends AS (SELECT max(CASE WHEN quarter = 1 THEN value END) AS low, max(CASE WHEN quarter = 4 THEN value END) AS high FROM quarters) "
        "SELECT quarter, rows_in, from_x, to_x, value, low, high FROM quarters CROSS JOIN ends ORDER BY quarter"
    )


def claim(relation: Relation, x: Field, y: Field, r: float) -> Claim | None:
    """The pair in words: the second measure at the two ends of the first."""
    sql = query(relation, x, y)
    row: Mapping[str, Any] = relation.ask(sql).to_pylist()[0]
    if row["low"] is None or row["high"] is None or (row["high"] - row["low"]) * r <= 0:
        return None
    printed = unit(y)
    numbers = Numbers(relation, sql, row, f"correlation-{x.name}-{y.name}")
    high, low = numbers.text("high", printed), numbers.text("low", printed)
    what = share(y) if y.values else f"average {label(y.name)}"
    title = capital(f"{what} {be(what)} {'higher' if r > 0 else 'lower'} where {label(x.name)} {be(label(x.name))} higher")
    statement = f"{title}: {high} in the quarter of rows with the highest {label(x.name)}, {low} in the quarter with the lowest."
    chart = ChartSpec(
        kind="bar", x="quarter", y=("value",), title=title, unit=printed, highlight=("4",),
        subtitle=capital(f"{what} by quarter of the rows, from the lowest {label(x.name)} to the highest"), reason="Four bars show the slope without every row.",
    )  # fmt: skip
    advice = f"Use {label(x.name)} to tell rows apart; that the two go together is tested, that one moves the other is not."
    effect = float(row["high"] - row["low"]) * (100 if printed == "share" else 1)
    return Claim(title, statement, effect, difference_unit(printed), advice, sql, chart, tuple(numbers.facts))
