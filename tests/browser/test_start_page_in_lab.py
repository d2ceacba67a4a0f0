"""The start page, opened by its command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from notebook_page import run_cell, wait_for_kernel
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHINOOK = Path(__file__).parents[2] / "examples" / "data" / "chinook.sqlite"


def open_by_palette(page):
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input").fill("Open start page")
    page.locator(".lm-CommandPalette-item[data-command='aiser:open-start-page']").click()


def test_with_data_it_offers_questions_that_become_cells(lab, page, notebook, tmp_path):
    shutil.copy(CHINOOK, lab.root / "chinook.sqlite")
    page.goto(lab.page(notebook("start.ipynb", ["%load_ext aiser_jupyter\n%aiser connect chinook.sqlite"])))
    wait_for_kernel(page)
    run_cell(page, 0, 1)
    open_by_palette(page)
    start = page.locator(".jp-AiserStart")
    expect(start.locator(".ld")).to_contain_text("chinook is open: 11 tables", timeout=60_000)
    question = start.locator(".qs .lk").first
    said = question.inner_text()
    page.screenshot(path=tmp_path / "start_page.png")
    question.click()
    expect(page.locator(".jp-CodeCell").nth(1).locator(".cm-content")).to_have_text(f"%%ask{said}")
    expect(page.locator(".jp-InputPrompt").nth(0)).to_have_text("[1]:")


def test_without_a_notebook_it_shows_the_ways_in(lab, page):
    page.goto(lab.page(""))
    page.locator(".jp-Launcher").wait_for()
    page.locator(".jp-LauncherCard", has_text="aiser").click()
    start = page.locator(".jp-AiserStart")
    expect(start.locator(".ld")).to_have_text("No data is open yet. Choose one way in; you can add more later.")
    expect(start.locator(".way .lk")).to_have_count(3)
