# ruff: noqa: DTZ001, PD011  # moments in a table have no zone; `values` is ours, not that of pandas
from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.discover.series import GRAINS, start_of, steps


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.sampled_from(GRAINS))
def test_the_start_of_a_period_is_in_it_and_is_its_own_start(moment, grain):
    start = start_of(moment, grain)
    assert start <= moment
    assert start_of(start, grain) == start


@pytest.mark.parametrize(
    ("grain", "start"),
    [
        ("minute", datetime(2026, 11, 18, 17, 45)),
        ("hour", datetime(2026, 11, 18, 17)),
        ("day", datetime(2026, 11, 18)),
        ("week", datetime(2026, 11, 16)),
        ("month", datetime(2026, 11, 1)),
        ("quarter", datetime(2026, 10, 1)),
        ("year", datetime(2026, 1, 1)),
    ],
)
def test_where_periods_start(grain, start):
    assert start_of(datetime(2026, 11, 18, 17, 45, 12, 7), grain) == start


@given(st.sampled_from(GRAINS[2:]))
def test_steps_miss_no_period(grain):
    found = steps(start_of(datetime(2019, 2, 3), grain), start_of(datetime(2026, 3, 4), grain), grain)
    assert list(found) == sorted({start_of(s, grain) for s in found})
    assert found[-1] == start_of(datetime(2026, 3, 4), grain)


def test_one_row_a_day_is_a_daily_series(evidence):
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=100), "price": np.arange(100.0) * 2})
    (series,) = evidence(frame).series
    assert (series.calendar.grain, series.statistic, series.values.tolist()) == ("day", "avg", list(np.arange(100.0) * 2))


def test_events_become_whole_weeks_and_money_is_summed(evidence, random):
    moments = pd.Timestamp("2024-01-03 09:00") + pd.to_timedelta(np.sort(random.uniform(0, 500, 20_000)), unit="D")
    frame = pd.DataFrame({"moment": moments, "sales": 2.0 + random.integers(0, 2, 20_000)})
    found = evidence(frame)
    assert found.calendar.grain == "week"
    assert found.calendar.first == datetime(2024, 1, 8)  # the week of 1 January begins before the data
    assert found.calendar.last < start_of(frame["moment"].max(), "week")  # and the last one ends after them
    by_name = {s.measure.name if s.measure else "rows": s for s in found.series}
    inside = frame[(frame["moment"] >= "2024-01-08") & (frame["moment"] < by_name["sales"].starts[-1] + pd.Timedelta(7, "D"))]
    assert by_name["sales"].values.sum() == pytest.approx(inside["sales"].sum())
    assert by_name["rows"].values.sum() == len(inside)


def test_a_missing_day_is_left_out_of_a_mean(evidence):
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=100), "price": np.arange(100.0) * 2}).drop(index=range(40, 50))
    (series,) = evidence(frame).series
    assert len(series.values) == 90
    assert series.index[40] == 50
    assert series.starts[40] == datetime(2024, 2, 20)


def test_scattered_dates_make_no_series(evidence, random):
    days = pd.Timestamp("2000-01-01") + pd.to_timedelta(random.choice(9000, 15, replace=False), unit="D")
    assert evidence(pd.DataFrame({"day": days, "price": random.normal(size=15)})).series == ()
