from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made import autoregressive, daily

from aiser_jupyter.discover.scan import scan
from aiser_jupyter.discover.trend import Trend, course, told


def only(evidence, frame):
    (candidate,) = Trend().tests(evidence(frame))
    return candidate


def test_a_rising_line(evidence, random):
    found = only(evidence, daily(100 + 0.1 * np.arange(300) + random.normal(0, 3, 300)))
    assert (found.kind, found.columns, found.direction) == ("trend", ("price", "day"), 1)
    assert found.p_value < 1e-6
    claim = found.claim()
    assert claim.effect == pytest.approx(0.1, rel=0.1)
    assert claim.unit == "per day"
    numbers = {fact.id: fact.value for fact in claim.facts}
    assert numbers["trend-price.slope_low"] < 0.1 < numbers["trend-price.slope_high"]
    assert numbers["trend-price.line_start"] == pytest.approx(100, abs=2)
    assert numbers["trend-price.line_end"] == pytest.approx(130, abs=2)
    assert claim.statement.startswith("Average price rose by 0.")
    assert "from about" in claim.statement
    assert "1 Jan 2024" in claim.statement


def test_a_valley_is_no_line(evidence, random):
    x = np.linspace(-1, 1, 300)
    found = only(evidence, daily(100 + 10 * x**2 + random.normal(0, 2, 300)))
    assert found.direction == 1
    assert "fell and then rose" in found.claim().statement


def test_growth_that_feeds_itself(evidence, random):
    found = evidence(daily(20 * np.exp(np.linspace(0, 3, 300)) * np.exp(random.normal(0, 0.1, 300))))
    shape = course(found.series[0]).shape
    assert shape == "growth"
    assert "rose faster and faster" in only(lambda _: found, None).claim().statement


def test_a_line_stays_a_line(evidence, random):
    shapes = [course(evidence(daily(50 + 0.2 * np.arange(200) + random.normal(0, 5, 200))).series[0]).shape for _ in range(20)]
    assert shapes.count("line") >= 17


def test_a_week_hides_no_trend(evidence, random):
    week = 20 * (np.arange(280) % 7 == 0)
    found = only(evidence, daily(100 + 0.05 * np.arange(280) + week + random.normal(0, 2, 280)))
    assert found.p_value < 1e-6


def test_noise_that_remembers_is_not_claimed(evidence, random):
    claims = sum(only(evidence, daily(autoregressive(random, 300, 0.8))).p_value < 0.001 for _ in range(60))
    assert claims <= 1


def test_half_a_last_month_is_no_fall(evidence, random):
    days = pd.date_range("2020-01-01", "2023-06-09")
    moments = days.repeat(random.poisson(20, len(days)) + 1)
    frame = pd.DataFrame(
        {"moment": moments + pd.to_timedelta(random.uniform(0, 0.999, len(moments)), unit="D"), "sales": 1.0 + random.random(len(moments))}
    )
    assert [f.statement for f in scan(evidence(frame).relation) if f.kind == "trend"] == []


def test_the_segment_that_moves_speaks_for_the_total(evidence, random):
    parts = [
        pd.DataFrame({"day": pd.date_range("2024-01-01", periods=250), "region": r, "price": 100 + random.normal(0, 5, 250)})
        for r in "NSEW"
    ]
    parts[2]["price"] += 0.1 * np.arange(250)
    found = list(scan(evidence(pd.concat(parts, ignore_index=True)).relation))
    assert [(f.kind, dict(f.where), f.direction) for f in found] == [("trend", {"region": "E"}, 1)]
    assert "where region is E" in found[0].statement


@pytest.mark.parametrize(
    ("thirds", "words"),
    [
        ((3, 1, 2), "fell and then rose"), ((1, 3, 2), "rose and then fell"), ((1, 2, 4), "rose faster and faster"),
        ((1, 3, 4), "rose more and more slowly"), ((4, 3, 1), "fell faster and faster"), ((4, 2, 1), "fell more and more slowly"),
    ],
)  # fmt: skip
def test_bends_in_words(thirds, words):
    assert told(*thirds) == words
