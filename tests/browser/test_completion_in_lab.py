"""Completion of an SQL cell, as JupyterLab shows it."""

from __future__ import annotations

import duckdb
import pytest
from notebook_page import run_cell, wait_for_kernel
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_tab_offers_columns_with_their_types(lab, page, notebook, tmp_path):
    with duckdb.connect(str(lab.root / "till.duckdb")) as con:
        con.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, day DATE)")
    cells = ["%load_ext aiser_jupyter\n%sql duckdb:///till.duckdb --alias till", "%%sql\nselect  from orders"]
    page.goto(lab.page(notebook("completion.ipynb", cells)))
    wait_for_kernel(page)
    run_cell(page, 0, 1)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-line").nth(1).click()
    page.keyboard.press("Home")
    for _ in "select ":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    shown = page.locator(".jp-Completer-item")
    expect(shown.first).to_contain_text("id", timeout=30_000)
    page.screenshot(path=tmp_path / "completion.png")
    texts = shown.all_inner_texts()
    assert any("customer_id" in text and "column" in text for text in texts)
    assert not any("print" in text for text in texts)
    page.keyboard.type("cust")
    page.keyboard.press("Enter")
    expect(page.locator(".jp-CodeCell").nth(1).locator(".cm-content")).to_contain_text("select customer_id from orders")
