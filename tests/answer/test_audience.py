from datetime import UTC, datetime

import pytest

from aiser_jupyter.answer.answer import Part
from aiser_jupyter.answer.audience import brief, short
from aiser_jupyter.answer.build import answer
from aiser_jupyter.facts import check, fact
from aiser_jupyter.workspaces import Workspace

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1297, "", "1.30k"),
        (1000, "", "1k"),
        (9994, "", "9.99k"),
        (-1297.4, "$", "\u2212$1.30k"),
        (3503, "orders", "3.50k orders"),
        (9999, "", "10.0k"),
        (579, "", "579"),
        (13_510_042, "$", "$13.5M"),
        (0.3702, "share", "37\u202f%"),
        (2024.0, "%", "2,024\u202f%"),
    ],
)
def test_an_executive_reads_three_digits_that_still_are_the_fact(value, unit, told):
    found = fact(value, unit=unit, sql="SELECT 1", source="shop", as_of=NOW)
    part = short(Part(found.text, found.id), found)
    assert part.text == told
    assert check(part.text.replace(" orders", ""), [found]) == ()


@pytest.fixture
def for_audience(shop, tmp_path, monkeypatch):
    def asked(audience):
        monkeypatch.setenv("AISER_AUDIENCE", audience)
        workspace = Workspace(tmp_path)
        workspace.connect(shop, name="shop")
        found = answer(workspace.context, "How many orders are there?", on="shop")
        workspace.close()
        return found

    return asked


def test_each_audience_gets_its_own_detail(for_audience):
    executive, analyst, engineer = (for_audience(a) for a in ("executive", "analyst", "engineer"))
    assert executive.sentence == analyst.sentence == engineer.sentence == "There are 100 orders."
    assert "SELECT" not in repr(executive)
    assert "Computed: Count of orders" in repr(analyst)
    assert (analyst.plan, executive.plan) == ("", "")
    assert "scan" in engineer.plan.lower()
    assert engineer.sql in repr(engineer)
    assert "ms  Ran the query" in repr(engineer)
    assert brief(analyst).sentence == analyst.sentence
