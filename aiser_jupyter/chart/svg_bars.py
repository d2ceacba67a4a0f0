"""Single bars as static SVG: lying, standing, as steps between totals, against targets, from start to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.chart import ticks
from aiser_jupyter.chart.bar_data import running_shares, waterfall_floor, waterfall_steps
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import shorten, width, wrap
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.chart.bar_data import Spans, Targets
    from aiser_jupyter.chart.series import Frame
    from aiser_jupyter.chart.theme import Theme

BAR, PITCH, GAP = 17.0, 28.0, 10.0
HEIGHT, HEAD, FOOT = 240.0, 24.0, 40.0


@dataclass(frozen=True)
class Bar:
    """One bar: what stands beside it, where it begins and ends in values, the words at its end, its colour."""

    label: str
    low: float
    high: float
    text: str
    tone: str
    bold: bool = False
    gap: bool = False


def of(frame: Frame) -> list[Bar]:
    """The bars of a frame's first series, all from zero."""
    found = []
    for i, value in enumerate(frame.series[0].values):
        accent = frame.accented(i)
        text = frame.text(value, signed=frame.signed)
        found.append(
            Bar(
                frame.labels[i],
                min(value or 0.0, 0.0),
                max(value or 0.0, 0.0),
                text,
                "mark-accent" if accent else "mark",
                bool(frame.accents) and accent,
                value is None,
            )
        )
    return found


def stages(frame: Frame) -> list[Bar]:
    """The bars of a funnel: each value with its share of the first."""
    first = frame.series[0].values[0] or 1.0
    return [Bar(b.label, b.low, b.high, f"{b.text} · {number.text(b.high / first, unit='share')}", b.tone, b.bold) for b in of(frame)]


def text_token(one: Bar) -> str:
    """The colour of a bar's words."""
    return "accent" if one.bold else "muted" if one.gap else "ink"


def label_column(labels: Sequence[str], bold: Sequence[bool], room: float) -> float:
    """The width of the labels left of lying bars, at most two fifths of the room."""
    return min(max(width(t, bold=b) for t, b in zip(labels, bold, strict=True)) + 2, room * 0.4)


def horizontal(bars: Sequence[Bar], room: float, theme: Theme) -> Canvas:
    """One bar a row: label left, value at the bar's end; bars below zero grow to the left of the axis, their values stay right of it."""
    column = label_column([b.label for b in bars], [b.bold for b in bars], room)
    low, high = min(0.0, *(b.low for b in bars)), max(0.0, *(b.high for b in bars))
    left = column + GAP
    scale = (room - left - max(width(b.text, bold=True) for b in bars) - 8) / ((high - low) or 1.0)
    zero = left - low * scale
    canvas = Canvas(room, PITCH * len(bars), theme)
    for row, one in enumerate(bars):
        top = row * PITCH + (PITCH - BAR) / 2
        base = top + BAR / 2 + 4.5
        canvas.text(column, base, shorten(one.label, column, bold=one.bold), bold=one.bold, anchor="end")
        if not one.gap:
            canvas.rect(zero + one.low * scale, top, max((one.high - one.low) * scale, 1.0), BAR, one.tone, tip=f"{one.label}: {one.text}")
        canvas.text(zero + one.high * scale + 7, base, one.text, color=text_token(one), bold=one.bold)
    canvas.line(zero, 0, zero, canvas.height)
    return canvas


def vertical(bars: Sequence[Bar], room: float, theme: Theme, *, under: dict[int, str] | None = None) -> Canvas:
    """One column per bar, value above it, label below; where they would touch, values stay at the extremes and labels are thinned (``under``)."""
    canvas = Canvas(room, HEIGHT, theme)
    pitch = room / len(bars)
    thick = min(pitch * 0.66, 64.0)
    low, high = min(0.0, *(b.low for b in bars)), max(0.0, *(b.high for b in bars))
    scale = (HEIGHT - HEAD - FOOT - (18.0 if low < 0 else 0.0)) / ((high - low) or 1.0)
    zero = HEAD + high * scale
    every = all(width(b.text, 12) + 4 <= pitch for b in bars)
    kept = {max(range(len(bars)), key=lambda i: bars[i].high), len(bars) - 1}
    for i, one in enumerate(bars):
        middle = i * pitch + pitch / 2
        if not one.gap:
            canvas.rect(
                middle - thick / 2,
                zero - one.high * scale,
                thick,
                max((one.high - one.low) * scale, 1.0),
                one.tone,
                tip=f"{one.label}: {one.text}",
            )
        if every or one.bold or i in kept:
            below = one.high <= 0 and one.low < 0
            canvas.text(
                middle,
                zero - one.low * scale + 15 if below else zero - one.high * scale - 7,
                one.text,
                color=text_token(one),
                bold=one.bold,
                size=13 if len(bars) <= 10 else 12,
                anchor="middle",
            )
    canvas.line(0, zero, room, zero)
    labels_below(canvas, [b.label for b in bars], [b.bold for b in bars], pitch, under)
    return canvas


def labels_below(canvas: Canvas, labels: Sequence[str], bold: Sequence[bool], pitch: float, under: dict[int, str] | None) -> None:
    """Labels under columns, in two lines where they are long."""
    for i, label in enumerate(labels):
        if under is not None and i not in under:
            continue
        lines = [under[i]] if under is not None else wrap(label, pitch - 6, 12, bold=bold[i])
        for row, words in enumerate(lines):
            canvas.text(
                i * pitch + pitch / 2,
                canvas.height - FOOT + 18 + row * 15,
                words,
                color="ink" if bold[i] else "muted",
                bold=bold[i],
                size=12,
                anchor="middle",
            )


