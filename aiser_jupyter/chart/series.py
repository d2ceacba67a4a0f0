"""The numbers behind bars and lines: one value per label and series, in reading order, with what was left out said."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.theme import CATEGORICAL
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.chart.table import Column, View
    from aiser_jupyter.spec import ChartSpec

MOST_BARS = 20
SHOWN_BARS = 12
MOST_SERIES = 6
EMPTY = "(empty)"
OTHER = "Other"
# Kinds whose series stand in order of size, so that the first colour is the largest.
SIZED = frozenset({"grouped_bar", "stacked_bar", "percent_bar", "area"})

Order = Literal["time", "stated", "value"]


@dataclass(frozen=True)
class Series:
    """One named run of values; None is a gap."""

    name: str
    values: tuple[float | None, ...]
    accent: bool = False


@dataclass(frozen=True)
class Band:
    """Where the values of the last series are expected, place by place; None on both sides where nothing is."""

    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def places(self) -> list[int]:
        """The places that have both ends."""
        return [i for i, (low, high) in enumerate(zip(self.low, self.high, strict=True)) if low is not None and high is not None]

    @property
    def ends(self) -> list[float]:
        """Every end: an axis has to reach them."""
        return [value for side in (self.low, self.high) for value in side if value is not None]


@dataclass(frozen=True)
class Frame:
    """What a bar or line chart draws: ``points`` are the raw places on the x axis, ``labels`` their words; every series is as long."""

    points: tuple[Any, ...]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    order: Order
    grain: dates.Grain | None = None
    accents: frozenset[str] = frozenset()
    note: str = ""
    band: Band | None = None

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """A value in words."""
        return number.text(value, unit=self.unit, signed=signed)

    def accented(self, index: int) -> bool:
        """Whether the title talks about the label at ``index``; all where it names none."""
        return not self.accents or self.labels[index] in self.accents

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers, so that no tick lies between two."""
        return all(value is None or value == int(value) for one in self.series for value in one.values)

    @property
    def signed(self) -> bool:
        """Whether some value is below zero, so that plus signs help."""
        return any(value is not None and value < 0 for one in self.series for value in one.values)


def frame(spec: ChartSpec, table: View, *, most_series: int = MOST_SERIES) -> Frame:
    """The frame of ``spec`` over ``table``: wide (several ``y``) or long (``color``), summed where a label comes twice and sums mean something."""
    if spec.x is None or not spec.y:
        raise UsageError(
            f"A {spec.kind} chart needs an x column and a y column.", hint="Name them in the ChartSpec, or let choose() do it."
        )
    x, measures = table.column(spec.x), [table.column(name) for name in spec.y]
    cells, points, names = collect(x, measures, table.column(spec.color) if spec.color else None)
    order, sorted_points = arrange(spec, x, points, [sum(cells.get((p, n)) or 0 for n in names) for p in points], table)
    grain = dates.grain_of([m for m in map(roles.moment, sorted_points) if m]) if order == "time" else None
    unit = spec.unit or roles.unit(measures[0])
    if spec.color and spec.kind in SIZED and not all(map(roles.moment, names)) and not roles.ranked(names):
        names.sort(key=lambda n: -math.fsum(cells.get((p, n)) or 0.0 for p in points))
    series = tuple(Series(n, tuple(cells.get((p, n)) for p in sorted_points), accent=n in spec.highlight) for n in names)
    words = {p: label(p, x, grain) for p in sorted_points}
    accents = frozenset(words[p] for p in sorted_points if words[p] in spec.highlight or str(p) in spec.highlight)
    made = Frame(
        tuple(sorted_points),
        tuple(words[p] for p in sorted_points),
        fewer_series(series, measures, most_series),
        unit,
        order,
        grain,
        accents,
        band=band(spec, x, sorted_points, table),
    )
    return fewer_labels(made, measures[0]) if order == "value" and spec.kind not in {"line", "area", "step"} else made


def band(spec: ChartSpec, x: Column, points: Sequence[Any], table: View) -> Band | None:
    """The band that ``spec`` names over ``points``; None where it names none."""
    if not spec.band:
        return None
    cells, _, (low, high) = collect(x, [table.column(name) for name in spec.band], None)
    return Band(tuple(cells.get((p, low)) for p in points), tuple(cells.get((p, high)) for p in points))


def collect(x: Column, measures: Sequence[Column], by: Column | None) -> tuple[dict[tuple[Any, str], float | None], list[Any], list[str]]:
    """Cell values by (x, series), the x values and the series names, both in the order they first come."""
    sums: dict[tuple[Any, str], list[float]] = defaultdict(list)
    points: dict[Any, None] = {}
    names: dict[str, None] = {} if by else {pretty(m.name): None for m in measures}
    for row, point in enumerate(x.values):
        place = EMPTY if point is None else point
        if x.temporal and point is None:
            continue
        points[place] = None
        for measure in measures:
            name = pretty(measure.name) if by is None else EMPTY if by.values[row] is None else label(by.values[row], by, None)
            names[name] = None
            if (value := measure.values[row]) is not None:
                sums[place, name].append(float(value))
    total = roles.additive(measures[0])
    cells: dict[tuple[Any, str], float | None] = {key: math.fsum(v) / (1 if total else len(v)) for key, v in sums.items()}
    ordered = list(names)
    rank = roles.ranked(ordered) if by else None
    return cells, list(points), sorted(ordered, key=lambda n: rank[n.strip().lower()]) if rank else ordered


