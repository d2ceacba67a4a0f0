"""Measures over time: one query makes all series of a table at a sensible grain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.table import column, first_row, literal, period

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.table import Relation

GRAINS = ("minute", "hour", "day", "week", "month", "quarter", "year")
LENGTHS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_746, "quarter": 7_889_238, "year": 31_556_952}
MIN_PERIODS = 12
MAX_PERIODS = 5000
COVERAGE = 0.8


@dataclass(frozen=True)
class Calendar:
    """How time is cut: a column, a grain, and the first and last whole period.

    ``events`` is true where rows fall at any moment of a period rather than once per period and place.
    """

    time: Field
    grain: str
    first: datetime
    last: datetime
    events: bool


@dataclass(frozen=True)
class Series:
    """A measure by period: ``values[k]`` is of the period that starts at ``starts[k]``, the ``index[k]``-th from the first.

    A period without rows is zero in a sum and left out of a mean. ``rows`` counts what is behind them all, ``rows_are`` what a row is, in the plural.

    ``measure`` is None for the number of rows; ``where`` is the segment it is of, if any.
    """

    calendar: Calendar
    measure: Field | None
    statistic: str
    starts: tuple[datetime, ...]
    index: NDArray[np.intp]
    values: NDArray[np.float64]
    rows: int
    where: tuple[tuple[str, Any], ...] = ()
    rows_are: str = "rows"

    def query(self, relation: Relation) -> str:
        """SQL of the relation's dialect that yields ``period`` and ``value``."""
        dialect = relation.dialect
        moment = column(self.calendar.time.name, dialect)
        value = "count(*)" if self.measure is None else f"{self.statistic}({reading(self.measure, dialect)})"
        start = period(moment, self.calendar.grain, dialect)
        bounds = f"{start} >= {edge(self.calendar.first, dialect)} AND {start} <= {edge(self.calendar.last, dialect)}"
        places = "".join(f" AND {column(name, dialect)} = {literal(level)}" for name, level in self.where)
        filled = "" if self.measure is None else f" AND {column(self.measure.name, dialect)} IS NOT NULL"
        return f"SELECT {start} AS period, {value} AS value FROM {relation.name} WHERE {bounds}{places}{filled} GROUP BY 1"  # noqa: S608  # quoted names and literals


def reading(field: Field, dialect: str) -> str:
    """A measure's number in SQL of any dialect: the column, or 1 and 0 for what counts in an outcome and what does not."""
    name = column(field.name, dialect)
    if field.values is None or field.integer:
        return name
    return f"CASE WHEN {name} = {literal(field.values[0])} THEN 1.0 WHEN {name} = {literal(field.values[1])} THEN 0.0 END"


