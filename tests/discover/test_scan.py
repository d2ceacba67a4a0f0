from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.discover import Finding
from aiser_jupyter.discover.candidate import Candidate
from aiser_jupyter.discover.control import LEVEL
from aiser_jupyter.discover.rank import fitting, told
from aiser_jupyter.discover.scan import scan
from aiser_jupyter.errors import UnknownNameError, UsageError

TELCO = Path("../shared/data/business/telco_churn/telco.csv")


def shop(random: np.random.Generator, n: int = 2000) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=n // 5).repeat(5)
    region = np.tile(np.array(["North", "South", "East", "West", "O'Hara"]), n // 5)
    price = 50 + 0.02 * np.arange(n) / 5 + 10 * (region == "O'Hara") + random.normal(0, 5, n)
    return pd.DataFrame(
        {"day": days, "region": region, "price": price, "noise": random.normal(size=n), "spend": random.lognormal(1, 0.8, n)}
    )


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def check(workspace, findings, on):
    for found in findings:
        rows = workspace.sql(found.sql, on=on).rows()
        printed = [r for r in rows if all(f.value in r.values() for f in found.facts)]
        assert printed, f"no row of the finding's own query holds its numbers: {found.statement}"
        numbers = re.findall(r"\d[\d,.]*\d|\d", " ".join(f.text for f in found.facts) + " ".join(map(str, found.where.values())) + " 95")
        assert set(re.findall(r"\d[\d,.]*\d|\d", found.statement)) <= set(numbers), found.statement


def test_every_number_of_a_finding_is_in_its_query(workspace, random, tmp_path):
    con = sqlite3.connect(tmp_path / "shop.sqlite")
    shop(random).assign(day=lambda d: d["day"].dt.strftime("%Y-%m-%d")).to_sql("orders", con, index=False)
    con.close()
    workspace.connect(tmp_path / "shop.sqlite", name="shop")
    findings = workspace.discover("orders", on="shop")
    assert {f.kind for f in findings} >= {"trend", "difference"}
    assert {"region": "O'Hara"} in [dict(f.where) for f in findings]
    check(workspace, findings, "shop")


def test_a_table_of_duckdb_gives_the_same_as_of_sqlite(workspace, random, tmp_path):
    frame = shop(random)
    workspace.add(frame, name="orders")
    con = sqlite3.connect(tmp_path / "shop.sqlite")
    frame.assign(day=lambda d: d["day"].dt.strftime("%Y-%m-%d")).to_sql("orders", con, index=False)
    con.close()
    ours = workspace.discover("orders")
    workspace.connect(tmp_path / "shop.sqlite", name="shop")
    theirs = workspace.discover("orders", on="shop")
    assert len(ours) > 0
    assert [f.statement for f in ours] == [f.statement for f in theirs]
    check(workspace, ours, "files")


def test_a_frame_and_a_result_are_tables(workspace, random):
    frame = shop(random)
    from_frame = workspace.discover(frame)
    workspace.add(frame, name="orders")
    from_result = workspace.discover(workspace.sql("SELECT * FROM orders"))
    assert [f.statement for f in from_frame] == [f.statement for f in from_result]
    assert all("frame" in f.sql for f in from_frame)


def test_a_finding_carries_what_the_contract_says(workspace, random):
    found = workspace.discover(shop(random))[0]
    assert isinstance(found, Finding)
    assert 0 <= found.p_value <= found.q_value <= LEVEL
    assert all(0 <= share <= 1 for share in (found.confidence, found.impact, found.score))
    assert found.support > 0
    assert found.chart is not None
    assert found.title == found.chart.title
    assert found.recommendation


def test_findings_are_ranked(workspace, random):
    scores = [f.score for f in workspace.discover(shop(random))]
    assert scores == sorted(scores, reverse=True)


def test_nothing_here_is_an_answer(evidence, random):
    empty = 0
    for _ in range(20):
        frame = pd.DataFrame(
            {
                "day": pd.date_range("2024-01-01", periods=300),
                "a": random.normal(size=300),
                "b": random.gamma(2, 1, 300),
                "g": random.choice(list("xyz"), 300),
            }
        )
        findings = scan(evidence(frame).relation)
        empty += len(findings) == 0
        if not findings:
            assert findings.reason.startswith("Nothing here:")
            assert findings.tested > 4
            assert repr(findings) == findings.reason
    assert empty >= 18


def test_a_price_and_its_total_are_no_finding(evidence, random):
    price, quantity = random.uniform(1, 9, 800), random.integers(1, 9, 800)
    findings = scan(evidence(pd.DataFrame({"price": price, "quantity": quantity, "total": price * quantity})).relation)
    assert [f.statement for f in findings] == []


def test_names_of_rows_are_no_measures(evidence, random):
    n = 600
    frame = pd.DataFrame(
        {"invoice_no": np.arange(536365, 536365 + n), "day": pd.date_range("2024-01-01", periods=n), "price": random.normal(size=n)}
    )
    assert list(scan(evidence(frame).relation)) == []


def test_html_escapes_what_the_data_say(evidence, random):
    level = "<script>alert(1)</script>"
    group = np.where(random.random(500) < 0.5, level, "b")
    html = scan(evidence(pd.DataFrame({"g": group, "x": random.normal(size=500) + 3 * (group == level)})).relation)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_too_little_to_test(workspace):
    findings = workspace.discover(pd.DataFrame({"x": [1.0, 2.0]}))
    assert (len(findings), findings.tested) == (0, 0)
    assert "2 rows" in findings.reason


def test_what_is_no_table_is_said(workspace):
    with pytest.raises(UsageError):
        workspace.discover(pd.DataFrame())
    workspace.add(pd.DataFrame({"x": [1.0]}), name="orders")
    with pytest.raises(UnknownNameError):
        workspace.discover("ordres")


@pytest.mark.slow
@pytest.mark.skipif(not TELCO.exists(), reason="the churn table lies outside the repository")
def test_churn_is_found_and_the_same_in_every_process():
    code = f"import pandas as pd, json; from aiser_jupyter import Workspace; print(json.dumps([f.statement for f in Workspace().discover(pd.read_csv({str(TELCO)!r}))]))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    statements = json.loads(runs[0])
    assert any(s.startswith("The share with churn is 43") and "contract is Month-to-month" in s for s in statements)


def ranked_claims(*columns, scores=None):
    made = []
    for i, names in enumerate(columns):
        made.append(
            Candidate(
                kind="difference", columns=names, where={}, direction=1, p_value=1e-9, support=9, strength=3.0,
                impact=scores[i] if scores else 0.5, large=True, claim=lambda: None,
            )
        )  # fmt: skip
    return [(0.001, c) for c in made]


def test_what_was_not_heard_yet_comes_first():
    order = [r.candidate.columns for r in told(ranked_claims(("a", "m"), ("b", "m"), ("c", "n"), scores=[0.9, 0.8, 0.7]))]
    assert order == [("a", "m"), ("c", "n"), ("b", "m")]


def test_scores_fall_along_the_list():
    scores = [r.score for r in told(ranked_claims(("a", "m"), ("b", "m"), ("a", "n"), ("c", "o")))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_six_are_shown_and_the_rest_stands_behind_them(workspace, random):
    frame = pd.DataFrame({f"g{i}": random.choice(["x", "y"], 900) for i in range(9)})
    for i in range(9):
        frame[f"v{i}"] = random.normal(size=900) + (frame[f"g{i}"] == "x")
    findings = workspace.discover(frame)
    assert len(findings) == 9
    assert repr(findings).splitlines()[-1] == "3 more: findings[6:]"
    assert len(repr(findings).splitlines()) == 8
    html = findings._repr_html_()
    assert "<summary>3 more</summary>" in html
    assert all(f.statement in html for f in findings)


def test_money_and_outcomes_matter_more(evidence, random):
    frame = pd.DataFrame(
        {"churn": random.choice(["Yes", "No"], 200), "partner": random.choice(["Yes", "No"], 200), "net_sales": random.normal(size=200)}
    )
    matters = {f.name: f.matters for f in evidence(frame).roles.fields}
    assert matters["churn"] == matters["net_sales"] == 1.0 > matters["partner"]


def test_a_scan_leaves_no_trace_in_the_history(workspace, random):
    workspace.add(shop(random), name="orders")
    workspace.sql("SELECT 1 AS one").rows()
    workspace.discover("orders")
    assert "SELECT 1 AS one" in repr(workspace.history())
    assert "FROM" not in repr(workspace.history())


@pytest.mark.parametrize(
    ("steps", "line", "told"),
    [
        ((100.0, 1e-5), (110.0, 1e-9), "change_point"),  # fits far better, whatever its p-value
        ((104.0, 1e-9), (100.0, 1e-4), "change_point"),  # fits about alike and is surer
        ((104.0, 1e-4), (100.0, 1e-4), "trend"),
        ((120.0, 1e-9), (100.0, 1e-4), "trend"),
    ],
)
def test_one_explanation_of_a_course_is_told(steps, line, told):
    (_, one), *_ = ranked_claims(("day", "price"))
    rivals = [replace(one, kind=kind, fit=fit, p_value=p, family="price") for kind, (fit, p) in (("change_point", steps), ("trend", line))]
    assert [c.kind for _, c in fitting([(0.001, rival) for rival in rivals])] == [told]
