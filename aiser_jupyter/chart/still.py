"""A chart as a picture file: SVG with its own colours, and PNG where a Chromium is at hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.chart.svg import svg
from aiser_jupyter.chart.svg_draw import flat
from aiser_jupyter.chart.theme import color
from aiser_jupyter.errors import ReportError

if TYPE_CHECKING:
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def still_svg(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light") -> str:
    """The chart as a stand-alone SVG document without CSS variables, for mail and slide programs."""
    return flat(svg(spec, table, width=width, theme=theme))


def browser() -> str | None:
    """The path of the system's Chromium, None where there is none."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def png(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light", scale: float = 2) -> bytes:
    """The chart as a PNG of ``width * scale`` px, through the system's Chromium; ReportError where there is none."""
    path = browser()
    if path is None:
        raise ReportError("There is no Chromium to draw a PNG with.", hint="Install Chromium, or use the SVG.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as missing:
        raise ReportError(
            "Playwright is not installed, so no PNG can be drawn.", hint="pip install playwright, or use the SVG."
        ) from missing
    body = f'<body style="margin:16px;width:{width}px;background:{color("bg", theme)}">{still_svg(spec, table, width=width, theme=theme)}</body>'
    with sync_playwright() as drive:
        chromium = drive.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            page = chromium.new_page(
                viewport={"width": int(width) + 32, "height": 100}, device_scale_factor=scale, java_script_enabled=False
            )
            page.set_content(f"<!doctype html><meta charset=utf-8>{body}")
            return page.screenshot(full_page=True)
        finally:
            chromium.close()


def save(spec: ChartSpec, table: object, path: str | Path, *, width: float = 640, theme: Theme = "light") -> Path:
    """Write the chart to ``path``, whose ending ``.svg`` or ``.png`` says how."""
    target = Path(path)
    if target.suffix not in {".svg", ".png"}:
        raise ReportError(f"A chart cannot be written as {target.suffix or 'a file without ending'}.", hint="Use .svg or .png.")
    target.write_bytes(
        png(spec, table, width=width, theme=theme) if target.suffix == ".png" else still_svg(spec, table, width=width, theme=theme).encode()
    )
    return target
