"""A card in a page that nbconvert makes without our template, from a notebook that holds the state of its widgets."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from nbformat import v4, write

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
STILL = '<article class="card">the still card</article>'


@pytest.fixture
def saved():
    """A notebook as JupyterLab or an executor saves it: the card as a widget with its state, and as HTML and text."""
    data = {VIEW: {"model_id": "card", "version_major": 2, "version_minor": 0}, "text/html": STILL, "text/plain": "the card in words"}
    cell = v4.new_code_cell("%%ask\nhow many orders", outputs=[v4.new_output("display_data", data=data)])
    state = {"card": {"model_name": "AnyModel", "model_module": "anywidget", "model_module_version": "~0.9", "state": {}}}
    notebook = v4.new_notebook(cells=[cell])
    notebook.metadata["widgets"] = {STATE: {"version_major": 2, "version_minor": 0, "state": state}}
    return notebook


def test_nbconvert_puts_the_widget_before_the_card_that_needs_no_network(saved):
    page, _ = HTMLExporter().from_notebook_node(saved)
    assert STILL not in page  # should this change, docs/reports.md has a line to spare


def test_the_options_of_the_page_on_reports_put_the_card_there(saved, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
    options = re.findall(r"--NbConvertBase\S+", page)
    assert len(options) > 1
    path = tmp_path / "executed.ipynb"
    write(saved, path)
    # In a process of its own, as a user has it: it would close the loop that the browser's tests leave running in this one.
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(path), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert STILL in path.with_suffix(".html").read_text("utf-8")


def test_without_saved_state_the_card_is_there(saved):
    del saved.metadata["widgets"]
    page, _ = HTMLExporter().from_notebook_node(saved)
    assert STILL in page
