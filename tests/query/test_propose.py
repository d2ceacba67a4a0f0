from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import yaml

from aiser_jupyter import Workspace
from aiser_jupyter.query.propose import propose


@pytest.fixture
def ws(tmp_path):
    made = Workspace(tmp_path)
    days = [dt.date(2026, 1, 1 + i % 28) for i in range(60)]
    made.add(
        pd.DataFrame(
            {
                "line_id": range(60), "invoice_date": days, "Country": ["DE", "FR", "UK"] * 20, "Quantity": range(60), "UnitPrice": [1.5, 2.0] * 30,
                "discount_rate": [0.1, 0.2] * 30, "year": [2026] * 60, "paid": [True, False] * 30, "note": [f"text {i}" for i in range(60)],
            }
        ),
        "lines",
    )  # fmt: skip
    yield made
    made.close()


def test_metrics_dimensions_and_time_are_proposed_and_each_runs(ws, tmp_path):
    model = propose(ws.catalog("files"))
    metrics = {metric.name: metric.sql for metric in model.metrics}
    assert metrics["revenue"] == 'sum("Quantity" * "UnitPrice")'
    assert metrics["average UnitPrice"] == 'avg("UnitPrice")'
    assert "average discount_rate" in metrics
    assert not any("year" in name or "line_id" in name for name in metrics)
    for metric in model.metrics:
        assert ws.sql(f"SELECT {metric.sql} AS value FROM {metric.table}").rows()[0]["value"] is not None
    assert {one.column for one in model.dimensions} == {"Country", "paid"}
    assert [one.column for one in model.time] == ["invoice_date"]
    read = yaml.safe_load(model.yaml())
    assert (read["v"], read["metrics"]["lines count"]["sql"]) == (1, "count(*)")
    assert read["metrics"]["revenue"] == {"sql": 'sum("Quantity" * "UnitPrice")', "table": "lines", "reason": "Quantity times UnitPrice"}
    assert read["tables"] == {"lines": {"time": "lines.invoice_date"}}
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "semantic.yaml").write_text(model.yaml())
    assert len(ws.semantic("files").check()) == 0
    (tmp_path / ".aiser" / "semantic.yaml").unlink()
    (tmp_path / ".aiser").rmdir()
    assert not (tmp_path / ".aiser").exists()
