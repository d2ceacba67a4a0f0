"""Words for a chart from its own numbers: a title that is a finding, a subtitle with measure and unit, a sentence for who cannot see it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.chart import bar_data, kpi, roles, ticks
from aiser_jupyter.chart.point_data import by_group, grid, quartiles
from aiser_jupyter.chart.series import OTHER, bare, frame, pretty
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.chart.table import View
    from aiser_jupyter.spec import ChartSpec

LONGEST = 90
# A finding and the labels or series it talks about, which the chart then shows in the accent.
Finding = tuple[str, tuple[str, ...]]
# Kinds whose labels are cut to the largest.
LISTED = frozenset({"bar", "horizontal_bar", "pareto", "grouped_bar", "stacked_bar", "percent_bar"})
NOTHING: Finding = ("", ())


def worded(spec: ChartSpec, table: View) -> ChartSpec:
    """``spec`` with title, subtitle and highlight from its own numbers."""
    words, highlight = finding(spec, table)
    said = subtitle(spec, table)
    return replace(spec, title=words or said, subtitle=said if words else "", highlight=highlight)


def title(spec: ChartSpec, table: View) -> str:
    """The finding in at most 90 characters, with its number and no full stop; empty where the kind has none or only a sample of rows is at hand."""
    return finding(spec, table)[0]


def finding(spec: ChartSpec, table: View) -> Finding:
    """The finding and what it talks about."""
    if table.sampled or not table.row_count or spec.kind not in FINDINGS:
        return NOTHING
    words, highlight = FINDINGS[spec.kind](spec, table)
    return (words, highlight) if words and len(words) <= LONGEST else NOTHING


def measure(spec: ChartSpec, table: View) -> str:
    """The first measure in words, without the unit that its values carry."""
    return bare(spec.y[0], roles.unit(table.column(spec.y[0])))


def lowered(words: str) -> str:
    """Words inside a sentence; abbreviations stay."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def bars(spec: ChartSpec, table: View) -> Finding:
    """Who is ahead; over time, the highest period."""
    made = frame(spec, table)
    totals = [math.fsum(s.values[i] or 0.0 for s in made.series) for i in range(len(made.labels))]
    known = [
        (v, -i)
        for i, v in enumerate(totals)
        if not made.labels[i].startswith(f"{OTHER} (") and any(s.values[i] is not None for s in made.series)
    ]
    if len(known) < 2 or max(known)[0] == min(known)[0]:
        return NOTHING
    rising = made.order == "value" and totals[0] < totals[-1]
    value, place = min(known, key=lambda k: (k[0], -k[1])) if rising else max(known)
    label, name = made.labels[-place], lowered(measure(spec, table))
    counted = name.endswith("s") and table.column(spec.y[0]).type == "integer" and not roles.unit(table.column(spec.y[0]))
    most = ("fewest" if rising else "most") if counted else ("lowest" if rising else "highest")
    verb = f"had the {most}" if made.order == "time" else f"has the {most}"
    said = f"{pretty(spec.x)} {label}" if spec.x and table.column(spec.x).numeric and made.order != "time" else label
    words = f"{said} {verb} {name}, {made.text(value)}"
    return words, (label,) if len(made.series) == 1 else ()


def runs(spec: ChartSpec, table: View) -> Finding:
    """From where to where one series went; which of several ended highest."""
    made = frame(spec, table)
    if len(spec.y) > 1 or made.order != "time":
        return NOTHING
    known = [[(i, v) for i, v in enumerate(s.values) if v is not None] for s in made.series]
    if any(len(k) < 2 for k in known):
        return NOTHING
    name = measure(spec, table)
    when = "on" if made.grain in {"day", "minute", "hour"} else "in"
    if len(known) == 1:
        (start, first), (end, last) = known[0][0], known[0][-1]
        if made.text(first) == made.text(last):
            return f"{name} was {made.text(first)} {when} {made.labels[start]} and again {when} {made.labels[end]}", ()
        return (
            f"{name} {'rose' if last > first else 'fell'} from {made.text(first)} {when} {made.labels[start]} to {made.text(last)} {when} {made.labels[end]}",
            (),
        )
    last = max((k[-1][0] for k in known), default=0)
    final = [(s.values[last] or -math.inf, s.name) for s in made.series if not s.name.startswith(f"{OTHER} (")]
    value, leader = max(final)
    highlight = (leader,) if spec.kind != "area" else ()
    return (f"{leader} ended highest, with {made.text(value)} {when} {made.labels[last]}", highlight) if math.isfinite(value) else NOTHING


