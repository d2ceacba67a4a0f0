"""What moved last: the level in which a total changed out of proportion between the last two whole periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.groups import ranked
from aiser_jupyter.discover.series import MIN_PERIODS, edge, reading, start_of, steps, whole
from aiser_jupyter.discover.table import column, period
from aiser_jupyter.discover.words import Numbers, at_moment, capital, label, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.series import Calendar
    from aiser_jupyter.discover.table import Relation

    Grid = NDArray[np.float64]

GRAINS = ("month", "week", "day")
FINER = frozenset({"day", "hour", "minute"})
MOST_LEVELS = 30
MIN_ROWS = 5
# The moves before the last one say how much a level moves by itself; fewer do not.
MIN_MOVES = 8
# How far the whole must have moved, in units of its usual move.
MIN_MOVED = 1.0
# A level with less of the change is no driver of it, however sure its move is.
MIN_SHARE = 0.3
# Seldom there: most tables end in no such move.
WEIGHT = 0.5


@dataclass(frozen=True)
class Move:
    """The level that moved most out of proportion, its test, its part of the whole change, and how far beyond the noise it is."""

    level: Any
    amount: float
    whole: float
    total: float
    rows: int
    p_value: float
    strength: float
    largest: bool


class Driver:
    """Tests the last move of every total over every grouping."""

    name = "driver"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a total and grouping; the levels looked at are paid for in its p-value."""
        cut = comparable(evidence.calendar) if evidence.calendar else None
        if cut is None:
            return
        starts = steps(cut.first, cut.last, cut.grain)
        # The total of a heavy tail is a statement about a few rows.
        measures = tuple(m for m in evidence.roles.measures if m.summed and m.values is None and not ranked(m))
        for by in evidence.roles.groupings:
            if 2 <= len(by.levels) <= MOST_LEVELS:
                for measure, table in grids(evidence, cut, starts, by, tuple(m for m in measures if m.name != by.name)):
                    if found := last_move(by.levels, *table):
                        yield candidate(evidence, cut, by, measure, found)


def comparable(cut: Calendar) -> Calendar | None:
    """The coarsest periods that people compare and of which there are enough whole ones; None where there are not."""
    tried = [cut]
    if cut.grain in FINER or cut.events:
        low, high = cut.time.minimum, cut.time.maximum
        # A day that is written without an hour is a whole day.
        high += timedelta(days=1, seconds=-1) if low.time() == high.time() == time() else timedelta(0)
        tried = [whole(cut.time, grain, low, high, events=True) for grain in GRAINS]
    return next((one for one in tried if one.first < one.last and len(steps(one.first, one.last, one.grain)) >= MIN_PERIODS), None)


def grids(
    evidence: Evidence, cut: Calendar, starts: tuple[datetime, ...], by: Field, measures: tuple[Field, ...]
) -> Iterator[tuple[Field | None, tuple[Grid, Grid, Grid]]]:
    """Count, sum and sum of squares by level and period, of each measure and (None) of the rows themselves."""
    import numpy as np

    start, group = period(cut.time.expression, cut.grain), column(by.name)
    inner = "".join(
        f", count({m.expression}) AS n{i}, sum({m.expression}) AS s{i}, sum(CAST({m.expression} AS DOUBLE) * {m.expression}) AS q{i}"
        for i, m in enumerate(measures)
    )
    found = evidence.relation.scan(
        f"SELECT {group} AS level, CAST({start} AS TIMESTAMP) AS period, count(*) AS n{inner} FROM {evidence.relation.scanned} "  # noqa: S608  # quoted names and literals
        f"WHERE {group} IS NOT NULL AND {start} BETWEEN {edge(cut.first, 'duckdb')} AND {edge(cut.last, 'duckdb')} GROUP BY 1, 2"
    ).to_pydict()
    rows = {level: i for i, level in enumerate(by.levels)}
    columns = {start: i for i, start in enumerate(starts)}
    at = [(rows[level], columns[start_of(moment, cut.grain)]) for level, moment in zip(found["level"], found["period"], strict=True)]

    def grid(name: str) -> Grid:
        out = np.zeros((len(rows), len(columns)))
        for place, value in zip(at, found[name], strict=True):
            out[place] += float(value or 0)
        return out

    for i, measure in enumerate(measures):
        yield measure, (grid(f"n{i}"), grid(f"s{i}"), grid(f"q{i}"))
    count = grid("n")
    yield None, (count, count, count)


def last_move(levels: tuple[Any, ...], count: Grid, total: Grid, square: Grid) -> Move | None:
    """The level whose last change is most unlike a change in proportion to all others, and unlike its own changes before.

    The test is of the level's move, for that is what is claimed; a whole that moved no more than usual has no driver.
    """
    sums, squares = total.sum(axis=0), square.sum(axis=0)
    change = float(sums[-1] - sums[-2])
    _, moved, _ = unusual(sums[1:] - sums[:-1], squares[1:] + squares[:-1])
    found: list[Move] = []
    for i, level in enumerate(levels):
        rest, beside = sums - total[i], squares - square[i]
        if (rest[:-1] <= 0).any() or max(count[i, -2:]) < MIN_ROWS:
            continue
        pace, lever = rest[1:] / rest[:-1], total[i, :-1] / rest[:-1]
        excess = total[i, 1:] - pace * total[i, :-1]
        noise = square[i, 1:] + pace**2 * square[i, :-1] + lever**2 * (beside[1:] + pace**2 * beside[:-1])
        p_value, strength, largest = unusual(excess, noise)
        amount = float(total[i, -1] - total[i, -2])
        if moved < MIN_MOVED or excess[-1] * change <= 0 or amount * change <= 0:
            largest = False
        found.append(Move(level, amount, change, float(sums[-2]), int(count[i, -2:].sum()), p_value, strength, largest))
    if not found:
        return None
    best = min(found, key=lambda move: (move.p_value, -abs(move.amount), str(move.level)))
    p_value = min(1.0, best.p_value * len(found))
    return Move(best.level, best.amount, best.whole, best.total, best.rows, p_value, best.strength, best.largest)


