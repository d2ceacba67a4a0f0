"""Points and shades as static SVG: scatter, bubble, density, heatmap, cohort."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.svg_groups import key
from aiser_jupyter.chart.textfit import shorten, width

if TYPE_CHECKING:
    from aiser_jupyter.chart.point_data import Grid, Points
    from aiser_jupyter.chart.theme import Theme

HEIGHT, FOOT = 300.0, 44.0
CELL = 28.0
# The shade from which words on it change colour.
STRONG: dict[Theme, float] = {"light": 0.72, "dark": 0.85}
# A picture in a page stays small: 1,500 dots are about 150 kB.
MOST_DOTS = 1_500


class Plane:
    """A canvas with two value axes and the places on it."""

    def __init__(self, seen: Points, room: float, theme: Theme, head: float = 24.0) -> None:
        self.canvas = Canvas(room, HEIGHT, theme)
        self.seen, self.head, self.bottom = seen, head, HEIGHT - FOOT
        self.left, self.right = max(width(t, 12) for t in seen.y_texts) + 10, room - 14

    def x(self, value: float) -> float:
        """The place of a value from left to right."""
        low, high = self.seen.x_ticks[0], self.seen.x_ticks[-1]
        return self.left + (value - low) / ((high - low) or 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """The place of a value from bottom to top."""
        low, high = self.seen.y_ticks[0], self.seen.y_ticks[-1]
        return self.bottom - (value - low) / ((high - low) or 1.0) * (self.bottom - self.head)

    def axes(self) -> None:
        """Hairlines at round values, names at the ends."""
        canvas, seen = self.canvas, self.seen
        for value, text in zip(seen.y_ticks, seen.y_texts, strict=True):
            canvas.line(self.left, self.y(value), self.right, self.y(value), "axis" if value == seen.y_ticks[0] else "grid")
            canvas.text(self.left - 8, self.y(value) + 4, text, color="muted", size=12, anchor="end")
        every = 1 if max(width(t, 12) for t in seen.x_texts) + 10 < (self.right - self.left) / len(seen.x_ticks) else 2
        for value, text in list(zip(seen.x_ticks, seen.x_texts, strict=True))[::every]:
            canvas.text(self.x(value), self.bottom + 17, text, color="muted", size=12, anchor="middle")
        canvas.text(0, self.head - 12, seen.y_name, color="muted", size=12)
        canvas.text(self.right, self.bottom + 35, f"{seen.x_name} →", color="muted", size=12, anchor="end")


def scatter(seen: Points, room: float, theme: Theme) -> Canvas:
    """One dot per row, groups in colour; beyond 1,500 rows every k-th."""
    groups = list(seen.groups())
    named = [(name, token) for token, name, _ in groups if name]
    head = 24.0
    if named:
        probe = Canvas(room, 0, theme)
        head += key(probe, named, 0)
    plane = Plane(seen, room, theme, head)
    if named:
        key(plane.canvas, named, 0)
    plane.axes()
    step = -(-len(seen.x) // MOST_DOTS) or 1
    for token, _, chosen in groups:
        for i in chosen[::step]:
            plane.canvas.dot(
                plane.x(seen.x[i]),
                plane.y(seen.y[i]),
                token,
                radius=seen.radius(i),
                opacity=seen.opacity,
                tip=seen.tip(i) if len(seen.x) <= 300 else "",
            )
    return plane.canvas


def density(seen: Points, room: float, theme: Theme) -> Canvas:
    """Rows counted per cell, stronger where there are more."""
    plane = Plane(seen, room, theme)
    plane.axes()
    across, up = 44, 24
    wide, high = (plane.right - plane.left) / across, (plane.bottom - plane.head) / up
    cells = Counter(
        (min(int((plane.x(a) - plane.left) / wide), across - 1), min(int((plane.y(b) - plane.head) / high), up - 1))
        for a, b in zip(seen.x, seen.y, strict=True)
    )
    most = max(cells.values(), default=1)
    for (column, row), count in sorted(cells.items()):
        strength = 0.08 + 0.92 * (count / most) ** 0.5
        plane.canvas.rect(
            plane.left + column * wide, plane.head + row * high, wide - 0.5, high - 0.5, "mark-accent", opacity=round(strength, 2), radius=0
        )
    return plane.canvas


def heatmap(seen: Grid, room: float, theme: Theme) -> Canvas:
    """A shade per pair of labels, with its value where there is room."""
    column = min(max(width(r) for r in seen.rows) + 2, room * 0.32)
    left, head = column + 10, 24.0
    wide = min((room - left) / len(seen.columns), 110.0)
    canvas = Canvas(room, head + CELL * len(seen.rows), theme)
    every = next(
        k
        for k in range(1, len(seen.columns) + 2)
        if max(width(c, 12) for c in seen.columns) + 8 <= wide * k or k > len(seen.columns) or wide > 60
    )
    for c, label in list(enumerate(seen.columns))[::every]:
        canvas.text(left + (c + 0.5) * wide, 14, shorten(label, wide * every - 6, 12), color="muted", size=12, anchor="middle")
    most = max((abs(v) for v in seen.flat), default=1.0) or 1.0
    roomy = max((width(seen.text(r, c), 12) for r in range(len(seen.rows)) for c in range(len(seen.columns))), default=0.0) + 6 <= wide
    for r, label in enumerate(seen.rows):
        y = head + r * CELL
        canvas.text(column, y + CELL / 2 + 4, shorten(label, column), anchor="end")
        for c, value in enumerate(seen.values[r]):
            if value is None:
                continue
            strength = abs(value) / most
            canvas.rect(
                left + c * wide,
                y,
                wide - 2,
                CELL - 2,
                "mark-neg" if value < 0 else "mark-accent",
                opacity=round(0.06 + 0.94 * strength, 2),
                tip=f"{label}, {seen.columns[c]}: {seen.text(r, c)}",
            )
            if roomy:
                canvas.text(
                    left + (c + 0.5) * wide - 1,
                    y + CELL / 2 + 3.5,
                    seen.text(r, c),
                    color="on-mark-accent" if strength > STRONG[theme] else "ink",
                    size=12,
                    anchor="middle",
                )
    return canvas
