from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from made import autoregressive, daily

from aiser_jupyter.chart.series import frame as bars
from aiser_jupyter.chart.table import view
from aiser_jupyter.discover.scan import scan
from aiser_jupyter.discover.seasonality import Seasonality, numbers, part, short
from aiser_jupyter.spec import ChartSpec


def test_a_weekly_rhythm(evidence, random):
    days = pd.date_range("2024-01-01", periods=280)
    frame = daily(100 + 10 * (days.day_of_week == 5) + random.normal(0, 4, 280))
    (found,) = scan(evidence(frame).relation)
    assert (found.kind, dict(found.where), found.direction) == ("seasonality", {"period": 7}, None)
    assert "follows the day of the week: highest on Saturdays (1" in found.statement
    highest = next(f.value for f in found.facts if f.id == "season-price-7-high.value")
    assert highest == pytest.approx(frame.loc[days.day_of_week == 5, "price"].mean())
    drawn = evidence(frame).relation.ask(found.sql).column("weekday").to_pylist()
    assert drawn == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert found.chart is not None
    assert (found.chart.x, found.chart.highlight, found.chart.subtitle) == ("weekday", ("Sat",), "Average price by day of the week")


@pytest.mark.parametrize("period", [4, 7, 12, 24])
def test_parts_are_drawn_in_the_order_of_the_calendar(period):
    names = [short(period, number) for number in numbers(period)]
    names = names[1:] + names[:1] if period == 7 else names
    spec = ChartSpec(kind="bar", x="part", y=("value",))
    assert list(bars(spec, view(pa.table({"part": names, "value": [1.0 + i % 3 for i in range(period)]}))).labels) == names


def test_a_yearly_rhythm_of_months(evidence, random):
    months = pd.date_range("2014-01-01", periods=120, freq="MS")
    frame = pd.DataFrame({"month": months, "price": 50 + 8 * np.cos(2 * np.pi * (months.month - 7) / 12) + random.normal(0, 3, 120)})
    (found,) = scan(evidence(frame).relation)
    assert dict(found.where) == {"period": 12}
    assert any(f"highest in {m}" in found.statement for m in ("Jun", "Jul", "Aug"))


def test_noise_that_remembers_has_no_rhythm(evidence, random):
    p_values = [c.p_value for _ in range(100) for c in Seasonality().tests(evidence(daily(autoregressive(random, 280, 0.8))))]
    assert len(p_values) == 100
    assert np.mean(np.array(p_values) < 0.05) <= 0.1


@pytest.mark.parametrize(
    ("period", "dialect", "sql"), [(7, "sqlite", "'%w'"), (4, "sqlite", "+ 2) / 3"), (7, "duckdb", "dow"), (12, "postgres", "month")]
)
def test_parts_of_a_cycle_in_each_dialect(period, dialect, sql):
    assert sql in part(period, dialect).replace("MONTH", "month").replace("DOW", "dow").replace("DAYOFWEEK", "dow")
