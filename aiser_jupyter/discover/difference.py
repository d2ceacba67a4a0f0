"""Groups that differ: a level whose mean, median or share stands apart from the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.groups import Blocks, Sums, blocks, ranked, sums
from aiser_jupyter.discover.regression import generalised
from aiser_jupyter.discover.series import reading
from aiser_jupyter.discover.table import column, literal
from aiser_jupyter.discover.words import Numbers, be, capital, difference_unit, label, share, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.table import Relation

MIN_ROWS = 20
MIN_CELL = 10
WEIGHT = 1.5
# Cochran's rule: a mean of n values of skewness g is near enough to normal for n > 25 g^2.
COCHRAN = 25
MIN_STRENGTH = 0.1
MIN_RELATIVE = 0.05
# A grouping that explains nearly all of a measure is made of it: a bin, a copy, a total.
IDENTITY = 0.95
# Blocks inflate a variance by chance as well: by two standard errors of a variance over B blocks.
CHANCE = 2.0
# Below this p-value levels are told apart by what they explain, not by how sure they are.
BEYOND_DOUBT = 1e-12


@dataclass(frozen=True)
class Contrast:
    """A level against all other rows: the difference, its test, and its size in standard deviations."""

    level: Any
    rows: int
    apart: float
    p_value: float
    strength: float
    relative: float
    share: float


class Difference:
    """Tests every measure over every grouping."""

    name = "difference"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a grouping and measure; the levels looked at are paid for in its p-value."""
        ways = blocks(evidence.roles)
        seen: set[frozenset[str]] = set()
        for by in evidence.roles.groupings:
            measures = tuple(m for m in evidence.roles.measures if m.name != by.name and frozenset((m.name, by.name)) not in seen)
            seen |= {frozenset((m.name, by.name)) for m in measures}
            if not measures:
                continue
            for measure, found in zip(measures, contrasts(evidence, by, measures, ways), strict=True):
                if found:
                    yield candidate(evidence, by, measure, found, ways)


def contrasts(
    evidence: Evidence,
    by: Field,
    measures: tuple[Field, ...],
    ways: tuple[Blocks, ...],
    *,
    without: Mapping[str, Any] | None = None,
    only: Any = None,
) -> list[Contrast | None]:
    """The strongest contrast of each measure over the levels of ``by`` (or that of the level ``only``), None where no level has enough rows."""
    tables = [sums(evidence, by, measures, way, without) for way in ways or (None,)]
    return [strongest(measure, [table[i] for table in tables], ways, only) for i, measure in enumerate(measures)]


def strongest(measure: Field, tables: list[Sums], ways: tuple[Blocks, ...], only: Any) -> Contrast | None:
    """The level most unlike the rest; of two levels the higher one."""
    import numpy as np

    table = tables[0]
    count = table.count.sum(axis=1)
    least = MIN_ROWS if ranked(measure) or measure.role == "outcome" else max(MIN_ROWS, COCHRAN * measure.skew**2)
    present = np.flatnonzero(count > 0)
    if made_of(table, present):
        return None
    tried = [int(i) for i in present if count[i] >= least and count.sum() - count[i] >= least]
    if only is not None:
        tried = [i for i in tried if table.levels[i] == only]
    elif len(present) == 2:
        means = table.total.sum(axis=1) / np.maximum(count, 1)
        tried = [i for i in tried if means[i] == means[present].max()][:1]
    found = [c for c in (contrast(measure, tables, ways, i) for i in tried) if c]
    if not found:
        return None
    best = min(found, key=lambda c: (max(c.p_value, BEYOND_DOUBT), -c.strength * (c.share * (1 - c.share)) ** 0.5))
    return replace(best, p_value=min(1.0, best.p_value * len(found)))


def made_of(table: Sums, present: NDArray[np.intp]) -> bool:
    """Whether the levels fix the measure, as a bin, a copy or a step's own number does."""
    import numpy as np

    n, total, square = (grid[present].sum(axis=1) for grid in (table.count, table.total, table.square))
    whole = square.sum() - total.sum() ** 2 / max(n.sum(), 1)
    within = (square - total**2 / np.maximum(n, 1)).sum()
    return bool(within <= (1 - IDENTITY) * whole)


