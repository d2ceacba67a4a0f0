"""What was asked for beside the rest is shown, and nothing that the question has said itself."""

import pytest
from yard import BOAT, BRANCH_NAME, CONDITION, MAKE, MEAN, PRICE, QUANTITY, RATING, USED, doubts_of, just

from aiser_jupyter.ask.plan import Item, Star

CASES = (
    ("theirs", "boats and their rating", just(BOAT, MAKE, RATING), just(RATING)),
    ("theirs_alone", "boats and their rating", just(BOAT, MAKE, RATING), just(MEAN)),
    ("theirs_alone", "average of boats and their rating", just(MEAN), None),
    ("yes_or_no", "do we have boats with a rating", just(Item(Star("boat"), "count", window="exists")), just(RATING)),
    ("yes_or_no", "which ratings do we have", just(RATING), None),
    ("told_already", "used boats", just(BOAT, MAKE, where=(USED,)), just(CONDITION, where=(USED,))),
    ("whose", "boats and their branches", just(MAKE, BRANCH_NAME), just(BRANCH_NAME)),
    ("unshown", "boats in the north, with their rating", just(MAKE, RATING), just(MAKE)),
    ("named_whole", "sale price minus what was listed", just(Item(PRICE, "avg", less=Item(RATING, "avg"))), just(Item(RATING, "avg", less=Item(QUANTITY, "avg")))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "keeps", "breaks"), CASES)
def test_a_plan_that_breaks_it_is_doubted(yard, name, asked, keeps, breaks):
    assert not doubts_of(yard, asked, keeps)
    if breaks is not None:
        assert name in doubts_of(yard, asked, breaks)