def edge(moment: datetime, dialect: str) -> str:
    """A period's start as it compares in SQL."""
    if dialect == "sqlite":
        return literal(moment.strftime("%Y-%m-%d" if moment.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S"))
    return f"TIMESTAMP {literal(str(moment))}"


def calendar(relation: Relation, time: Field) -> Calendar | None:
    """The grain at which the table's time is nearly without holes, the coarsest that still has fifty periods where rows are single events."""
    counts = ", ".join(
        f"count(DISTINCT {period(time.expression, g)}) AS {g}_seen, date_diff('{g}', min({time.expression}), max({time.expression})) + 1 AS {g}_all"
        for g in GRAINS
    )
    seen = first_row(relation.scan(f"SELECT count(DISTINCT {time.expression}) AS moments, {counts} FROM {relation.scanned}"))  # noqa: S608  # quoted names and literals
    usable = [g for g in GRAINS if MIN_PERIODS <= seen[f"{g}_seen"] <= MAX_PERIODS and seen[f"{g}_seen"] >= COVERAGE * seen[f"{g}_all"]]
    if not usable:
        return None
    native = usable[0]
    events = seen["moments"] > 1.2 * seen[f"{native}_seen"]
    grain = native if not events else next((g for g in reversed(usable) if seen[f"{g}_seen"] >= 50), native)
    return whole(time, grain, time.minimum, time.maximum, events=events or grain != native)


def whole(time: Field, grain: str, low: datetime, high: datetime, *, events: bool) -> Calendar:
    """The calendar without a first or last period that the data cover only in part."""
    first, last = start_of(low, grain), start_of(high, grain)
    if events:
        slack = timedelta(seconds=LENGTHS[grain] / 30) if grain != "day" else timedelta(hours=8)
        if low - first > slack:
            first = start_of(first + timedelta(seconds=LENGTHS[grain] * 1.5), grain)
        if start_of(last + timedelta(seconds=LENGTHS[grain] * 1.5), grain) - high > slack:
            last = start_of(last - timedelta(seconds=LENGTHS[grain] * 0.5), grain)
    return Calendar(time, grain, first, last, events)


def start_of(moment: datetime, grain: str) -> datetime:
    """The start of the period of ``moment``."""
    cut = {"minute": {}, "hour": {"minute": 0}}.get(grain, {"minute": 0, "hour": 0})
    start = moment.replace(second=0, microsecond=0, **cut)
    if grain == "week":
        return start - timedelta(days=start.weekday())
    first_month = {"month": start.month, "quarter": (start.month - 1) // 3 * 3 + 1, "year": 1}
    return start.replace(month=first_month[grain], day=1) if grain in first_month else start


def series(
    relation: Relation, cut: Calendar, measures: tuple[Field, ...], by: Field | None = None, *, rows_are: str = "rows"
) -> tuple[Series, ...]:
    """The series of each measure and of the number of rows, over the whole table or for each level of ``by``."""
    start = period(cut.time.expression, cut.grain)
    inside = f"{start} BETWEEN {edge(cut.first, 'duckdb')} AND {edge(cut.last, 'duckdb')}"
    level = column(by.name) if by else "NULL"
    numbers = ", ".join(f"{statistic(m, cut)}({m.expression}) AS v{i}" for i, m in enumerate(measures))
    found = relation.scan(
        f"SELECT {level} AS level, CAST({start} AS TIMESTAMP) AS period, count(*) AS n{', ' if numbers else ''}{numbers} "  # noqa: S608  # quoted names and literals
        f"FROM {relation.scanned} WHERE {inside} GROUP BY 1, 2 ORDER BY 1, 2"
    ).to_pydict()
    out: list[Series] = []
    for value in by.levels if by else (None,):
        rows = [i for i, v in enumerate(found["level"]) if v == value]
        where = ((by.name, value),) if by else ()
        for i, measure in enumerate((*measures, None)):
            name = f"v{i}" if measure else "n"
            out += one(cut, measure, [(found["period"][r], found[name][r], found["n"][r]) for r in rows], where, rows_are)
    return tuple(out)


def statistic(measure: Field, cut: Calendar) -> str:
    """Sum where values add up over events, else the mean."""
    return "sum" if measure.summed and cut.events else "avg"


def one(
    cut: Calendar, measure: Field | None, points: list[tuple[datetime, Any, int]], where: tuple[tuple[str, Any], ...], rows_are: str
) -> list[Series]:
    """The series through ``points``, or none where it is too short, too full of holes or constant."""
    import numpy as np

    kind = "count" if measure is None else statistic(measure, cut)
    known = [(p, float(v), n) for p, v, n in points if v is not None]
    if len(known) < MIN_PERIODS:
        return []
    starts = steps(known[0][0], known[-1][0], cut.grain)
    if len(known) < COVERAGE * len(starts):
        return []
    at = {p: v for p, v, _ in known}
    index = np.arange(len(starts)) if kind in {"sum", "count"} and cut.events else np.array([i for i, p in enumerate(starts) if p in at])
    starts = tuple(starts[i] for i in index)
    values = np.array([at.get(p, 0.0) for p in starts])
    if np.ptp(values) <= 1e-9 * max(abs(values).max(), 1e-300):
        return []
    return [Series(cut, measure, kind, starts, index, values, sum(n for *_, n in known), where, rows_are)]


def steps(first: datetime, last: datetime, grain: str) -> tuple[datetime, ...]:
    """Every period's start from ``first`` to ``last``."""
    out = [first]
    while out[-1] < last:
        out.append(start_of(out[-1] + timedelta(seconds=LENGTHS[grain] * (1.5 if grain in {"month", "quarter", "year"} else 1)), grain))
    return tuple(out)


def family(series: Series) -> str:
    """What every explanation of this series' course shares."""
    return f"course {series.measure.name if series.measure else ''} {series.where}"
