"""What training reads is doubted where it leaves words out, tells figures by a figure, groups by nothing or counts things by their own name."""

import pytest
from yard import BOATS, BRANCH_NAME, EXPENSES, MAKE, QUANTITY, REGION, SALES, VISITS, by, doubts_of, just, looked_at

from aiser_jupyter.ask.doubts import trained
from aiser_jupyter.ask.doubts.doubt import LOST
from aiser_jupyter.ask.doubts.table import fidelity
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item

NORTH = Condition(Item(REGION), "=", ("North",))
HAFEN = Condition(Item(BRANCH_NAME), "=", ("Hafen",))
AT_HAFEN = Condition(Item(ColumnRef("visit", "pier")), "=", ("Hafen",))
BRANCHES = Item(BRANCH_NAME, "count")
CASES = (
    ("by_figure", "sales by quantity", by(MAKE, SALES), by(QUANTITY, SALES)),
    ("ungrouped", "boats by make", by(MAKE, BOATS), just(BOATS)),
    ("other_name", "number of expenses of Hafen", just(EXPENSES, where=(HAFEN,)), just(VISITS, where=(AT_HAFEN,))),
    ("by_own_name", "branches Hafen does in North", just(BRANCHES, where=(NORTH,)), just(BRANCHES, where=(HAFEN,))),
)


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_what_training_read_is_doubted(yard, name, asked, keeps, breaks):
    assert name not in doubts_of(yard, asked, keeps, learned=True)
    assert name in doubts_of(yard, asked, breaks, learned=True)


@pytest.mark.parametrize(
    ("asked", "missing", "doubted"),
    [
        ("boats through the newsletter", ("newsletter",), True),
        ("boats with the newsletter", ("newsletter",), False),
        ("boats of shiny hulls", ("shiny", "hulls"), True),
        ("boats of shiny hulls", ("hulls",), False),
    ],
)
def test_words_without_a_place_are_counted(yard, asked, missing, doubted):
    assert ("unsaid" in doubts_of(yard, asked, just(BOATS), missing, learned=True)) is doubted


def test_each_has_a_case():
    assert {name for name, *_ in CASES} | {"unsaid"} == {doubt.name for doubt in trained.DOUBTS}


def test_what_the_grammar_read_is_not(yard):
    asked, plan = "sales by quantity", by(QUANTITY, SALES)
    assert fidelity(looked_at(yard, asked, plan)) == 1.0
    assert fidelity(looked_at(yard, asked, plan, learned=True)) == LOST
