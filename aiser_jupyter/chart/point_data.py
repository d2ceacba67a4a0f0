"""What points and shades draw, computed once for plotly and SVG."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import roles, ticks
from aiser_jupyter.chart.series import EMPTY, bare, frame
from aiser_jupyter.chart.theme import CATEGORICAL
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

MOST_DOTS = 5_000
MOST_ROWS = 24


@dataclass(frozen=True)
class Points:
    """Rows with both measures: places, sizes, groups and names; units of the two axes."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    size: tuple[float, ...]
    group: tuple[str, ...]
    name: tuple[str, ...]
    x_name: str
    y_name: str
    units: tuple[str, str]
    highlight: tuple[str, ...]

    @property
    def opacity(self) -> float:
        """Fainter the more dots lie over each other."""
        return 0.85 if len(self.x) <= 100 else max(0.35, 10 / math.sqrt(len(self.x)))

    def radius(self, i: int) -> float:
        """A dot's radius in px: its area grows with its size."""
        return 4 + 18 * math.sqrt(max(self.size[i], 0) / (max(self.size) or 1.0)) if self.size else 4.0

    def groups(self) -> Iterator[tuple[str, str, list[int]]]:
        """(colour token, name, indexes) of each group; those the title talks about come last, so that they lie on top."""
        if not self.group:
            accents = [i for i, n in enumerate(self.name) if n in self.highlight]
            if accents:
                yield "mark", "", [i for i in range(len(self.x)) if i not in set(accents)]
            yield "mark-accent", "", accents or list(range(len(self.x)))
            return
        names = list(dict.fromkeys(self.group))
        for k, name in enumerate(names):
            token = CATEGORICAL[k % len(CATEGORICAL)] if len(names) > 2 else ("mark-accent", "mark")[k]
            yield token, name, [i for i, g in enumerate(self.group) if g == name]

    def tip(self, i: int) -> str:
        """A dot in words."""
        said = f"{self.x_name} {number.text(self.x[i], unit=self.units[0])}, {self.y_name.lower()} {number.text(self.y[i], unit=self.units[1])}"
        return f"{self.name[i]}: {said}" if self.name else said

    @cached_property
    def x_ticks(self) -> list[float]:
        """Round values that cover x."""
        return ticks.numbers(min(self.x, default=0), max(self.x, default=1), 5)

    @cached_property
    def y_ticks(self) -> list[float]:
        """Round values that cover y."""
        return ticks.numbers(min(self.y, default=0), max(self.y, default=1), 4)

    @property
    def x_texts(self) -> list[str]:
        """The words at the x ticks."""
        return [number.text(v, unit=self.units[0]) for v in self.x_ticks]

    @property
    def y_texts(self) -> list[str]:
        """The words at the y ticks."""
        return [number.text(v, unit=self.units[1]) for v in self.y_ticks]


