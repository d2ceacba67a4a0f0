from __future__ import annotations

from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.errors import QueryError
from aiser_jupyter.widgets import Progress, show, view_of
from aiser_jupyter.widgets.answer_card import bundle
from aiser_jupyter.widgets.view import CardView, Run, Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def answer():
    ws = aiser.Workspace()
    ws.connect(ROOT / "examples" / "data" / "chinook.sqlite")
    return ws.ask("Number of customers per country")


def test_plain_python_prints_the_text(capsys):
    assert show(CardView("answered", headline=(Run("There are 59 customers."),))) is None
    assert capsys.readouterr().out == "There are 59 customers.\n"


def test_a_question_in_plain_python_prints_only_its_end(capsys):
    card = Progress("how many customers")
    card.step([Stage("Read the question")])
    card.done(QueryError("There is no table 'x'."))
    assert capsys.readouterr().out == "There is no table x.\n"


def test_a_real_answer_is_drawn_with_its_figure_table_and_sql(answer):
    view = view_of(answer)
    assert view.state == "answered"
    assert view.picture is not None
    assert view.grid is not None
    assert (view.grid.rows[0][0].text, view.grid.rows[0][1].text) == ("USA", "13")
    assert [run.text for run in view.headline if run.emphasis == "key"] == ["13"]
    assert "\nGROUP BY" in view.code
    forms = bundle(answer, extra={"application/vnd.aiser+json": {"v": 1}})
    assert set(forms) == {"text/html", "text/plain", "application/vnd.aiser+json"}
    assert 'role="img"' in forms["text/html"]
    assert "USA" in forms["text/plain"]
