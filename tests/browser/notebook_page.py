"""What a user does in a notebook tab: wait for the kernel, run a cell, look at its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def wait_for_kernel(page: Page) -> None:
    """Wait until the kernel is idle: a run asked for earlier is dropped without a word."""
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()


def start_cell(page: Page, index: int) -> Locator:
    """Run a cell; gives its prompt, which then is no longer ``[ ]:``.

    The key is pressed again while the prompt stays empty: one sent while the session is still connecting is lost.
    """
    cell = page.locator(".jp-CodeCell").nth(index)
    prompt = cell.locator(".jp-InputPrompt")
    for _ in range(10):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            expect(prompt).not_to_have_text("[ ]:", timeout=2_000)
            break
        except AssertionError:
            continue
    return prompt


def run_cell(page: Page, index: int, done: int, *, timeout: float = 60_000) -> None:
    """Run a cell and wait until its prompt is ``[done]:``."""
    expect(start_cell(page, index)).to_have_text(f"[{done}]:", timeout=timeout)


def output(page: Page, index: int) -> Locator:
    """The output area of a cell."""
    return page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea")