def points(spec: ChartSpec, table: View) -> Points:
    """The dots of a scatter, bubble or density spec; rows that lack a measure are left out, beyond 5,000 (density: 50,000) every k-th is kept."""
    if spec.x is None or not spec.y:
        raise UsageError(f"A {spec.kind} chart needs two measures.", hint="Name them as x and y in the ChartSpec.")
    x, y = table.column(spec.x), table.column(spec.y[0])
    size = table.column(spec.y[1]) if spec.kind == "bubble" and len(spec.y) > 1 else None
    whole = [
        i
        for i, (a, b) in enumerate(zip(x.values, y.values, strict=True))
        if a is not None and b is not None and (size is None or size.values[i] is not None)
    ]
    kept = whole[:: -(-len(whole) // MOST_DOTS) or 1] if spec.kind != "density" else whole
    group = table.column(spec.color) if spec.color else None
    name = next((c for c in table.columns if c.type == "text" and c.name != spec.color and c.distinct > 0.9 * table.row_count), None)
    return Points(
        tuple(float(x.values[i]) for i in kept),
        tuple(float(y.values[i]) for i in kept),
        tuple(float(size.values[i]) for i in kept) if size else (),
        tuple(EMPTY if group.values[i] is None else str(group.values[i]) for i in kept) if group else (),
        tuple(str(name.values[i]) for i in kept) if name else (),
        bare(x.name, roles.unit(x)),
        bare(y.name, roles.unit(y)),
        (roles.unit(x), roles.unit(y)),
        spec.highlight,
    )


@dataclass(frozen=True)
class Grid:
    """Values by row and column label; ``share`` where each row is shown as a share of its first value."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    unit: str

    def text(self, row: int, column: int) -> str:
        """A cell in words."""
        return number.text(self.values[row][column], unit=self.unit)

    @cached_property
    def flat(self) -> list[float]:
        """All values."""
        return [v for row in self.values for v in row if v is not None]

    @property
    def low(self) -> float:
        """The value of the faintest shade."""
        return min(0.0, *self.flat) if self.flat else 0.0

    @property
    def high(self) -> float:
        """The value of the strongest shade."""
        return max(self.flat, default=1.0)

    @property
    def every(self) -> int:
        """How many column labels to step over so that they fit."""
        return -(-len(self.columns) // 16)


def grid(spec: ChartSpec, table: View) -> Grid:
    """The cells of a heatmap (``color`` in rows, ``x`` in columns) or cohort spec (shares of each row's first value, if values add up)."""
    made = frame(replace(spec, kind="area" if spec.kind == "heatmap" else "line"), table, most_series=MOST_ROWS)
    rows = made.series
    values = tuple(s.values for s in rows)
    unit = made.unit
    if spec.kind == "cohort" and roles.additive(table.column(spec.y[0])):
        values, unit = tuple(kept_of_first(row) for row in values), "share"
    return Grid(tuple(s.name for s in rows), made.labels, values, unit)


def kept_of_first(row: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """Each value as a share of the row's first."""
    first = next((v for v in row if v), None)
    return tuple(None if v is None or first is None else v / first for v in row)


def histogram(values: list[float], most: int = 24) -> tuple[list[float], list[int]]:
    """(edges, counts): round bins by the Freedman-Diaconis width (1981), at most ``most``; the last bin holds its upper edge."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    quartiles = ordered[len(ordered) * 3 // 4] - ordered[len(ordered) // 4]
    width = 2 * quartiles / len(ordered) ** (1 / 3) or (high - low) / math.sqrt(len(ordered)) or 1.0
    whole = all(v == int(v) for v in ordered)
    raw = max(width, (high - low) / most, 1.0 if whole else 0.0) or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    if first * step > low + 1e-9 * abs(low):
        first -= 1  # near the edge for the step, yet below it for its own size
    count = max(math.floor((high / step) - first + 1e-9) + 1, 1)
    counts: dict[int, int] = defaultdict(int)
    for value in ordered:
        counts[min(math.floor(value / step - first + 1e-9), count - 1)] += 1
    return [round((first + k) * step, 12) for k in range(count + 1)], [counts[k] for k in range(count)]


def quartiles(values: list[float]) -> tuple[float, float, float, float, float]:
    """Lower whisker, first quartile, median, third quartile, upper whisker (Tukey 1977: 1.5 times the box); quantiles interpolate linearly."""
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

    first, third = at(0.25), at(0.75)
    reach = 1.5 * (third - first)
    inside = [v for v in ordered if first - reach <= v <= third + reach]
    return inside[0], first, at(0.5), third, inside[-1]


def by_group(spec: ChartSpec, table: View) -> list[tuple[str, list[float]]]:
    """The values of a box or histogram spec by group, highest median first; one group without a name where ``x`` is None."""
    measure = table.column(spec.y[0])
    groups: dict[Any, list[float]] = defaultdict(list)
    names = table.column(spec.x).values if spec.x else ("",) * len(measure.values)
    for name, value in zip(names, measure.values, strict=True):
        if value is not None:
            groups[EMPTY if name is None else str(name)].append(float(value))
    rank = roles.ranked(list(groups))
    ordered = sorted(groups.items(), key=lambda item: (rank[item[0].strip().lower()] if rank else -quartiles(item[1])[2], item[0]))
    return ordered[:20]
