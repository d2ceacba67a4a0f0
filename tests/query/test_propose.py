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
    assert (read["v"], read["source"], read["metrics"][0]["sql"]) == (1, "files", "count(*)")
    assert not (tmp_path / ".aiser").exists()