def arrange(spec: ChartSpec, x: Column, points: list[Any], totals: list[float], table: View) -> tuple[Order, list[Any]]:
    """The points in reading order: time runs on, a stated order stands, else the largest value first."""
    role = roles.role(x, table.row_count)
    real = [p for p in points if p != EMPTY]
    if role == "time" and all(roles.moment(p) for p in real):
        return "time", sorted(real, key=lambda p: as_datetime(roles.moment(p)))
    if rank := roles.ranked([str(p) for p in real]) if x.type == "text" else None:
        return "stated", sorted(points, key=lambda p: rank.get(str(p).strip().lower(), len(rank)))
    if x.numeric:
        return "stated", sorted(points, key=lambda p: (p == EMPTY, p if p != EMPTY else 0))
    if role == "ordinal" or spec.kind in {"waterfall", "funnel"}:
        return "stated", points
    falls = all(a >= b for a, b in itertools.pairwise(totals))
    rises = all(a <= b for a, b in itertools.pairwise(totals))
    if falls or rises:
        return "value", points
    return "value", [p for _, p in sorted(zip(totals, points, strict=True), key=lambda pair: -pair[0])]


def as_datetime(moment: date | datetime | None) -> datetime:
    """A moment that compares with others, dates at midnight, zones dropped."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    assert moment is not None
    return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  # a place on an axis has no zone


def label(point: Any, x: Column, grain: dates.Grain | None) -> str:
    """The words for a place on the x axis."""
    if isinstance(point, bool):
        return f"{pretty(x.name)}: {'yes' if point else 'no'}"
    if grain and (moment := roles.moment(point)) and point != EMPTY:
        return dates.text(moment, grain)
    if isinstance(point, float):
        return number.text(point, style="exact")
    return str(point)


def pretty(name: str) -> str:
    """A column name as words: ``net_amount`` is Net amount; capitals and brackets that someone wrote stay."""
    if any(mark in name for mark in " ()[]"):
        return name[:1].upper() + name[1:]
    spaced = " ".join(part if part.isupper() and len(part) <= 4 else part.lower() for part in split_name(name))
    return spaced[:1].upper() + spaced[1:]


def bare(name: str, unit: str) -> str:
    """A measure's name without the words that only say its unit."""
    spoken = {"$": {"usd", "dollars"}, "€": {"eur"}, "£": {"gbp"}, "¥": {"jpy"}, "₹": {"inr"}, "%": {"pct", "percent"}}.get(unit, set())
    kept = [word for word in pretty(name).split() if word.lower() not in spoken]
    return " ".join(kept)[:1].upper() + " ".join(kept)[1:] if kept else pretty(name)


def split_name(name: str) -> list[str]:
    """The words of a name with their own capitals."""
    return roles.WORDS.findall(name.replace("_", " ")) or [name]


def fewer_series(series: tuple[Series, ...], measures: Sequence[Column], most: int) -> tuple[Series, ...]:
    """At most ``most`` series: the largest and the sum of the rest where sums mean something, else the largest."""
    if len(series) <= most:
        return series
    size = {s.name: sum(abs(v) for v in s.values if v is not None) for s in series}
    largest = sorted(series, key=lambda s: (not s.accent, -size[s.name]))
    if not roles.additive(measures[0]):
        return tuple(s for s in series if s in largest[:most])
    kept = largest[: most - 1]
    rest = [s for s in series if s not in kept]
    columns = zip(*(s.values for s in rest), strict=True)
    summed = tuple(math.fsum(v for v in column if v is not None) if any(v is not None for v in column) else None for column in columns)
    return (*(s for s in series if s in kept), Series(f"{OTHER} ({len(rest)})", summed))


def fewer_labels(made: Frame, measure: Column) -> Frame:
    """At most twenty labels by value: the first twelve, and the sum of the others where sums mean something; the note says so."""
    count = len(made.labels)
    if count <= MOST_BARS:
        return made
    cut = slice(0, SHOWN_BARS)
    kept = replace(
        made, points=made.points[cut], labels=made.labels[cut], series=tuple(replace(s, values=s.values[cut]) for s in made.series)
    )
    note = f"{SHOWN_BARS} of {count} shown"
    if not roles.additive(measure) or made.signed:
        return replace(kept, note=note)
    others = tuple(
        replace(k, values=(*k.values, math.fsum(v for v in full.values[SHOWN_BARS:] if v is not None)))
        for k, full in zip(kept.series, made.series, strict=True)
    )
    other = f"{OTHER} ({count - SHOWN_BARS})"
    return replace(
        kept, points=(*kept.points, other), labels=(*kept.labels, other), series=others, note=f"{note}, the rest summed as {OTHER.lower()}"
    )


def color_of(made: Frame, index: int) -> str:
    """The token of a series: the accent for one alone or those highlighted, grey beside them; else the categorical colours in order.

    Of two series that are periods the later has the accent, of two others the first.
    """
    series = made.series
    if len(series) == 1 or series[index].accent:
        return "mark-accent"
    if any(s.accent for s in series):
        return "mark"
    if len(series) == 2:
        later = all(roles.moment(s.name) for s in series)
        return "mark-accent" if index == (1 if later else 0) else "mark"
    return CATEGORICAL[index % len(CATEGORICAL)]
