"""Lines, areas and steps as static SVG: the name and last value at each line's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.chart import ticks
from aiser_jupyter.chart.roles import moment
from aiser_jupyter.chart.series import as_datetime, color_of
from aiser_jupyter.chart.svg_draw import Canvas
from aiser_jupyter.chart.textfit import shorten, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiser_jupyter.chart.series import Frame, Series
    from aiser_jupyter.chart.theme import Theme

TOP, FOOT = 14.0, 26.0
LINE_HEIGHT = 16.0
# Up to so many end labels have their value in a second line.
MOST_DOUBLE = 4
GAP = 10.0


def lines(frame: Frame, room: float, theme: Theme, *, height: float = 240.0, filled: bool = False, steps: bool = False) -> Canvas:
    """One line per series, hairlines at round values, dates below; a filled line starts at zero."""
    canvas = Canvas(room, height, theme)
    if filled and len(frame.series) > 1:
        return stacked(frame, canvas)
    present = [v for s in frame.series for v in s.values if v is not None] + (frame.band.ends if frame.band else [])
    marks = ticks.numbers(min([*present, 0.0] if filled else present, default=0.0), max(present, default=1.0), 4, whole=frame.whole)
    tick_texts = [frame.text(v) for v in marks]
    left = max(width(t, 12) for t in tick_texts) + GAP
    ends = [end_label(s, frame, alone=len(frame.series) == 1) for s in frame.series]
    ends = ends if len(ends) <= MOST_DOUBLE else [[" ".join(end)] for end in ends]
    right = room - min(max(max(width(t, bold=True) for t in end) for end in ends) + 14, room * 0.36)
    bottom = height - FOOT
    span = (marks[-1] - marks[0]) or 1.0
    places = spread(frame, left + 4, right)

    def at(value: float) -> float:
        return bottom - (value - marks[0]) / span * (bottom - TOP)

    for value, text in zip(marks, tick_texts, strict=True):
        canvas.line(left, at(value), right, at(value), "axis" if value == marks[0] else "grid")
        canvas.text(left - 8, at(value) + 4, text, color="muted", size=12, anchor="end")
    dates_below(canvas, frame, places, right)
    colors = [color_of(frame, i) for i in range(len(frame.series))]
    if frame.band and (held := frame.band.places):
        canvas.area(
            [(places[i], at(frame.band.high[i] or 0.0)) for i in held], [(places[i], at(frame.band.low[i] or 0.0)) for i in held], "band"
        )
    for one, color in zip(frame.series, colors, strict=True):
        points = [None if v is None else (x, at(v)) for x, v in zip(places, one.values, strict=True)]
        solid = [p for p in points if p is not None]
        if filled and solid:
            canvas.area(solid, [(x, at(max(marks[0], 0.0))) for x, _ in solid], color, opacity=0.16)
        canvas.path(points, color, thick=1.75 if color == "mark" else 2.25, steps=steps)
        alone = [p for i, p in enumerate(points) if p and not any(points[j] for j in (i - 1, i + 1) if 0 <= j < len(points))]
        for x, y in [*alone, *solid[-1:]]:
            canvas.dot(x, y, color)
    draw_ends(canvas, ends, colors, [last_place(s, places, at) for s in frame.series])
    return canvas


def dates_below(canvas: Canvas, frame: Frame, places: list[float], right: float) -> None:
    """The words of the x axis: round dates where points are days or moments, else the labels that fit."""
    if frame.order == "time" and frame.grain in {"day", "week", "minute", "hour"} and len(places) > 1:
        moments = [as_datetime(moment(p)) for p in frame.points]
        span = (moments[-1] - moments[0]).total_seconds() or 1.0
        shown = [
            (places[0] + (m - moments[0]).total_seconds() / span * (places[-1] - places[0]), words)
            for m, words in ticks.calendar(moments[0], moments[-1], max(int((right - places[0]) // 80), 2))
        ]
    else:
        shown = [(places[index], words) for index, words in ticks.thinned(frame, places, right + 20)]
    for x, words in shown:
        canvas.text(x, canvas.height - 7, words, color="muted", size=12, anchor="middle")


def stacked(frame: Frame, canvas: Canvas) -> Canvas:
    """Areas on top of each other, the first at the bottom; a gap counts as nothing."""
    tops = list(accumulate_series(frame))
    marks = ticks.numbers(0.0, max(tops[-1], default=1.0), 4)
    texts = [frame.text(v) for v in marks]
    ends = [[s.name] for s in frame.series]
    left = max(width(t, 12) for t in texts) + GAP
    right = canvas.width - min(max(width(s.name, bold=True) for s in frame.series) + 14, canvas.width * 0.36)
    bottom = canvas.height - FOOT
    places = spread(frame, left + 4, right)

    def at(value: float) -> float:
        return bottom - value / (marks[-1] or 1.0) * (bottom - TOP)

    for value, text in zip(marks, texts, strict=True):
        canvas.line(left, at(value), right, at(value), "axis" if value == 0 else "grid")
        canvas.text(left - 8, at(value) + 4, text, color="muted", size=12, anchor="end")
    base = [0.0] * len(places)
    middles = []
    for i, top in enumerate(tops):
        canvas.area(
            [(x, at(v)) for x, v in zip(places, top, strict=True)],
            [(x, at(v)) for x, v in zip(places, base, strict=True)],
            color_of(frame, i),
            opacity=0.9,
        )
        middles.append((places[-1], (at(top[-1]) + at(base[-1])) / 2))
        base = top
    dates_below(canvas, frame, places, right)
    draw_ends(canvas, ends, [color_of(frame, i) for i in range(len(tops))], middles)
    return canvas


def accumulate_series(frame: Frame) -> Iterator[list[float]]:
    """The running tops of stacked series."""
    base = [0.0] * len(frame.points)
    for one in frame.series:
        base = [b + (v or 0.0) for b, v in zip(base, one.values, strict=True)]
        yield base


def spread(frame: Frame, left: float, right: float) -> list[float]:
    """The x place of each label: to scale on a time axis, even otherwise."""
    moments = [moment(p) for p in frame.points]
    if frame.order == "time" and all(moments):
        seconds = [as_datetime(m).timestamp() for m in moments]
        span = (seconds[-1] - seconds[0]) or 1.0
        return [left + (s - seconds[0]) / span * (right - left) for s in seconds]
    step = (right - left) / max(len(frame.points) - 1, 1)
    return [left + i * step for i in range(len(frame.points))]


def end_label(one: Series, frame: Frame, *, alone: bool) -> list[str]:
    """The words at a line's end: its name (where there are several) and its last value."""
    last = next((v for v in reversed(one.values) if v is not None), None)
    return [frame.text(last)] if alone else [one.name, frame.text(last)]


