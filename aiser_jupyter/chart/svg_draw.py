"""The marks of a static SVG: text, bars, lines, dots; colours are CSS variables that fall back to the theme's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.chart.textfit import html
from aiser_jupyter.chart.theme import FONT, css

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.chart.theme import Theme

VARIABLE = re.compile(r"var\(--[\w-]+,(#[0-9A-Fa-f]{6})\)")


@dataclass
class Canvas:
    """A drawing of fixed width that grows downwards; ``parts`` are its elements in painting order."""

    width: float
    height: float
    theme: Theme = "light"
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: object,
        *,
        color: str = "ink",
        size: float = 13,
        bold: bool = False,
        anchor: str = "start",
        halo: bool = False,
    ) -> None:
        """Words with their baseline at ``y``; a halo keeps them readable over lines."""
        weight = "font-weight:600;" if bold else ""
        around = f"paint-order:stroke;stroke:{css('bg', self.theme)};stroke-width:4px;stroke-linejoin:round;" if halo else ""
        style = f"fill:{css(color, self.theme)};font-size:{size:g}px;{weight}{around}"
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}">{html(words)}</text>')

    def rect(
        self, x: float, y: float, width: float, height: float, color: str, *, tip: str = "", opacity: float = 1, radius: float = 1
    ) -> None:
        """A filled bar; ``tip`` is what a pointer reads."""
        shade = f";fill-opacity:{opacity:g}" if opacity < 1 else ""
        self.add(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" rx="{radius:g}" style="fill:{css(color, self.theme)}{shade}"',
            tip,
            "rect",
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, color: str = "axis", *, thick: float = 1) -> None:
        """A straight line; one px wide lines are crisp."""
        crisp = ' shape-rendering="crispEdges"' if thick == 1 else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{crisp} style="stroke:{css(color, self.theme)};stroke-width:{thick:g}"/>'
        )

    def path(self, points: Sequence[tuple[float, float] | None], color: str, *, thick: float = 2.25, steps: bool = False) -> None:
        """A line through points, broken at None; with ``steps`` it moves right, then up or down."""
        if route := moves(points, steps=steps):
            self.parts.append(
                f'<path d="{route}" style="fill:none;stroke:{css(color, self.theme)};stroke-width:{thick:g};stroke-linejoin:round;stroke-linecap:round"/>'
            )

    def area(self, points: Sequence[tuple[float, float]], base: Sequence[tuple[float, float]], color: str, *, opacity: float = 1) -> None:
        """The surface between a line and its base line."""
        ring = moves([*points, *reversed(base)], steps=False)
        self.parts.append(f'<path d="{ring}Z" style="fill:{css(color, self.theme)};fill-opacity:{opacity:g}"/>')

    def dot(self, x: float, y: float, color: str, *, radius: float = 3.5, opacity: float = 1, tip: str = "") -> None:
        """A dot."""
        shade = f";fill-opacity:{opacity:g}" if opacity < 1 else ""
        self.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" style="fill:{css(color, self.theme)}{shade}"', tip, "circle")

    def add(self, opened: str, tip: str, tag: str) -> None:
        """An element with its tip inside, closed."""
        self.parts.append(f"{opened}><title>{html(tip)}</title></{tag}>" if tip else f"{opened}/>")

    def render(self, aria: str) -> str:
        """The whole drawing; ``aria`` says in words what it shows."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:.0f}" width="{self.width:g}" height="{self.height:.0f}" '
            f'role="img" aria-label="{html(aria)}" preserveAspectRatio="xMinYMin meet" '
            f'style="max-width:100%;height:auto;overflow:visible;font-family:{html(FONT)};font-variant-numeric:tabular-nums lining-nums">'
        )
        return f"{head}<title>{html(aria)}</title>{''.join(self.parts)}</svg>"


def moves(points: Sequence[tuple[float, float] | None], *, steps: bool) -> str:
    """The path data through ``points``; a point alone between two gaps draws nothing here."""
    route, pen = [], False
    for point in points:
        if point is None:
            pen = False
            continue
        x, y = point
        route.append(f"H{x:.1f}V{y:.1f}" if pen and steps else f"{'L' if pen else 'M'}{x:.1f},{y:.1f}")
        pen = True
    return "".join(route)


def flat(svg: str) -> str:
    """``svg`` with each CSS variable replaced by its fallback, for readers without a stylesheet."""
    return VARIABLE.sub(r"\1", svg)
