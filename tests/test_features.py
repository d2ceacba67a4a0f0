"""What is switched off is gone from every surface, and the rest stays."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from aiser_jupyter import features
from aiser_jupyter.errors import UsageError
from aiser_jupyter.workspaces import Workspace

CALLS = {
    "add": lambda ws: ws.add("nowhere.csv"),
    "sql": lambda ws: ws.sql("select 1"),
    "ask": lambda ws: ws.ask("how many orders are there"),
    "discover": lambda ws: ws.discover("orders"),
    "why": lambda ws: ws.why("amount"),
    "forecast": lambda ws: ws.forecast("amount"),
    "chart": lambda ws: ws.chart(None),
    "report": lambda ws: ws.report("orders"),
    "semantic": lambda ws: ws.semantic(),
    "materialize": lambda ws: ws.materialize("daily", "select 1"),
    "suggest": lambda ws: ws.suggest(),
}


@pytest.fixture
def ws(tmp_path):
    (tmp_path / "orders.csv").write_text("day,amount\n" + "".join(f"2026-{1 + i // 28:02d}-{1 + i % 28:02d},{i}\n" for i in range(84)))
    with_orders = Workspace(tmp_path)
    with_orders.add(tmp_path / "orders.csv")
    yield with_orders
    with_orders.close()


@pytest.mark.parametrize("feature", sorted(CALLS))
def test_what_is_switched_off_says_so_and_does_nothing(ws, monkeypatch, feature):
    monkeypatch.setenv(features.variable(feature), "off")
    with pytest.raises(UsageError, match="switched off here") as told:
        CALLS[feature](ws)
    assert told.value.where == f"AISER_ENABLE_{feature.upper()}=off"


def test_a_question_that_asks_for_what_is_switched_off_says_so(ws, monkeypatch):
    monkeypatch.setenv("AISER_ENABLE_FORECAST", "false")
    found = ws.ask("forecast the amount for the next 3 months")
    assert not found.answered
    assert "AISER_ENABLE_FORECAST" in found.reason
    assert list(ws.ask("how many orders are there").result.rows(1)[0].values()) == [84]


def test_no_model_is_asked_where_models_are_switched_off(ws, monkeypatch):
    monkeypatch.setenv("AISER_MODEL", "openai/gpt-x")
    monkeypatch.setenv("AISER_ENABLE_MODEL", "no")
    checks = {check.name: check for check in ws.status().checks}
    assert checks["model"].detail.startswith("none set up")


def test_the_start_page_offers_nothing_that_is_switched_off(ws, monkeypatch):
    from aiser_jupyter.widgets.start_page import start_page

    assert "%%ask" in start_page(ws)
    monkeypatch.setenv("AISER_ENABLE_ASK", "false")
    assert "questions to try" not in start_page(ws)


def test_the_status_tells_what_is_off_and_what_switches_nothing(ws, monkeypatch):
    monkeypatch.setenv("AISER_ENABLE_FORECAST", "false")
    monkeypatch.setenv("AISER_ENABLE_FORCAST", "false")
    checks = {check.name: check for check in ws.status().checks}
    assert checks["features"].detail == "off: forecast"
    assert not checks["features"].ok
    assert checks["features"].hint == "AISER_ENABLE_FORCAST switches nothing; did you mean AISER_ENABLE_FORECAST?"


def test_a_policy_cannot_be_switched_off(tmp_path, monkeypatch):
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute("create table orders as select 1 as id, 'north' as region union all select 2, 'south'")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(
        'v = 1\n[roles.all]\nmembers = ["*"]\n[roles.all.tables.orders]\nrows = "region = \'north\'"\n'
    )
    monkeypatch.setenv("AISER_ENABLE_POLICY", "false")
    monkeypatch.setenv("AISER_ENABLE_AUDIT", "false")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", name="shop")
    assert ws.sql("select count(*) as n from orders", on="shop").rows(1) == [{"n": 1}]
    ws.close()


def test_the_command_line_has_no_command_that_is_switched_off(tmp_path):
    def aiser(*words, **more):
        import os

        call = [sys.executable, "-c", "from aiser_jupyter.cli import main; main()", *words]
        return subprocess.run(call, cwd=tmp_path, env={**os.environ, **more}, capture_output=True, text=True, check=False)

    told = aiser("discover", "orders", "--json", AISER_ENABLE_DISCOVER="false")
    assert told.returncode == 2
    assert "switched off" in json.loads(told.stdout)["error"]["message"]
    assert "discover " not in aiser("--help", AISER_ENABLE_DISCOVER="false").stdout
