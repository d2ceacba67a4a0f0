"""Parts and distributions as static SVG: doughnut and pie, histogram, box."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiser_jupyter.chart import ticks
from aiser_jupyter.chart.parts import tokens, whole
from aiser_jupyter.chart.point_data import by_group, histogram, quartiles
from aiser_jupyter.chart.roles import unit as unit_of
from aiser_jupyter.chart.series import pretty
from aiser_jupyter.chart.svg_bars import GAP, label_column
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import shorten, width
from aiser_jupyter.chart.theme import css
from aiser_jupyter.errors import UsageError
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.series import Frame
    from aiser_jupyter.chart.table import View
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec

DISC = 200.0


def pie(frame: Frame, room: float, theme: Theme, *, hole: float) -> Canvas:
    """Slices clockwise from the top, and beside them one line per slice with share and value."""
    values, colors = whole(frame), tokens(frame)
    total = math.fsum(values) or 1.0
    size = min(DISC, room * 0.42)
    canvas = Canvas(room, max(size, 26.0 * len(values)) + 4, theme)
    middle, radius, begun = canvas.height / 2, size / 2, 0.0
    for label, value, color in zip(frame.labels, values, colors, strict=True):
        tip = f"{label}: {frame.text(value)}, {number.text(value / total, unit='share')}"
        canvas.add(
            f'<path d="{slice_path(radius, middle, radius, hole * radius, begun / total, (begun + value) / total)}" style="fill:{css(color, theme)};stroke:{css("bg", theme)};stroke-width:2"',
            tip,
            "path",
        )
        begun += value
    left, top = size + 28, middle - 26.0 * len(values) / 2
    shares = [number.text(value / total, unit="share") for value in values]
    share_room = max(width(s, bold=True) for s in shares)
    for row, (label, value, color) in enumerate(zip(frame.labels, values, colors, strict=True)):
        base, accent = top + row * 26 + 17, color == "mark-accent" and bool(frame.accents)
        canvas.rect(left, base - 10, 11, 11, color, radius=2)
        canvas.text(left + 20 + share_room, base, shares[row], color="accent" if accent else "ink", bold=True, anchor="end")
        canvas.text(
            left + 30 + share_room,
            base,
            shorten(f"{label}, {frame.text(value)}", room - left - 32 - share_room),
            bold=accent,
            color="ink" if accent else "ink-2",
        )
    return canvas


def slice_path(center: float, middle: float, outer: float, inner: float, start: float, end: float) -> str:
    """The outline of a ring's part between two shares of the circle; a full circle is drawn as two halves."""
    if end - start > 0.9999:
        return slice_path(center, middle, outer, inner, 0.0, 0.5) + slice_path(center, middle, outer, inner, 0.5, 0.9999)
    (x1, y1), (x2, y2) = (around(center, middle, outer, share) for share in (start, end))
    (x3, y3), (x4, y4) = (around(center, middle, inner, share) for share in (end, start))
    large = int(end - start > 0.5)
    back = f"A{inner:.2f},{inner:.2f} 0 {large} 0 {x4:.2f},{y4:.2f}" if inner else ""
    return f"M{x1:.2f},{y1:.2f}A{outer:.2f},{outer:.2f} 0 {large} 1 {x2:.2f},{y2:.2f}L{x3:.2f},{y3:.2f}{back}Z"


def around(center: float, middle: float, radius: float, share: float) -> tuple[float, float]:
    """The point at a share of the circle, clockwise from the top."""
    angle = 2 * math.pi * share
    return center + radius * math.sin(angle), middle - radius * math.cos(angle)


def bins(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:
    """Columns of rows per bin that touch, the median as a named line."""
    values = [v for _, group in by_group(spec, table) for v in group]
    if not values:
        raise UsageError(f"Column {spec.y[0]!r} holds no number to count.", hint="Choose another column.")
    edges, counts = histogram(values)
    unit = spec.unit or unit_of(table.column(spec.y[0]))
    canvas = Canvas(room, 230, theme)
    high = ticks.numbers(0, max(counts), 3)
    left, right, top, bottom = max(width(number.text(v), 12) for v in high) + 10, room - 8, 28.0, 204.0
    scale = (right - left) / (edges[-1] - edges[0])
    for value in high:
        y = bottom - value / high[-1] * (bottom - top)
        canvas.line(left, y, right, y, "axis" if value == 0 else "grid")
        canvas.text(left - 8, y + 4, number.text(value), color="muted", size=12, anchor="end")
    for low, up, count in zip(edges, edges[1:], counts, strict=False):
        size = count / high[-1] * (bottom - top)
        tip = f"{number.text(low, unit=unit)} to {number.text(up, unit=unit)}: {number.text(count)} rows"
        canvas.rect(left + (low - edges[0]) * scale + 0.75, bottom - size, (up - low) * scale - 1.5, size, "mark", tip=tip)
    for value in ticks.numbers(edges[0], edges[-1], max(int(room // 110), 2)):
        if edges[0] <= value <= edges[-1]:
            canvas.text(
                left + (value - edges[0]) * scale, bottom + 18, number.text(value, unit=unit), color="muted", size=12, anchor="middle"
            )
    middle = quartiles(values)[2]
    x = left + (middle - edges[0]) * scale
    canvas.line(x, top - 8, x, bottom, "accent")
    canvas.text(x + 6, top - 2, f"median {number.text(middle, unit=unit)}", color="accent", bold=True, halo=True)
    return canvas


def box(spec: ChartSpec, table: View, room: float, theme: Theme) -> Canvas:
    """A lying box per group with its median named; at most 60 outliers are dotted per group."""
    groups = by_group(spec, table)
    unit = spec.unit or unit_of(table.column(spec.y[0]))
    labels = [name or pretty(spec.y[0]) for name, _ in groups]
    bold = [name in spec.highlight for name, _ in groups]
    every = [v for _, values in groups for v in values]
    marks = ticks.numbers(min(every, default=0), max(every, default=1), 5)
    column = label_column(labels, bold, room)
    left, pitch = column + GAP + 4, 34.0
    canvas = Canvas(room, pitch * len(groups) + 26, theme)
    scale = (room - left - 12) / (marks[-1] - marks[0])

    def at(value: float) -> float:
        return left + (value - marks[0]) * scale

    bottom = pitch * len(groups)
    step = 1 if max(width(number.text(v, unit=unit), 12) for v in marks) + 8 < (room - left) / len(marks) else 2
    for value in marks[::step]:
        canvas.line(at(value), 0, at(value), bottom, "grid")
        canvas.text(at(value), bottom + 17, number.text(value, unit=unit), color="muted", size=12, anchor="middle")
    for row, (label, (_, values)) in enumerate(zip(labels, groups, strict=True)):
        low, first, middle, third, high = quartiles(values)
        y, token = row * pitch + pitch / 2, "mark-accent" if bold[row] or len(groups) == 1 else "mark"
        canvas.text(column, y + 4.5, shorten(label, column, bold=bold[row]), bold=bold[row], anchor="end")
        canvas.line(at(low), y, at(high), y, token, thick=1.5)
        canvas.rect(
            at(first),
            y - 9,
            at(third) - at(first),
            18,
            token,
            tip=f"{label}: median {number.text(middle, unit=unit)}, half between {number.text(first, unit=unit)} and {number.text(third, unit=unit)}",
        )
        canvas.line(at(middle), y - 9, at(middle), y + 9, "bg", thick=2.5)
        outside = [v for v in values if v < low or v > high]
        for value in outside[:: -(-len(outside) // 60) or 1]:
            canvas.dot(at(value), y, token, radius=2, opacity=0.4)
    return canvas
