"""The small line of a tile."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT, INSET = 150, 34, 5


@dataclass(frozen=True)
class Line:
    """The path of the line, its last point, and the point of the base where there is one."""

    path: str
    last: tuple[float, float]
    base: tuple[float, float] | None


def line(values: tuple[float, ...], base_at: int | None = None) -> Line | None:
    """A line through ``values`` in a box of 150 by 34; None where there are fewer than two."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    step = (WIDTH - 2 * INSET) / (len(values) - 1)
    points = [
        (
            round(INSET + i * step, 1),
            round(HEIGHT / 2 if high == low else HEIGHT - INSET - (v - low) / (high - low) * (HEIGHT - 2 * INSET), 1),
        )
        for i, v in enumerate(values)
    ]
    path = "M" + " L".join(f"{x},{y}" for x, y in points)
    return Line(path, points[-1], points[base_at] if base_at is not None and 0 <= base_at < len(points) else None)