def unusual(moves: Grid, variance: Grid) -> tuple[float, float, bool]:
    """The p-value of the last move by Student's t, its size in the noise of those before it, and whether it is the largest of all.

    Rows vary as independent draws would, times what the earlier moves show beyond that.
    """
    import numpy as np
    from scipy import stats

    usable = variance > 0
    before = (moves[:-1] ** 2)[usable[:-1]] / variance[:-1][usable[:-1]]
    if not usable[-1] or len(before) < MIN_MOVES:
        return 1.0, 0.0, False
    size = float(abs(moves[-1]) / np.sqrt(variance[-1] * max(1.0, float(before.mean()))))
    return float(2 * stats.t.sf(size, len(before))), size, bool(moves[-1] ** 2 / variance[-1] > before.max())


def candidate(evidence: Evidence, cut: Calendar, by: Field, measure: Field | None, found: Move) -> Candidate:
    """The test of one total over one grouping."""
    import math

    share = found.amount / found.whole if found.whole else 0.0
    name = measure.name if measure else ""
    return Candidate(
        kind="driver",
        columns=(by.name, *((name,) if name else ()), cut.time.name),
        where={by.name: found.level},
        direction=1 if found.amount > 0 else -1,
        p_value=found.p_value,
        support=found.rows,
        strength=found.strength,
        impact=min(1.0, abs(found.amount) / max(abs(found.total), 1e-300)),
        large=found.largest and share >= MIN_SHARE,
        weight=WEIGHT,
        matters=measure.matters if measure else 1.0,
        claim=partial(claim, evidence, cut, by, measure, found),
        fit=math.log(max(found.p_value, 1e-300)),
        family=f"driver {name}",
    )


def query(relation: Relation, cut: Calendar, by: Field, measure: Field | None) -> str:
    """SQL with the total of both periods by level, its change, and the change of the whole."""
    dialect = relation.dialect
    before, after = (edge(moment, dialect) for moment in steps(cut.first, cut.last, cut.grain)[-2:])
    start, group = period(column(cut.time.name, dialect), cut.grain, dialect), column(by.name, dialect)
    value = "1" if measure is None else reading(measure, dialect)
    filled = "" if measure is None else f" AND {value} IS NOT NULL"
    return (
        f"WITH parts AS (SELECT {group} AS level, sum(CASE WHEN {start} < {after} THEN {value} ELSE 0 END) AS before, "  # noqa: S608  # quoted names and literals
        f"sum(CASE WHEN {start} >= {after} THEN {value} ELSE 0 END) AS after, min({start}) AS first_period, max({start}) AS last_period "
        f"FROM {relation.name} WHERE {group} IS NOT NULL AND {start} >= {before} AND {start} <= {after}{filled} GROUP BY {group}), "
        "whole AS (SELECT sum(before) AS whole_before, sum(after) AS whole_after, min(first_period) AS since, max(last_period) AS until FROM parts) "
        "SELECT level, before, after, after - before AS change, 1.0 * (after - before) / nullif(whole_after - whole_before, 0) AS share_of_change, "
        "whole_before, whole_after, since, until FROM parts CROSS JOIN whole ORDER BY abs(after - before) DESC, level"
    )


def claim(evidence: Evidence, cut: Calendar, by: Field, measure: Field | None, found: Move) -> Claim | None:
    """The move in words, its numbers read from its query."""
    relation = evidence.relation
    sql = query(relation, cut, by, measure)
    row = next((r for r in relation.ask(sql).to_pylist() if r["level"] == found.level), None)
    if row is None or row["share_of_change"] is None or float(row["change"]) * found.amount <= 0:
        return None
    printed = unit(measure)
    numbers = Numbers(relation, sql, row, f"driver-{by.name}-{measure.name if measure else 'rows'}")
    what = f"the number of {evidence.rows_are}"
    if measure:
        what = label(measure.name) if "total" in label(measure.name).split() else f"total {label(measure.name)}"
    verb, name = "rose" if found.amount > 0 else "fell", label(by.name)
    when, since = (at_moment(numbers.day(part, cut.grain), cut.grain) for part in ("until", "since"))
    before, after = (numbers.text(part, printed) for part in ("whole_before", "whole_after"))
    change, share = numbers.text("change", printed, signed=True), numbers.text("share_of_change", "share")
    where = f"where {name} is {found.level}"
    title = capital(f"{what} {verb} {when}, most of all {where}: {change}")
    statement = capital(
        f"{what} {verb} from {before} {since} to {after} {when}. The change {where} is {change}, {share} of the whole, and more than in "
        "proportion to the rest."
    )
    chart = ChartSpec(
        kind="horizontal_bar", x="level", y=("change",), title=title, subtitle=capital(f"change of {what} by {name}"), unit=printed,
        highlight=(str(found.level),), reason="Contributions to a change compare best as sorted bars.", alternatives=("waterfall", "table"),
    )  # fmt: skip
    advice = f"Ask what happened {where}; that it moved apart from the rest is tested, what moved it is not."
    return Claim(
        title,
        statement,
        float(row["change"]),
        printed or (evidence.rows_are if measure is None else ""),
        advice,
        sql,
        chart,
        tuple(numbers.facts),
    )