def contrast(measure: Field, tables: list[Sums], ways: tuple[Blocks, ...], i: int) -> Contrast | None:
    """Welch's t test of level ``i`` against the rest (Welch 1947), its variance inflated where rows of a block hang together."""
    import numpy as np
    from scipy import stats

    (n1, m1, v1), (n0, m0, v0) = (moments(tables[0], rows) for rows in ([i], [k for k in range(len(tables[0].levels)) if k != i]))
    variance = v1 / n1 + v0 / n0
    pooled = ((n1 - 1) * v1 + (n0 - 1) * v0) / max(n1 + n0 - 2, 1)
    if variance <= 0 or pooled <= 0:
        return None
    freedom = variance**2 / ((v1 / n1) ** 2 / max(n1 - 1, 1) + (v0 / n0) ** 2 / max(n0 - 1, 1))
    apart = m1 - m0
    p_value = 0.0
    if measure.role == "outcome" and rare(measure, n1, m1, n0, m0):
        hits = [round(n * (m + measure.mean)) for n, m in ((n1, m1), (n0, m0))]
        p_value = float(stats.fisher_exact([[hits[0], n1 - hits[0]], [hits[1], n0 - hits[1]]])[1])  # pyright: ignore[reportArgumentType] - scipy's stubs say object
    for table, way in zip(tables, ways, strict=False):
        p_value = max(p_value, clustered(table, way, i, apart, variance))
    p_value = max(p_value, float(2 * stats.t.sf(abs(apart) / np.sqrt(variance), freedom)))
    base = 0.0 if ranked(measure) else abs(m0 + measure.mean)
    relative = abs(apart) / base if base > 0 else 0.0
    return Contrast(
        tables[0].levels[i],
        round(n1),
        apart,
        p_value,
        abs(apart) / float(np.sqrt(pooled)),
        relative,
        n1 / (n1 + n0),
    )


def moments(table: Sums, rows: list[int]) -> tuple[float, float, float]:
    """Count, mean and variance over some levels and all blocks."""
    n, total, square = (float(grid[rows].sum()) for grid in (table.count, table.total, table.square))
    mean = total / n
    return n, mean, max(square - n * mean**2, 0.0) / max(n - 1, 1)


def rare(measure: Field, n1: float, m1: float, n0: float, m0: float) -> bool:
    """Whether a cell of the two-by-two table is too small for the normal approximation."""
    rate = (n1 * (m1 + measure.mean) + n0 * (m0 + measure.mean)) / (n1 + n0)
    return min(n1, n0) * min(rate, 1 - rate) < MIN_CELL


def clustered(table: Sums, way: Blocks, i: int, apart: float, variance: float) -> float:
    """The p-value with blocks of rows as the units (Liang and Zeger 1986), neighbours in time with Bartlett weights (Newey and West 1987); 0 where blocks do not matter."""
    import numpy as np
    from scipy import stats

    others = [k for k in range(len(table.levels)) if k != i]
    n1, n0 = table.count[i], table.count[others].sum(axis=0)
    s1, s0 = table.total[i], table.total[others].sum(axis=0)
    if way.ordered and in_turns(n1, n0):
        return turns(n1, n0, s1, s0)
    scores = (s1 - s1.sum() / n1.sum() * n1) / n1.sum() - (s0 - s0.sum() / n0.sum() * n0) / n0.sum()
    size = len(scores)
    held = int(min((n1 > 0).sum(), (n0 > 0).sum()))
    if size < 3 or held < 2:
        return 1.0
    spread = float(scores @ scores)
    lags = round(size ** (1 / 3)) if way.ordered else 0
    spread += sum(2 * (1 - lag / (lags + 1)) * float(scores[lag:] @ scores[:-lag]) for lag in range(1, lags + 1))
    spread *= size / (size - 1)
    if spread <= variance * (1 + CHANCE * np.sqrt(2 / size)):
        return 0.0
    return float(2 * stats.t.sf(abs(apart) / np.sqrt(spread), held - 1))


def in_turns(n1: NDArray[np.float64], n0: NDArray[np.float64]) -> bool:
    """Whether the level and the rest take turns in time, as before and after do."""
    mixed = (n1 > 0) & (n0 > 0)
    return float(mixed.mean()) < 0.2


def turns(n1: NDArray[np.float64], n0: NDArray[np.float64], s1: NDArray[np.float64], s0: NDArray[np.float64]) -> float:
    """The p-value of a level that is a stretch of time: block means on its share, with errors that remember."""
    import numpy as np

    filled = (n1 + n0) > 0
    rows = (n1 + n0)[filled]
    if len(rows) < 12:
        return 1.0
    return generalised((s1 + s0)[filled] / rows, np.column_stack([np.ones(len(rows)), n1[filled] / rows])).p_value


