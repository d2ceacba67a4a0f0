"""Make the pictures of the report and the deck: ``PYTHONPATH=tests python tests/browser/report_pictures.py``, from the demo as `aiser demo` makes it."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from headless import CHROMIUM, FLAGS
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from aiser_jupyter.report.demo import make_demo

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SLIDES = {1: "title", 2: "summary", 3: "message", 8: "findings", 12: "appendix"}


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Path(folder) / "demo"
        make_demo(demo)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        report = opened(browser, demo / "report.html", 1280)
        keep(report.screenshot(full_page=True), "report")
        keep(report.screenshot(clip={"x": 0, "y": 0, "width": 1280, "height": 1500}, full_page=True), "report_top")
        keep(
            opened(browser, demo / "report.html", 1280, "dark").screenshot(
                clip={"x": 0, "y": 0, "width": 1280, "height": 1500}, full_page=True
            ),
            "report_dark",
        )
        keep(
            opened(browser, demo / "report.html", 390).screenshot(clip={"x": 0, "y": 0, "width": 390, "height": 2200}, full_page=True),
            "report_mobile",
        )
        deck = opened(browser, demo / "report.deck.html", 1280)
        for number in range(1, deck.locator(".slide").count() + 1):
            if number in SLIDES:
                keep(deck.screenshot(), f"deck_{number:02d}_{SLIDES[number]}")
            deck.keyboard.press("ArrowRight")


def opened(browser: Browser, path: Path, width: int, scheme: str = "light") -> Page:
    """A page with every chart drawn."""
    page = browser.new_context(viewport={"width": width, "height": 720}, color_scheme=scheme).new_page()  # pyright: ignore[reportArgumentType] - light or dark
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def keep(picture: bytes, name: str) -> None:
    """Keep a picture, small: flat colours need no more than a palette."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        PICTURES / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    main()