def parts(spec: ChartSpec, table: View) -> Finding:
    """The largest part."""
    made = frame(spec, table)
    values = [v or 0.0 for v in made.series[0].values]
    total = math.fsum(values)
    if not total:
        return NOTHING
    place = max(range(len(values)), key=lambda i: (values[i], -i))
    share = number.text(values[place] / total, unit="share")
    return f"{made.labels[place]} makes {share} of {lowered(measure(spec, table))} shown", (made.labels[place],)


def spread(spec: ChartSpec, table: View) -> Finding:
    """The middle half of one measure; the group with the highest median of several."""
    groups = by_group(spec, table)
    unit = roles.unit(table.column(spec.y[0]))
    name = lowered(measure(spec, table))
    if len(groups) == 1:
        _, first, _, third, _ = quartiles(groups[0][1])
        return (
            f"Half of the {number.text(len(groups[0][1]))} values of {name} lie between {number.text(first, unit=unit)} and {number.text(third, unit=unit)}",
            (),
        )
    label, middle = max(((g, quartiles(v)[2]) for g, v in groups), key=lambda pair: pair[1])
    return f"{label} has the highest median {name}, {number.text(middle, unit=unit)}", (label,)


def shades(spec: ChartSpec, table: View) -> Finding:
    """The strongest cell."""
    seen = grid(spec, table)
    if spec.kind == "cohort" or not seen.flat:
        return NOTHING
    value, row, column = max((v, -r, -c) for r, line in enumerate(seen.values) for c, v in enumerate(line) if v is not None)
    return (
        f"Highest {lowered(measure(spec, table))}: {seen.rows[-row]}, {seen.columns[-column]}, with {number.text(value, unit=seen.unit)}",
        (),
    )


def steps(spec: ChartSpec, table: View) -> Finding:
    """From total to total, and the largest step."""
    made = frame(spec, table)
    found = bar_data.waterfall_steps(made)
    inner = [(abs(s.high - s.low), -i) for i, s in enumerate(found) if s.tone in {"mark-pos", "mark-neg"}]
    if not inner:
        return NOTHING
    place = -max(inner)[1]
    return f"{made.labels[place]} was the largest step, {found[place].text}", ()


def stages(spec: ChartSpec, table: View) -> Finding:
    """How many reach the last stage."""
    made = frame(spec, table)
    values = made.series[0].values
    if not values[0] or values[-1] is None:
        return NOTHING
    return (
        f"{number.text(values[-1] / values[0], unit='share')} reach {made.labels[-1]}: {made.text(values[-1])} of {made.text(values[0])}",
        (made.labels[-1],),
    )


def few(spec: ChartSpec, table: View) -> Finding:
    """How many make 80 %."""
    made = frame(spec, table)
    running = bar_data.running_shares(made)
    count = next((i for i, share in enumerate(running, 1) if share >= 0.8), len(running))
    return (
        f"The first {count} of {table.column(spec.x or '').distinct} make {number.text(running[count - 1], unit='share')} of {lowered(measure(spec, table))}",
        (),
    )


def spans(spec: ChartSpec, table: View) -> Finding:
    """From when to when."""
    found = bar_data.spans(spec, table)
    if not found.rows:
        return NOTHING
    rows = len(set(found.rows))
    return f"{number.text(len(found.rows))} spans in {rows} rows, {dates.period(min(found.starts).date(), max(found.ends).date())}", ()