def candidate(evidence: Evidence, by: Field, measure: Field, found: Contrast, ways: tuple[Blocks, ...]) -> Candidate:
    """The test of one grouping and measure."""

    def again(without: Mapping[str, Any]) -> float:
        if without.get(by.name) == found.level:
            return 1.0
        left = contrasts(evidence, by, (measure,), ways, without=without, only=found.level)[0]
        return left.p_value if left and left.apart * found.apart > 0 else 1.0

    worth = found.strength >= MIN_STRENGTH or found.relative >= MIN_RELATIVE
    return Candidate(
        kind="difference",
        columns=(by.name, measure.name),
        where={by.name: found.level},
        direction=1 if found.apart > 0 else -1,
        p_value=found.p_value,
        support=found.rows,
        strength=found.strength,
        impact=min(1.0, (found.relative or found.strength) * found.share * 2),
        large=worth,
        matters=measure.matters,
        claim=partial(claim, evidence.relation, by, measure, found),
        family=f"difference {measure.name} by {by.name}",
        weight=WEIGHT,
        topic=f"difference {measure.name}",
        again=again,
    )


def query(relation: Relation, by: Field, measure: Field, level: Any) -> str:
    """SQL with the measure by level, and over all rows that are not of ``level``."""
    group, x = column(by.name, relation.dialect), reading(measure, relation.dialect)
    kept = f"FROM {relation.name} WHERE {group} IS NOT NULL AND {x} IS NOT NULL"  # quoted names
    if not ranked(measure):
        return (
            f"WITH rest AS (SELECT avg({x}) AS elsewhere, count(*) AS rows_rest {kept} AND {group} <> {literal(level)}) "  # noqa: S608  # quoted names and literals
            f"SELECT {group} AS level, count(*) AS rows_in, avg({x}) AS value, max(elsewhere) AS elsewhere, max(rows_rest) + count(*) AS rows_all "
            f"FROM {relation.name} CROSS JOIN rest WHERE {group} IS NOT NULL AND {x} IS NOT NULL GROUP BY {group} ORDER BY value DESC"
        )
    return (
        f"WITH ranked AS (SELECT {group} AS level, {x} AS x, row_number() OVER (PARTITION BY {group} ORDER BY {x}) AS place, "  # noqa: S608  # quoted names and literals
        f"count(*) OVER (PARTITION BY {group}) AS rows_in {kept}), "
        f"others AS (SELECT {x} AS x, row_number() OVER (ORDER BY {x}) AS place, count(*) OVER () AS n {kept} AND {group} <> {literal(level)}), "
        "rest AS (SELECT avg(x) AS elsewhere, max(n) AS rows_rest FROM others WHERE 2 * place BETWEEN n AND n + 2) "
        "SELECT level, max(rows_in) AS rows_in, avg(x) AS value, max(elsewhere) AS elsewhere, max(rows_in) + max(rows_rest) AS rows_all "
        "FROM ranked CROSS JOIN rest WHERE 2 * place BETWEEN rows_in AND rows_in + 2 GROUP BY level ORDER BY value DESC"
    )


def claim(relation: Relation, by: Field, measure: Field, found: Contrast) -> Claim | None:
    """The contrast in words, its numbers read from its query; None where the query does not bear it out, as where both medians are equal."""
    sql = query(relation, by, measure, found.level)
    rows = relation.ask(sql).to_pylist()
    row = next((r for r in rows if r["level"] == found.level), None)
    if row is None or row["elsewhere"] is None or (row["value"] - row["elsewhere"]) * found.apart <= 0:
        return None
    apart = float(row["value"]) - float(row["elsewhere"])
    printed = unit(measure)
    numbers = Numbers(relation, sql, row, f"difference-{by.name}-{measure.name}")
    name = label(by.name)
    what = share(measure) if measure.values else f"{'median' if ranked(measure) else 'average'} {label(measure.name)}"
    other = next(r["level"] for r in rows if r["level"] != found.level)
    rest = f"where it is {other}" if len(rows) == 2 else "elsewhere"
    value, elsewhere = numbers.text("value", printed), numbers.text("elsewhere", printed)
    count, total = numbers.text("rows_in", ""), numbers.text("rows_all", "")
    statement = capital(f"{what} {be(what)} {value} where {name} is {found.level}, against {elsewhere} {rest} ({count} of {total} rows).")
    title = capital(f"{what} {be(what)} {'higher' if apart > 0 else 'lower'} where {name} is {found.level}: {value} against {elsewhere}")
    chart = ChartSpec(
        kind="horizontal_bar", x="level", y=("value",), title=title, subtitle=capital(f"{what} by {name}"), unit=printed,
        highlight=(str(found.level),), reason="Groups compare best as sorted bars.",
    )  # fmt: skip
    advice = f"Compare what else is different where {name} is {found.level}; that the groups differ is tested, that {name} makes the difference is not."
    return Claim(
        title, statement, apart * (100 if printed == "share" else 1), difference_unit(printed), advice, sql, chart, tuple(numbers.facts)
    )
