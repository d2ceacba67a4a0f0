"""A chart as a picture file: SVG with its own colours, and PNG where a Chromium is at hand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiser_jupyter.chart.svg import svg
from aiser_jupyter.chart.svg_draw import flat
from aiser_jupyter.chart.theme import color
from aiser_jupyter.chromium import find
from aiser_jupyter.errors import ReportError

if TYPE_CHECKING:
    from aiser_jupyter.chart.theme import Theme
    from aiser_jupyter.spec import ChartSpec

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")
HEIGHT = re.compile(r"^<svg [^>]* height=\"(\d+)\"")


def still_svg(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light") -> str:
    """The chart as a stand-alone SVG document without CSS variables, for mail and slide programs."""
    return flat(svg(spec, table, width=width, theme=theme))


def png(spec: ChartSpec, table: object, *, width: float = 640, theme: Theme = "light", scale: float = 2) -> bytes:
    """The chart as a PNG of ``(width + 32) * scale`` px, through the system's Chromium in a process of its own; ReportError where that fails."""
    path = find()
    if path is None:
        raise ReportError("There is no Chromium to draw a PNG with.", hint="Install Chromium, or use the SVG.")
    drawn = still_svg(spec, table, width=width, theme=theme)
    size = HEIGHT.search(drawn)
    if size is None:
        raise ReportError("A table has no picture.", hint="Choose another kind, or write the table as HTML.")
    with TemporaryDirectory() as folder:
        page, target = Path(folder, "chart.html"), Path(folder, "chart.png")
        page.write_text(
            f'<!doctype html><meta charset=utf-8><body style="margin:16px;background:{color("bg", theme)}">{drawn}</body>', encoding="utf-8"
        )
        frame = f"--window-size={int(width) + 32},{int(size[1]) + 32}"
        command = [
            path,
            *FLAGS,
            f"--user-data-dir={folder}/profile",
            f"--force-device-scale-factor={scale:g}",
            frame,
            f"--screenshot={target}",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603  # the system's own browser on a page we wrote
        if not target.exists():
            raise ReportError("Chromium drew no picture.", where=done.stderr.decode(errors="replace")[-300:], hint="Use the SVG.")
        return target.read_bytes()


def save(spec: ChartSpec, table: object, path: str | Path, *, width: float = 640, theme: Theme = "light") -> Path:
    """Write the chart to ``path``, whose ending ``.svg`` or ``.png`` says how."""
    target = Path(path)
    if target.suffix not in {".svg", ".png"}:
        raise ReportError(f"A chart cannot be written as {target.suffix or 'a file without ending'}.", hint="Use .svg or .png.")
    target.write_bytes(
        png(spec, table, width=width, theme=theme) if target.suffix == ".png" else still_svg(spec, table, width=width, theme=theme).encode()
    )
    return target
