"""The rules of choice, most telling first; each names a kind and why, or passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from aiser_jupyter.chart import roles
from aiser_jupyter.chart.fit import fitted
from aiser_jupyter.chart.seen import COHORTS, Seen
from aiser_jupyter.spec import ChartKind, ChartSpec

Choice = tuple[ChartKind, str]
Rule = Callable[[Seen], Choice | None]

MANY_POINTS = 2_000
FEW_PARTS = 6
FEW_SERIES = 6


def first(seen: Seen) -> ChartSpec:
    """The spec of the first rule whose kind fits the data; a table where none does."""
    for kind, reason in choices(seen):
        if (spec := fitted(kind, seen)) is not None:
            return replace(spec, reason=reason)
    return ChartSpec("table", reason="These rows are for reading: no measure here would make a picture.")


def choices(seen: Seen) -> Iterator[Choice]:
    """What each rule proposes, in order."""
    for rule in RULES:
        if found := rule(seen):
            yield found


def nothing(seen: Seen) -> Choice | None:
    """No rows."""
    return ("table", "There are no rows to draw.") if seen.rows == 0 else None


def intervals(seen: Seen) -> Choice | None:
    """Starts and ends."""
    if seen.span() and seen.rows > 1 and (seen.names or seen.ids or seen.texts) and not seen.wish.hears("list", "distribution"):
        return "gantt", "Each row runs from a start to an end, so bars on a time axis show what overlaps."
    return None


def single_row(seen: Seen) -> Choice | None:
    """One row."""
    if seen.rows != 1:
        return None
    if seen.target() and len(seen.measures) == 2:
        return "bullet", "One value is held against one target."
    if 1 <= len(seen.measures) <= 4:
        return "kpi", "One row of numbers is read fastest as large figures."
    return "table", "One row with many fields is for reading."


def no_measure(seen: Seen) -> Choice | None:
    """Nothing to measure."""
    return None if seen.measures else ("table", "No column holds a measure, so the rows are for reading.")


def places(seen: Seen) -> Choice | None:
    """Points on the earth."""
    return (
        ("table", "The rows are points on a map, which cannot be drawn yet.")
        if seen.place() and not seen.wish.hears("relation", "distribution")
        else None
    )


def two_measures(seen: Seen) -> Choice | None:
    """A relation that was asked for, or two measures with nothing else to hang them on."""
    if len(seen.measures) < 2 or seen.rows < 5:
        return None
    dimension = seen.names or seen.times
    paired = len(dimension) == 1 and dimension[0].distinct == seen.rows
    relation = (
        seen.wish.hears("relation") and not seen.times and not (paired and (seen.target() or (seen.rows <= 12 and seen.comparable())))
    )
    loose = (
        not seen.times
        and not any(name.distinct < seen.rows for name in seen.names)
        and not listed(seen)
        and (not seen.names or seen.rows > 25)
    )
    if not relation and not (loose and not seen.target()):
        return None
    if seen.rows > MANY_POINTS:
        return "density", "So many points would cover each other, so the picture counts them per cell."
    if len(seen.measures) == 3 and seen.rows <= 60 and not seen.wish.hears("relation"):
        return "bubble", "Three measures per row: two places and a size."
    return "scatter", "Two measures per row show how one goes with the other."


def listed(seen: Seen) -> bool:
    """Whether the rows are details to look up rather than a summary."""
    every = len(seen.table.columns)
    keyed = any(column.distinct >= seen.rows * 0.9 for column in seen.ids)
    described = len(seen.texts) + len(seen.ids) + sum(name.distinct > max(20, seen.rows * 0.5) for name in seen.names)
    return (
        every >= 6
        or (keyed and every >= 4 and described >= 2)
        or (bool(seen.texts) and every >= 3)
        or (len(seen.names) >= 3 and every >= 5)
    )


def details(seen: Seen) -> Choice | None:
    """A list that was asked for, or looks like one."""
    dimensions = len(seen.names) + len(seen.times)
    if listed(seen) and not seen.wish.hears("distribution", "trend", "share"):
        return "table", "These are single records to look up, so they are listed."
    if seen.wish.hears("list") and not seen.wish.hears("rank", "share", "trend") and (dimensions >= 2 or seen.ids or seen.texts):
        return "table", "A list was asked for."
    return None


def retained(seen: Seen) -> Choice | None:
    """Groups by when they began and how long they have been there."""
    dims = [*seen.names, *seen.times]
    began = any(set(roles.words(d.name)) & COHORTS or d.semantic == "cohort" for d in dims)
    if len(dims) == 2 and len(seen.measures) == 1 and seen.rows > 5 and (seen.wish.hears("retention") or began):
        return "cohort", "Each group by when it began, followed over its age."
    return None


def crossed_times(seen: Seen) -> Choice | None:
    """Two orders across each other, such as weekday and hour."""
    if (
        len(seen.names) == 2
        and not seen.times
        and len(seen.measures) == 1
        and {n.name for n in seen.names} <= seen.ordered
        and min(n.distinct for n in seen.names) >= 4
    ):
        return "heatmap", "Two ordered scales cross, and shades show where they peak."
    return None


def over_time(seen: Seen) -> Choice | None:  # noqa: PLR0911  # one return per choice reads as a list of rules
    """One moment per row and no groups."""
    if len(seen.times) < 1 or seen.names:
        return None
    time, measure = seen.times[0], seen.measures[0]
    if len(seen.times) > 1 and not seen.span() and len(seen.measures) == 1:
        return "heatmap", "Two calendar scales cross, and shades show where they peak."
    if seen.wish.hears("distribution") and seen.rows >= 30:
        return "histogram", "How often each value comes was asked for."
    if seen.rows >= 3 and seen.level(measure) and seen.irregular(time) and len(seen.measures) == 1:
        return "step", "A value that holds until the next change moves in steps."
    if (
        seen.wish.hears("relation")
        and len(seen.measures) == 2
        and not seen.wish.hears("trend")
        and not seen.target()
        and not seen.comparable()
        and seen.rows >= 8
    ):
        return "scatter", "How one measure goes with the other was asked for."
    if 0 < time.distinct <= 3 and len(seen.measures) == 1:
        return "bar", "A few periods compare best as columns."
    if time.distinct <= 3 and seen.comparable():
        return "grouped_bar", "A few periods with a few measures compare best side by side."
    return "line", "A line shows how a value moves over time."


def groups_over_time(seen: Seen) -> Choice | None:  # noqa: PLR0911  # one return per choice reads as a list of rules
    """Groups followed over time."""
    if len(seen.times) != 1 or len(seen.names) != 1:
        return None
    time, group, measure = seen.times[0], seen.names[0], seen.measures[0]
    if len(seen.measures) > 1 and not seen.comparable():
        return "table", "Several measures of several groups over time are too much for one picture."
    if time.distinct <= 3 and group.distinct > 1:
        return "grouped_bar", "A few periods per group compare best side by side."
    if group.distinct >= seen.rows * 0.9 and seen.rows > 12:
        return "table", "Almost every row has its own name and moment, so they are listed."
    if seen.wish.hears("share") and stackable(seen):
        return "percent_bar" if time.distinct <= 16 else "area", "Shares of a whole over time."
    if group.distinct > 12 and group.distinct * time.distinct <= seen.rows * 3:
        return "heatmap", "So many groups over time read better as shades than as crossing lines."
    if measure.semantic == "rate" and seen.level(measure) and seen.irregular(time):
        return "step", "A value that holds until the next change moves in steps."
    return "line", "One line per group shows how they move over time."


def stackable(seen: Seen) -> bool:
    """Whether the first measure may be stacked: it adds up (or is a share already) and is never below zero."""
    measure = seen.measures[0]
    return not seen.negative(measure) and (roles.additive(measure) or roles.unit(measure) in {"%", "share"})


def one_measure(seen: Seen) -> Choice | None:
    """A bare run of values."""
    if seen.names or seen.times or (seen.ids and len(seen.measures) > 1):
        return None
    if len(seen.measures) == 1 and seen.rows >= 12:
        return "histogram", "Many values of one measure show their distribution."
    if seen.ids and seen.rows <= 40 and len(seen.measures) == 1 and not seen.texts:
        return "horizontal_bar", "One value per name compares best as bars sorted by value."
    return "table", "A few bare values are for reading."


def spread(seen: Seen) -> Choice | None:
    """Many raw values per group, or a distribution that was asked for."""
    if len(seen.names) > 1 or not seen.measures or seen.times:
        return None
    measure = seen.measures[0]
    group = seen.names[0] if seen.names else None
    if group and group.distinct and seen.rows / group.distinct >= 4 and group.distinct <= 30 and measure.distinct > group.distinct:
        return "box", "Many values per group: their middle, spread and outliers."
    if (
        seen.wish.hears("distribution")
        and group
        and group.name not in seen.ordered
        and group.distinct >= seen.rows * 0.9
        and seen.rows >= 30
    ):
        return "histogram", "How often each value comes was asked for."
    return None


def steps_of_change(seen: Seen) -> Choice | None:
    """Signed steps from an opening to a closing total."""
    if len(seen.names) != 1 or len(seen.measures) != 1 or not 3 <= seen.rows <= 15 or seen.names[0].distinct != seen.rows:
        return None
    values = [v for v in seen.measures[0].values if v is not None]
    signed = any(v < 0 for v in values) and any(v > 0 for v in values)
    closes = len(values) == seen.rows and abs(sum(values[:-1]) - values[-1]) <= 0.005 * max(map(abs, values), default=1) and signed
    if closes or (signed and seen.wish.hears("bridge")):
        return "waterfall", "Signed steps lead from an opening total to a closing one."
    return None


def stages(seen: Seen) -> Choice | None:
    """Ever fewer from stage to stage."""
    if len(seen.names) != 1 or len(seen.measures) != 1 or not 3 <= seen.rows <= 10 or seen.names[0].distinct != seen.rows:
        return None
    values = [v for v in seen.measures[0].values if v is not None]
    falls = all(a >= b for a, b in pairwise(values)) and not seen.negative(seen.measures[0])
    staged = seen.names[0].semantic == "stage" or set(roles.words(seen.names[0].name)) & {"stage", "step", "phase"}
    if falls and (seen.wish.hears("funnel") or staged) and roles.additive(seen.measures[0]):
        return "funnel", "Each stage keeps part of the one before."
    return None


def parts(seen: Seen) -> Choice | None:
    """Shares of a whole that were asked for."""
    if len(seen.names) != 1 or len(seen.measures) != 1 or not seen.wish.hears("share") or seen.names[0].distinct != seen.rows:
        return None
    if seen.names[0].name not in seen.ordered and 2 <= seen.rows <= FEW_PARTS - 1:
        return "doughnut", "A few parts of one whole were asked for."
    return "horizontal_bar", "Shares of many parts compare best as bars."


def vital_few(seen: Seen) -> Choice | None:
    """Which few make most of it."""
    if len(seen.names) == 1 and len(seen.measures) == 1 and seen.wish.hears("cumulative") and seen.rows >= 4:
        return "pareto", "Sorted bars with their running share show which few make most of it."
    return None


def one_name(seen: Seen) -> Choice | None:
    """A value per category."""
    if len(seen.names) != 1 or seen.times or len(seen.measures) != 1:
        return None
    name = seen.names[0]
    longest = max((len(str(v)) for v in name.values), default=0)
    if name.name in seen.ordered:
        return "bar", "The categories have an order of their own, so columns stand in it."
    if name.type != "geo" and name.distinct <= 7 and longest <= 12:
        return "bar", "A few categories compare best as columns."
    return "horizontal_bar", "Names and values read best as bars sorted by value."


def several_measures(seen: Seen) -> Choice | None:
    """A few measures per category."""
    if len(seen.names) != 1 or seen.times or len(seen.measures) < 2:
        return None
    name = seen.names[0]
    if seen.target() and len(seen.measures) == 2 and name.distinct <= 12:
        return "bullet", "Each value is held against its target."
    if seen.comparable() and name.distinct <= 15 and len(seen.measures) <= 4:
        return "grouped_bar", "Measures of one unit per category compare side by side."
    if len(seen.measures) == 2 and seen.rows > 15 and name.distinct == seen.rows:
        return "scatter", "Two measures per name show how one goes with the other."
    return "table", "Measures of different units per name are for reading."


def two_names(seen: Seen) -> Choice | None:  # noqa: PLR0911  # one return per choice reads as a list of rules
    """A value per pair of categories."""
    if len(seen.names) != 2 or seen.times or len(seen.measures) != 1:
        return None
    a, b = sorted(seen.names, key=lambda c: c.distinct, reverse=True)
    measure = seen.measures[0]
    if seen.rows > a.distinct * b.distinct * 2:
        return "box", "Many values per group: their middle, spread and outliers."
    if seen.nested(b, a):
        return (
            ("stacked_bar", "A few groups with their parts.")
            if a.distinct <= FEW_SERIES
            else ("horizontal_bar", "Parts within groups compare best as bars sorted by value.")
        )
    if seen.wish.hears("flow") or a.distinct * b.distinct > 60:
        return "heatmap", "Pairs of many categories read best as shades."
    if b.distinct > FEW_SERIES + 2:
        return "heatmap", "Pairs of many categories read best as shades."
    whole = measure.semantic == "percent" or roles.unit(measure) in {"%", "share"} or seen.wish.hears("share")
    if whole and stackable(seen) and (seen.wish.hears("share") or sums_to_whole(seen)):
        return "percent_bar", "Parts that make a whole in each group."
    if seen.wish.hears("compare") or not stackable(seen) or whole:
        return "grouped_bar", "Groups compare side by side."
    return "stacked_bar", "Parts add up to a total in each group."


def sums_to_whole(seen: Seen) -> bool:
    """Whether the values of some group add up to a whole: 100 % or 1."""
    for name in seen.names:
        totals: dict[object, float] = {}
        for key, value in zip(name.values, seen.measures[0].values, strict=True):
            totals[key] = totals.get(key, 0.0) + (value or 0.0)
        if any(abs(t - whole) <= 0.015 * whole for t in totals.values() for whole in (1.0, 100.0)):
            return True
    return False


def crowded(seen: Seen) -> Choice | None:
    """What is left is too wide for a picture."""
    return "table", f"{len(seen.table.columns)} columns of this kind are for reading."


RULES: tuple[Rule, ...] = (
    nothing, single_row, intervals, no_measure, places, retained, crossed_times, two_measures, details, steps_of_change, stages, vital_few,
    spread, parts, over_time, groups_over_time, one_measure, one_name, several_measures, two_names, crowded,
)  # fmt: skip
