"""A question asked in JupyterLab, as its reader meets the answer."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from notebook_page import output, run_cell, start_cell, wait_for_kernel
from playwright.sync_api import expect

from aiser_jupyter.report.payload import MIME
from aiser_jupyter.widgets.answer_card import still_bundle
from aiser_jupyter.widgets.view import CardView, Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHINOOK = Path(__file__).parents[2] / "examples" / "data" / "chinook.sqlite"
QUESTION = "How many customers are there?"


@pytest.fixture
def asked(lab, page, notebook, request):
    """A notebook with an answered and a refused question, run to its end."""
    shutil.copy(CHINOOK, lab.root / "chinook.sqlite")
    cells = [
        "%load_ext aiser_jupyter\n%aiser connect chinook.sqlite",
        f"%%ask\n{QUESTION}",
        "%%ask\nNumber of customers per country",
        "%%ask\nWhat was the temperature in Paris yesterday?",
        "%%sql\nSELECT FirstNam FROM Customer",
    ]
    page.goto(lab.page(notebook(f"{request.node.name}.ipynb", cells)))
    wait_for_kernel(page)
    for index in range(len(cells)):
        run_cell(page, index, index + 1)
    return page


def test_an_answer_a_refusal_and_an_error_in_lab(asked, lab, tmp_path):
    page = asked
    with sqlite3.connect(CHINOOK) as db:
        (customers,) = db.execute("SELECT count(*) FROM Customer").fetchone()
        per_country = db.execute("SELECT Country, count(*) FROM Customer GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()

    number = output(page, 1).locator(".aiser.live")
    expect(number.locator(".ans")).to_contain_text(str(customers))
    expect(number.locator(".ans .key")).to_have_text(str(customers))
    expect(output(page, 1).locator(".aiser.still")).to_be_hidden()

    ranking = output(page, 2).locator(".aiser.live")
    bars = ranking.locator("figure svg rect")
    assert bars.count() >= 2
    widths = [box["width"] for box in (bar.bounding_box() for bar in bars.all()) if box]
    assert max(widths) > 50
    cells = ranking.locator("tbody tr").first.locator("td").all_inner_texts()
    assert cells == [per_country[0][0], str(per_country[0][1])]

    ranking.locator("th").first.click()
    expect(ranking.locator("th").first).to_have_attribute("aria-sort", "ascending")
    first = [row.locator("td").first.inner_text() for row in ranking.locator("tbody tr").all()]
    assert first == sorted(first, key=str.casefold)

    expect(ranking.locator(".sqlbox pre.code")).to_be_hidden()
    ranking.get_by_text("How I got here").click()
    expect(ranking.locator(".sqlbox pre.code")).to_be_visible()
    expect(ranking.locator(".sqlbox pre.code")).to_contain_text("GROUP BY")
    expect(ranking.locator("dl")).to_contain_text("Number of customers per country")

    refused = output(page, 3).locator(".aiser.live")
    expect(refused.locator(".lede")).to_contain_text("can't answer")
    suggestion = refused.locator(".ql button").first
    said = suggestion.inner_text()
    suggestion.click()
    made = page.locator(".jp-CodeCell").nth(4)
    expect(made.locator(".cm-content")).to_have_text(f"%%ask{said}")
    expect(made.locator(".jp-InputPrompt")).to_have_text("[ ]:")

    error = output(page, 5).locator(".aiser.still")
    expect(error.locator(".lede b")).to_have_text("FirstNam")
    expect(error).to_contain_text("FirstName")

    ranking.scroll_into_view_if_needed()
    page.screenshot(path=pictures(tmp_path) / "lab_card.png")


@pytest.mark.parametrize("trusted", [True, False])
def test_a_saved_notebook_shows_its_cards_before_anything_is_run(lab, page, trusted):
    view = CardView(
        "answered", headline=(Run("There are "), Run("59", "key"), Run(" customers.")), scope="Count of customers", code="SELECT 59"
    )
    gone = {"application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0, "model_id": "0" * 32}, MIME: {"v": 1}}
    cell = nbformat.v4.new_code_cell("%%ask\nHow many customers?", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("display_data", {**still_bundle(view), **gone})]
    nb = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    name = f"saved_{trusted}.ipynb"
    nbformat.write(nb, lab.root / name)
    if trusted:
        NotebookNotary(data_dir=str(lab.root / ".jupyter-test" / "data")).sign(nb)
    page.goto(lab.page(name))
    key = output(page, 0).locator(".ans .key")
    expect(key).to_have_text("59")
    wait_for_kernel(page)
    expect(key).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    output(page, 0).get_by_text("How I got here").click()
    expect(output(page, 0).locator("pre.code")).to_have_text("SELECT 59")
    weight = key.evaluate("element => getComputedStyle(element).fontWeight")
    assert (weight == "700") is trusted, "a notebook that is not trusted loses its style, and nothing else"


def test_a_reading_that_is_chosen_becomes_the_answer_and_can_be_changed_back(lab, page, notebook):
    shutil.copy(CHINOOK, lab.root / "chinook.sqlite")
    cells = ["%load_ext aiser_jupyter\n%aiser connect chinook.sqlite", "%%ask\nhow many tracks does Iron Maiden have"]
    page.goto(lab.page(notebook("choose.ipynb", cells)))
    wait_for_kernel(page)
    for index in range(len(cells)):
        run_cell(page, index, index + 1)
    card = output(page, 1).locator(".aiser.live")
    expect(card.locator(".lede")).to_contain_text("not sure enough")
    reading = card.locator(".one", has_text="Count of tracks for artist Iron Maiden").filter(has_text="213").first
    expect(reading).to_be_visible()
    reading.get_by_role("button", name="Use this one").click()
    expect(card.locator(".ans")).to_have_text("There are 213 tracks for artist Iron Maiden.")
    card.get_by_text("How I got here").click()
    expect(card.locator(".thoughts")).to_contain_text("You chose this reading")
    expect(card.locator(".conf b")).to_have_text("High: 1.00")
    card.get_by_role("button", name="Use this reading").first.click()
    expect(card.locator(".ans")).not_to_have_text("There are 213 tracks for artist Iron Maiden.")


# The engine sleeps instead of reading the question, so that there is time to press Stop.
RUNNING = """%load_ext aiser_jupyter
import time
import aiser_jupyter
aiser_jupyter.workspace().ask = lambda *_, **__: time.sleep(60)
get_ipython().run_cell_magic("ask", "", "revenue by month")
"""


def test_stop_interrupts_the_kernel_and_the_card_says_so(lab, page, notebook):
    page.goto(lab.page(notebook("stop.ipynb", [RUNNING])))
    wait_for_kernel(page)
    start_cell(page, 0)
    running = output(page, 0).locator(".aiser.live")
    expect(running.locator(".lede")).to_have_text("revenue by month")
    running.get_by_role("button", name="Stop").click()
    expect(output(page, 0).locator(".aiser.live .lede")).to_have_text("Stopped.")
    expect(output(page, 0)).to_contain_text("KeyboardInterrupt")
    expect(page.locator(".jp-InputPrompt").first).to_have_text("[1]:")


def pictures(otherwise: Path) -> Path:
    """Where pictures of this run go: the folder that AISER_PICTURES names, or the test's own."""
    return Path(os.environ.get("AISER_PICTURES", otherwise))
