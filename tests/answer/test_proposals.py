from types import SimpleNamespace

import pytest

from aiser_jupyter.workspaces import Workspace


def test_every_proposal_is_answered_and_no_two_run_the_same_query(ws):
    asked = ws.suggest("shop")
    answers = [ws.ask(question, on="shop") for question in asked]
    assert 4 <= len(asked) <= 8
    assert all(answer.answered for answer in answers)
    assert len({answer.sql for answer in answers}) == len(answers)


def test_an_executive_is_offered_totals_before_rows(ws):
    assert ws.suggest("shop", audience="executive")[0].startswith(("Total", "Top"))
    assert ws.suggest("shop", audience="analyst")[0].startswith("How many")


def test_whom_answers_are_for_is_whom_questions_are_proposed_for(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_AUDIENCE", "executive")
    workspace = Workspace(tmp_path)
    workspace.connect(shop, name="shop")
    first = workspace.suggest()[0]
    workspace.close()
    assert first.startswith(("Total", "Top"))


def test_what_was_looked_at_lately_comes_first(shop, tmp_path):
    (tmp_path / ".aiser").mkdir()
    workspace = Workspace(tmp_path)
    workspace.connect(shop, name="shop")
    before = workspace.suggest()[0]
    for limit in range(1, 8):
        workspace.sql(f"SELECT name FROM customers LIMIT {limit}").rows(1)
    after = workspace.suggest()[0]
    workspace.close()
    assert "orders" in before
    assert "customers" in after


@pytest.mark.parametrize(
    ("columns", "kind", "asked"), [(("channel", "amount_usd"), "difference", "per channel"), (("amount_usd",), "trend", "per month")]
)
def test_findings_lead_to_questions_on_their_columns(ws, columns, kind, asked):
    assert asked in ws.suggest("shop", findings=[SimpleNamespace(columns=columns, kind=kind)])[0]