def last_place(one: Series, places: list[float], at: Callable[[float], float]) -> tuple[float, float]:
    """Where a line ends."""
    found = [(x, at(v)) for x, v in zip(places, one.values, strict=True) if v is not None]
    return found[-1] if found else (places[-1] if places else 0.0, 0.0)


def draw_ends(canvas: Canvas, ends: list[list[str]], colors: list[str], places: list[tuple[float, float]]) -> None:
    """The end labels, moved apart so that none covers another."""
    stacked = any(len(end) > 1 for end in ends)
    rows = 2 if stacked else 1
    tops = apart([y for _, y in places], LINE_HEIGHT * rows + (3 if stacked else 0), canvas.height - FOOT - (rows - 1) * LINE_HEIGHT / 2)
    right = max((x for x, _ in places), default=0.0)
    for end, color, y in zip(ends, colors, tops, strict=True):
        text = {"mark": "muted", "mark-accent": "accent"}.get(color, color)
        for row, words in enumerate(end):
            shift = (row - (len(end) - 1) / 2) * LINE_HEIGHT
            canvas.text(right + 10, y + 4.5 + shift, shorten(words, canvas.width - right - 10, bold=True), color=text, bold=color != "mark")


def apart(wanted: list[float], gap: float, bottom: float) -> list[float]:
    """Heights as near as possible to the wanted ones, in the same order, at least ``gap`` apart and above ``bottom``."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + gap) if placed else wanted[i])
    excess = max((placed[-1] - bottom) if placed else 0.0, 0.0)
    for k in range(len(placed) - 1, -1, -1):
        limit = placed[k + 1] - gap if k + 1 < len(placed) else placed[k] - excess
        placed[k] = min(placed[k], limit)
    result = [0.0] * len(wanted)
    for k, i in enumerate(order):
        result[i] = placed[k]
    return result