def dated(frame: Frame, room: float) -> dict[int, str] | None:
    """Thinned axis words for columns over time or many columns; None where each label has room for itself."""
    pitch = room / len(frame.labels)
    if frame.order != "time" and pitch >= 34:
        return None
    places = [i * pitch + pitch / 2 for i in range(len(frame.labels))]
    return dict(ticks.thinned(frame, places, room + 12))


def waterfall(frame: Frame, room: float, theme: Theme) -> Canvas:
    """Signed steps between totals, joined by hairlines; totals are visibly cut where steps would be slivers."""
    steps = waterfall_steps(frame)
    floor = waterfall_floor(steps)
    bars = [Bar(label, max(s.low, floor) - floor, s.high - floor, s.text, s.tone) for label, s in zip(frame.labels, steps, strict=True)]
    canvas = vertical(bars, room, theme)
    low, high = min(0.0, *(b.low for b in bars)), max(0.0, *(b.high for b in bars))
    scale = (HEIGHT - HEAD - FOOT - (18.0 if low < 0 else 0.0)) / ((high - low) or 1.0)
    pitch = room / len(bars)
    thick = min(pitch * 0.66, 64.0)
    for i, step in enumerate(steps):
        middle = (i + 0.5) * pitch
        if i + 1 < len(steps):
            y = HEAD + (high - (step.after - floor)) * scale
            canvas.line(middle + thick / 2, y, middle + pitch - thick / 2, y)
        if floor and step.low < floor:
            y = HEIGHT - FOOT - 14
            canvas.path([(middle - thick / 2 - 2, y), (middle, y - 6), (middle + thick / 2 + 2, y)], "bg", thick=3)
    return canvas


def pareto(frame: Frame, room: float, theme: Theme) -> Canvas:
    """Lying bars with their running share at the right; those that make 80 % in the accent."""
    running = running_shares(frame)
    few = next((i for i, share in enumerate(running) if share >= 0.8), len(running) - 1)
    said = [number.text(share, unit="share") for share in running]
    side = max(width(t) for t in said) + 74
    bars = [Bar(b.label, b.low, b.high, b.text, "mark-accent" if i <= few else "mark", i == few) for i, b in enumerate(of(frame))]
    canvas = horizontal(bars, room - side, theme)
    canvas.width = room
    for row, words in enumerate(said):
        canvas.text(room, row * PITCH + PITCH / 2 + 4.5, words, color="accent" if row == few else "muted", bold=row == few, anchor="end")
    canvas.text(room, canvas.height + 14, "running share", color="muted", size=12, anchor="end")
    canvas.height += 20
    return canvas


def bullet(targets: Targets, room: float, theme: Theme) -> Canvas:
    """Each value as a bar, its target as a tick of ink with a halo across it."""
    high = max([v or 0.0 for v in (*targets.values, *targets.goals)] or [1.0]) or 1.0
    column = label_column(targets.labels, [False] * len(targets.labels), room)
    left, side = column + GAP, max(width(f"{t} · {g}") for t, g in zip(targets.texts, targets.goal_texts, strict=True)) + 12
    stacked = room - left - side < 160
    pitch = PITCH + (18 if stacked else 4)
    scale = (room - left - (12 if stacked else side)) / high
    canvas = Canvas(room, pitch * len(targets.labels), theme)
    for row, (label, value, goal, text, words) in enumerate(
        zip(targets.labels, targets.values, targets.goals, targets.texts, targets.goal_texts, strict=True)
    ):
        top = row * pitch + 6
        canvas.text(column, top + BAR / 2 + 4.5, shorten(label, column), anchor="end")
        canvas.rect(left, top, (value or 0) * scale, BAR, "mark-accent", tip=f"{label}: {text}, {words}")
        if goal is not None:
            canvas.line(left + goal * scale, top - 4, left + goal * scale, top + BAR + 4, "bg", thick=5)
            canvas.line(left + goal * scale, top - 4, left + goal * scale, top + BAR + 4, "ink", thick=1.75)
        place = (left, top + BAR + 16) if stacked else (left + max(value or 0, goal or 0) * scale + 10, top + BAR / 2 + 4.5)
        canvas.text(*place, f"{text} · {words}")
    canvas.line(left, 0, left, canvas.height)
    return canvas


def gantt(spans: Spans, room: float, theme: Theme) -> Canvas:
    """One bar from each start to its end, a row per label, dates above."""
    labels = list(dict.fromkeys(spans.rows))
    column = label_column(labels, [False] * len(labels), room)
    left, head = column + GAP + 4, 28.0
    first = min(spans.starts).timestamp()
    scale = (room - left - 8) / ((max(spans.ends).timestamp() - first) or 1.0)
    canvas = Canvas(room, head + PITCH * len(labels), theme)
    for moment, words in ticks.calendar(min(spans.starts), max(spans.ends), max(int((room - left) // 90), 2)):
        x = left + (moment.timestamp() - first) * scale
        canvas.line(x, head - 6, x, canvas.height, "grid")
        canvas.text(x, 14, words, color="muted", size=12, anchor="middle" if x > left + 20 else "start")
    for row, label in enumerate(labels):
        canvas.text(column, head + row * PITCH + PITCH / 2 + 4.5, shorten(label, column), anchor="end")
    for label, start, end, tip in zip(spans.rows, spans.starts, spans.ends, spans.tips, strict=True):
        top = head + labels.index(label) * PITCH + (PITCH - 13) / 2
        canvas.rect(
            left + (start.timestamp() - first) * scale,
            top,
            max((end - start).total_seconds() * scale - 1, 2.0),
            13,
            "mark-accent",
            tip=f"{label}: {tip}",
        )
    canvas.line(left, head - 6, left, canvas.height)
    return canvas
