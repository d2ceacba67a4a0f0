"""Make the pictures of docs/card.md: ``PYTHONPATH=tests python tests/browser/pictures.py``. Real questions on the shipped data, in a real JupyterLab."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from headless import CHROMIUM, FLAGS
from lab_server import start
from notebook_page import output, run_cell, wait_for_kernel
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from lab_server import LabServer
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
RUNNING = """from aiser_jupyter.widgets import Progress
from aiser_jupyter.widgets.view import Stage
stages = [Stage("Read the question", "done", "0.1 s"), Stage("Running the query", "now"), Stage("Check the sentence against the result", "next")]
Progress("Revenue by country").step(stages, restated="Sum of revenue of sales, per country, largest first", share_done=0.6)"""
CELLS = (
    "%load_ext aiser_jupyter\n%aiser add sales.parquet",
    "%%ask\nTotal revenue per month",
    "%%ask\nDid rain hurt revenue in September?",
    "%%ask\nHow many sales have a product?",
    "%%sql\nSELECT countri, sum(revenue) FROM sales GROUP BY 1",
    RUNNING,
    "%%ask\nWhich product is best?",
    "%aiser",
)


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        shutil.copy(ROOT / "examples" / "data" / "retail" / "sales.parquet", root)
        cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "sales.ipynb")
        lab = start(root, timeout=180)
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
            take(browser, lab)
        finally:
            lab.stop()


def take(browser: Browser, lab: LabServer) -> None:
    """The cards in the light theme, one in the dark, and the start page."""
    page = browser.new_page(viewport={"width": 1180, "height": 2600})
    page.set_default_timeout(120_000)
    page.goto(lab.page("sales.ipynb"))
    wait_for_kernel(page)
    for index in range(len(CELLS)):
        run_cell(page, index, index + 1)
    page.keyboard.press("Control+b")
    card = output(page, 1).locator(".aiser.live .card")
    card.scroll_into_view_if_needed()
    card.screenshot(path=PICTURES / "card_answered.png")
    card.get_by_text("How I got here").click()
    card.screenshot(path=PICTURES / "card_opened.png")
    between(page, 3, 5, PICTURES / "card_states.png")
    output(page, 2).locator(".aiser.live .card").screenshot(path=PICTURES / "card_refused.png")
    output(page, 6).locator(".aiser.live .card").screenshot(path=PICTURES / "card_readings.png")
    theme(page, "JupyterLab Dark")
    card.screenshot(path=PICTURES / "card_dark.png")
    theme(page, "JupyterLab Light")
    output(page, 7).locator(".start").screenshot(path=PICTURES / "start_page.png")


def theme(page: Page, name: str) -> None:
    """Change Lab's theme by its menu."""
    page.evaluate("name => window.jupyterapp?.commands.execute('apputils:change-theme', {theme: name})", name)
    page.wait_for_timeout(1500)


def between(page: Page, first: int, last: int, path: Path) -> None:
    """The part of the notebook from one cell to another."""
    page.locator(".jp-CodeCell").nth(last).locator(".aiser").last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    top = page.locator(".jp-CodeCell").nth(first).bounding_box()
    end = page.locator(".jp-CodeCell").nth(last).bounding_box()
    assert top is not None
    assert end is not None
    page.screenshot(path=path, clip={"x": top["x"], "y": top["y"], "width": top["width"], "height": end["y"] + end["height"] - top["y"]})


if __name__ == "__main__":
    main()