def targets(spec: ChartSpec, table: View) -> Finding:
    """How many meet their target."""
    found = bar_data.targets(spec, table)
    pairs = [(v, g) for v, g in zip(found.values, found.goals, strict=True) if v is not None and g]
    if len(pairs) == 1:
        return f"{found.labels[0]}: {found.texts[0]}, {number.text(pairs[0][0] / pairs[0][1], unit='share')} of {found.goal_texts[0]}", ()
    return f"{sum(v >= g for v, g in pairs)} of {len(pairs)} reach their {lowered(pretty(spec.y[1]).split()[0])}", ()


FINDINGS: dict[str, Callable[[ChartSpec, View], Finding]] = {
    "bar": bars, "horizontal_bar": bars, "stacked_bar": bars, "line": runs, "area": runs, "step": runs, "pie": parts, "doughnut": parts, "histogram": spread,
    "box": spread, "heatmap": shades, "cohort": shades, "waterfall": steps, "funnel": stages, "pareto": few, "gantt": spans, "bullet": targets,
}  # fmt: skip


def subtitle(spec: ChartSpec, table: View) -> str:
    """Measure, by what, unit, and what was left out."""
    if not spec.y or spec.kind in {"table", "kpi"}:
        return ""
    if spec.kind == "gantt":
        return f"From {lowered(pretty(spec.y[0]))} to {lowered(pretty(spec.y[1]))}, by {lowered(pretty(spec.x or ''))}"
    columns = [table.column(name) for name in spec.y]
    unit = spec.unit or roles.unit(columns[0]) if len({roles.unit(c) for c in columns}) == 1 else ""
    said = " and ".join(part if i == 0 else lowered(part) for i, part in enumerate(bare(c.name, roles.unit(c)) for c in columns))
    dims = [lowered(pretty(name)) for name in (spec.x, spec.color) if name]
    if spec.kind in {"scatter", "bubble", "density"}:
        how = (
            ", darker where more rows lie"
            if spec.kind == "density"
            else f", dots sized by {lowered(said.split(' and ')[-1])}"
            if spec.kind == "bubble"
            else ""
        )
        return f"{bare(columns[0].name, roles.unit(columns[0]))} against {dims[0]}{how}"
    how = {
        "percent_bar": "share in %",
        "cohort": "share of the first in %",
        "histogram": "rows per bin",
        "box": "quartiles, whiskers to 1.5 boxes",
    }.get(spec.kind, {"share": "%"}.get(unit, unit))
    left_out = cut(spec, table) if spec.kind in {"line", "step", "waterfall"} else frame(spec, table).note if spec.kind in LISTED else ""
    return "; ".join(filter(None, [", ".join(filter(None, [f"{said} by {' and '.join(dims)}" if dims else said, how])), left_out]))


def cut(spec: ChartSpec, table: View) -> str:
    """That an axis does not start at zero, where that is so."""
    if spec.kind == "waterfall":
        return "the totals do not start at zero" if bar_data.waterfall_floor(bar_data.waterfall_steps(frame(spec, table))) else ""
    if len(spec.y) > 1 or table.sampled:
        return ""
    made = frame(spec, table)
    known = [v for s in made.series for v in s.values if v is not None]
    start = ticks.numbers(min(known), max(known), 4, whole=made.whole)[0] if known else 0.0
    return f"axis starts at {made.text(start)}" if start > 0 else ""


def aria(spec: ChartSpec, table: View) -> str:
    """What the picture shows, for who cannot see it."""
    if spec.kind == "kpi":
        return f"Key figures. {', '.join(f'{tile.name} {tile.text}' for tile in kpi.tiles(spec, table))}."
    kind = spec.kind.replace("_", " ").capitalize()
    kind = kind if spec.kind in {"kpi", "table", "heatmap", "histogram"} else f"{kind} chart"
    said = [
        spec.title or title(spec, table),
        spec.subtitle or subtitle(spec, table),
        f"{number.text(table.row_count)} row{'s' * (table.row_count != 1)}",
    ]
    return ". ".join(part for part in (kind, *said) if part) + "."
