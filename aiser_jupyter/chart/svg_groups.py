"""Several bars per label as static SVG: side by side, stacked, to 100 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart.bar_data import shares
from aiser_jupyter.chart.series import color_of
from aiser_jupyter.chart.svg_bars import GAP, label_column
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import shorten, width
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.chart.series import Frame
    from aiser_jupyter.chart.theme import Theme

THIN, THICK, SPACE = 15.0, 26.0, 14.0


def key(canvas: Canvas, names: list[tuple[str, str]], left: float) -> float:
    """A row (or more) of coloured squares with names; returns the height it took."""
    x, y = left, 14.0
    for name, token in names:
        room = width(name, bold=True) + 32
        if x + room > canvas.width and x > left:
            x, y = left, y + 20
        canvas.rect(x, y - 10, 11, 11, token, radius=2)
        canvas.text(x + 17, y, shorten(name, canvas.width - x - 20), color="ink-2", bold=False)
        x += room
    return y + 12


def grouped(frame: Frame, room: float, theme: Theme) -> Canvas:
    """Lying bars side by side per label, each with its value."""
    count = len(frame.series)
    pitch = THIN * count + SPACE
    canvas = Canvas(room, 0, theme)
    column = label_column(frame.labels, [False] * len(frame.labels), room)
    left = column + GAP
    head = key(canvas, [(s.name, color_of(frame, i)) for i, s in enumerate(frame.series)], left)
    every = [v for s in frame.series for v in s.values if v is not None]
    low, high = min([0.0, *every]), max([0.0, *every])
    scale = (room - left - max((width(frame.text(v)) for v in every), default=0.0) - 10) / ((high - low) or 1.0)
    zero = left - low * scale
    for row, label in enumerate(frame.labels):
        top = head + row * pitch
        canvas.text(column, top + THIN * count / 2 + 4.5, shorten(label, column), anchor="end")
        for i, one in enumerate(frame.series):
            value = one.values[row]
            if value is None:
                continue
            y = top + i * THIN
            canvas.rect(
                zero + min(value, 0) * scale,
                y,
                max(abs(value) * scale, 1.0),
                THIN - 2,
                color_of(frame, i),
                tip=f"{label}, {one.name}: {frame.text(value)}",
            )
            canvas.text(zero + max(value, 0) * scale + 6, y + THIN / 2 + 3.5, frame.text(value), size=12)
    canvas.height = head + pitch * len(frame.labels)
    canvas.line(zero, head - 2, zero, canvas.height - SPACE + 4)
    return canvas


def stacked(frame: Frame, room: float, theme: Theme, *, whole: bool) -> Canvas:
    """Lying bars cut into series; with ``whole`` each is drawn to 100 %, else the total stands at its end."""
    parts = shares(frame) if whole else [list(s.values) for s in frame.series]
    totals = [sum(part[i] or 0.0 for part in parts) for i in range(len(frame.labels))]
    ends = [] if whole else [frame.text(t) for t in totals]
    canvas = Canvas(room, 0, theme)
    column = label_column(frame.labels, [False] * len(frame.labels), room)
    left = column + GAP
    head = key(canvas, [(s.name, color_of(frame, i)) for i, s in enumerate(frame.series)], left)
    scale = (room - left - max((width(t) + 10 for t in ends), default=2.0)) / (max(totals, default=0.0) or 1.0)
    for row, label in enumerate(frame.labels):
        top = head + row * (THICK + SPACE)
        base = top + THICK / 2 + 4.5
        canvas.text(column, base, shorten(label, column), anchor="end")
        x = left
        for i, one in enumerate(frame.series):
            value = parts[i][row]
            if not value:
                continue
            size, token = value * scale, color_of(frame, i)
            text = number.text(value, unit="%") if whole else frame.text(value)
            canvas.rect(
                x, top, size - 1, THICK, token, tip=f"{label}, {one.name}: {frame.text(one.values[row])}" + (f" ({text})" if whole else "")
            )
            if width(text, 12) + 8 <= size:
                canvas.text(x + size / 2, base, text, color=f"on-{token}", size=12, anchor="middle")
            x += size
        if ends:
            canvas.text(x + 7, base, ends[row])
    canvas.height = head + (THICK + SPACE) * len(frame.labels)
    canvas.line(left, head - 2, left, canvas.height - SPACE + 4)
    return canvas
