"""What bars of special kinds draw, computed once for plotly and SVG: shares, running shares, steps, spans, targets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.series import Frame, as_datetime, bare
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

MOST_SPANS = 400


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall from ``low`` to ``high``; ``after`` is the running total behind it."""

    low: float
    high: float
    after: float
    text: str
    tone: str


@dataclass(frozen=True)
class Spans:
    """Intervals by row label; ``short`` where all lie within three days."""

    rows: tuple[str, ...]
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    tips: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether hours matter."""
        return bool(self.starts) and max(self.ends) - min(self.starts) <= timedelta(days=3)


@dataclass(frozen=True)
class Targets:
    """Values with the target of each."""

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    goals: tuple[float | None, ...]
    texts: tuple[str, ...]
    goal_texts: tuple[str, ...]


def shares(frame: Frame) -> list[list[float | None]]:
    """Each series as percent of its label's total."""
    totals = [math.fsum(s.values[i] or 0.0 for s in frame.series) for i in range(len(frame.labels))]
    return [[None if v is None or not t else 100 * v / t for v, t in zip(s.values, totals, strict=True)] for s in frame.series]


def running_shares(frame: Frame) -> list[float]:
    """The share of the total up to each label."""
    values = [v or 0.0 for v in frame.series[0].values]
    return [total / (math.fsum(values) or 1.0) for total in accumulate(values)]


def waterfall_steps(frame: Frame) -> list[Step]:
    """The bars of a waterfall; the last value is a total where it equals the sum before it, and so is the first where it opens."""
    values = [v or 0.0 for v in frame.series[0].values]
    closing = len(values) > 2 and math.isclose(math.fsum(values[:-1]), values[-1], rel_tol=5e-3, abs_tol=1e-9)
    steps, total = [], 0.0
    for i, value in enumerate(values):
        ends = closing and i in {0, len(values) - 1}
        start = 0.0 if ends else total
        total = value if ends else total + value
        token = ("mark" if i == 0 else "mark-accent") if ends else "mark-pos" if value >= 0 else "mark-neg"
        steps.append(Step(min(start, total), max(start, total), total, frame.text(value, signed=not ends), token))
    return steps


def waterfall_floor(steps: list[Step]) -> float:
    """Where the totals of a waterfall are cut so that its steps can be seen: a round value below all of them, 0 where no cut is needed."""
    inner = [s for s in steps if s.tone in {"mark-pos", "mark-neg"}]
    low, high = min((s.low for s in inner), default=0.0), max((s.high for s in steps), default=0.0)
    if len(inner) == len(steps) or low < 0.6 * high:
        return 0.0
    span = high - low
    power = 10.0 ** math.floor(math.log10(span or 1.0))
    return math.floor((low - 0.35 * span) / power) * power


def spans(spec: ChartSpec, table: View) -> Spans:
    """The intervals of a gantt spec (``y`` = start, end); rows without both are left out."""
    if spec.x is None or len(spec.y) != 2:
        raise UsageError("A gantt chart needs a label, a start and an end.", hint="Give x and two y columns in the ChartSpec.")
    label, begin, end = table.column(spec.x), table.column(spec.y[0]), table.column(spec.y[1])
    found = [
        (as_datetime(a), as_datetime(b), str(n))
        for n, a, b in zip(label.values, map(roles.moment, begin.values), map(roles.moment, end.values), strict=True)
        if a is not None and b is not None
    ]
    found = sorted(found)[:MOST_SPANS]
    tips = tuple(f"{dates.text(a)} to {dates.text(b)}" for a, b, _ in found)
    return Spans(tuple(n for _, _, n in found), tuple(a for a, _, _ in found), tuple(b for _, b, _ in found), tips)


def targets(spec: ChartSpec, table: View) -> Targets:
    """The values of a bullet spec (``y`` = value, target)."""
    if len(spec.y) != 2:
        raise UsageError("A bullet chart needs a value and a target.", hint="Give two y columns in the ChartSpec.")
    value, goal = table.column(spec.y[0]), table.column(spec.y[1])
    unit = spec.unit or roles.unit(value)
    labels = tuple(str(v) for v in table.column(spec.x).values) if spec.x else (bare(value.name, unit),)
    goal_name = bare(goal.name, roles.unit(goal)).lower()
    return Targets(
        labels,
        value.values,
        goal.values,
        tuple(number.text(v, unit=unit) for v in value.values),
        tuple(f"{goal_name} {number.text(v, unit=unit)}" for v in goal.values),
    )
