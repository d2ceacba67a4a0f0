"""Horizontal and vertical bars as static SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import shorten, width

if TYPE_CHECKING:
    from aiser_jupyter.chart.series import Frame
    from aiser_jupyter.chart.theme import Theme

BAR, PITCH = 17.0, 28.0
GAP = 10.0


def horizontal(frame: Frame, room: float, theme: Theme) -> Canvas:
    """One bar a row: label left, value at the bar's end; bars below zero grow to the left of the axis."""
    values = frame.series[0].values
    texts = [frame.text(value, signed=frame.signed) for value in values]
    bold = [bool(frame.accents) and frame.accented(i) for i in range(len(values))]
    label_room = min(max(width(t, bold=b) for t, b in zip(frame.labels, bold, strict=True)) + 2, room * 0.42)
    left = label_room + GAP
    low, high = min([v for v in values if v is not None] + [0.0]), max([v for v in values if v is not None] + [0.0])
    text_room = max(width(t, bold=True) for t in texts) + 8
    left_text = text_room if low < 0 and -low > high * 0.02 else 0.0
    scale = (room - left - left_text * 0 - text_room) / ((high - low) or 1.0)
    zero = left - low * scale
    canvas = Canvas(room, PITCH * len(values), theme)
    for row, value in enumerate(values):
        top, accent = row * PITCH + (PITCH - BAR) / 2, frame.accented(row)
        base = top + BAR / 2 + 4.5
        canvas.text(label_room, base, shorten(frame.labels[row], label_room, bold=bold[row]), bold=bold[row], anchor="end")
        size = (value or 0) * scale
        tip = f"{frame.labels[row]}: {texts[row]}"
        if value is not None:
            canvas.rect(min(zero, zero + size), top, max(abs(size), 1.0), BAR, "mark-accent" if accent else "mark", tip=tip)
        canvas.text(max(zero, zero + size) + 7, base, texts[row], color="accent" if bold[row] else "ink" if value is not None else "muted", bold=bold[row])
    canvas.line(zero, 0, zero, canvas.height)
    return canvas


def vertical(frame: Frame, room: float, theme: Theme, *, height: float = 230.0) -> Canvas:
    """One column per label: value above it, label below; labels are thinned where they would touch."""
    values, count = frame.series[0].values, len(frame.labels)
    texts = [frame.text(value, signed=frame.signed) for value in values]
    pitch = room / max(count, 1)
    bar = min(pitch * 0.66, 64.0)
    every_value = max((width(t) for t in texts), default=0) + 4 <= pitch
    low, high = min([v for v in values if v is not None] + [0.0]), max([v for v in values if v is not None] + [0.0])
    top, bottom = 22.0, height - 26.0
    scale = (bottom - top - (16.0 if low < 0 else 0.0)) / ((high - low) or 1.0)
    zero = top + high * scale
    canvas = Canvas(room, height, theme)
    extreme = values.index(max((v for v in values if v is not None), default=None)) if any(v is not None for v in values) else 0
    stride = next(step for step in range(1, count + 2) if max((width(t, 12) for t in frame.labels), default=0) + 8 <= pitch * step or step > count)
    for column, value in enumerate(values):
        middle, accent = column * pitch + pitch / 2, frame.accented(column)
        bold = bool(frame.accents) and accent
        if value is not None:
            size = max(abs(value) * scale, 1.0)
            canvas.rect(middle - bar / 2, zero - size if value >= 0 else zero, bar, size, "mark-accent" if accent else "mark", tip=f"{frame.labels[column]}: {texts[column]}")
        if every_value or bold or column in {extreme, count - 1}:
            y = zero - max(value or 0, 0) * scale - 7 if (value or 0) >= 0 else zero - (value or 0) * scale + 15
            canvas.text(middle, y, texts[column], color="accent" if bold else "ink", bold=bold, size=12 if count > 8 else 13, anchor="middle")
        if column % stride == 0:
            canvas.text(middle, height - 6, shorten(frame.labels[column], pitch * stride - 4, 12), color="muted", size=12, anchor="middle")
    canvas.line(0, zero, room, zero)
    return canvas
