from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from traitlets.config import Config

from aiser_jupyter.errors import QueryError
from aiser_jupyter.widgets.answer_card import AnswerCard, error_bundle
from aiser_jupyter.widgets.card import card
from aiser_jupyter.widgets.node import plain
from aiser_jupyter.widgets.view import CardView, Run

WIDGET = "application/vnd.jupyter.widget-view+json"
ANSWERED = CardView("answered", headline=(Run("There are "), Run("59", "key"), Run(" customers.")), scope="Count of customers")
CELL = """
from aiser_jupyter.widgets import CardView, Progress, show
from aiser_jupyter.widgets.view import Run, Stage
view = CardView("answered", headline=(Run("There are "), Run("59", "key"), Run(" customers.")), scope="Count of customers")
"""


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    cells = [
        f"{CELL}show(view, extra={{'application/vnd.aiser+json': {{'v': 1}}}});",
        "show(view, live=False)",
        "p = Progress('how many customers')\np.step([Stage('Read the question')], restated='Count', sql='SELECT 1')\nprint(p._card.tree)\np.done(view)",
        "p = Progress('how many customers')\np.stopped()",
    ]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(nb, kernel_name="python3").execute()
    return nb


def test_the_widget_carries_the_tree_and_redraws_it():
    shown = AnswerCard(CardView("running", headline=(Run("Counting"),)))
    assert shown.tree == plain(card(CardView("running", headline=(Run("Counting"),))))
    shown.view = ANSWERED
    assert shown.tree == plain(card(ANSWERED))


def test_stop_is_heard_and_nothing_else_is():
    heard = []
    shown = AnswerCard(ANSWERED, on_stop=lambda: heard.append("stop"))
    for message in ({"do": "stop"}, {"do": "run"}, {}, "stop", None):
        shown._heard(shown, message, [])
    assert heard == ["stop"]


def test_an_output_holds_the_live_and_the_still_forms(executed):
    data = executed.cells[0].outputs[0].data
    assert set(data) == {WIDGET, "text/html", "text/plain", "application/vnd.aiser+json"}
    assert '<span class="n key">59</span>' in data["text/html"]
    assert data["text/plain"].startswith("There are 59 customers.")


def test_a_still_output_has_no_widget(executed):
    assert set(executed.cells[1].outputs[0].data) == {"text/html", "text/plain"}


def test_a_running_card_becomes_the_answer_in_the_saved_notebook(executed):
    shown, printed = executed.cells[2].outputs
    assert '<span class="n key">59</span>' in shown.data["text/html"]
    assert "Read the question" in printed.text
    assert "SELECT" in printed.text


def test_a_stopped_card_says_so_in_the_saved_notebook(executed):
    assert executed.cells[3].outputs[0].data["text/plain"] == "Stopped.\n\nNothing was changed."


@pytest.mark.parametrize("state_saved", [True, False])
def test_a_page_made_of_the_notebook_shows_the_card_without_script(executed, state_saved):
    nb = nbformat.from_dict(executed)
    config = Config()
    if state_saved:
        # What the project's own template sets: a card whose model is saved would else be drawn by script from elsewhere.
        assert nb.metadata["widgets"]
        config.NbConvertBase.display_data_priority = ["text/html", "text/plain"]
    else:
        nb.metadata.pop("widgets", None)
    exporter = HTMLExporter(config=config)
    body, _ = exporter.from_notebook_node(nb)
    assert body.count('<p class="ans">There are <span class="n key">59</span> customers.</p>') == 3
    assert f'<script type="{WIDGET}">' not in body


def test_an_error_is_still():
    forms = error_bundle(QueryError("There is no table 'x'.", hint="Tables: a, b."))
    assert set(forms) == {"text/html", "text/plain"}
    assert forms["text/plain"] == "There is no table x.\n\nTables: a, b."


def test_the_package_of_widgets_loads_nothing_heavy():
    code = (
        "import sys, aiser_jupyter.widgets; print(*sorted({'anywidget', 'ipywidgets', 'pandas', 'pyarrow', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
