from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aiser_jupyter.discover.correlation import Correlation
from aiser_jupyter.discover.scan import scan


def pairs(evidence, frame):
    return list(Correlation().tests(evidence(frame)))


def test_it_is_spearmans_test(evidence, random):
    x = random.normal(size=500)
    frame = pd.DataFrame({"spend": np.exp(x), "visits": 0.3 * x + random.normal(size=500)})
    (found,) = pairs(evidence, frame)
    theirs = stats.spearmanr(frame["spend"], frame["visits"])
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.direction == 1


def test_the_two_ends_are_told(evidence, random):
    x = random.normal(size=800)
    frame = pd.DataFrame({"spend": 100 + 20 * x, "visits": 50 - 9 * x + random.normal(0, 9, 800)})
    (found,) = scan(evidence(frame).relation)
    assert (found.kind, found.direction) == ("correlation", -1)
    quarter = pd.qcut(frame["spend"], 4, labels=False)
    values = {f.id.rsplit(".", 1)[1]: f.value for f in found.facts}
    assert values["high"] == pytest.approx(frame.loc[quarter == 3, "visits"].mean())
    assert values["low"] == pytest.approx(frame.loc[quarter == 0, "visits"].mean())
    assert found.statement.startswith("Average visits are lower where spend is higher: ")


def test_what_makes_an_outcome_likelier(evidence, random):
    x = random.normal(size=1000)
    frame = pd.DataFrame({"churn": (random.random(1000) < 1 / (1 + np.exp(-2 * x))).astype(int), "calls": 10 + x})
    (found,) = scan(evidence(frame).relation)
    assert found.columns == ("calls", "churn")
    assert found.statement.startswith("The share with churn is higher where calls are higher")


def test_two_wandering_series_do_not_move_together(evidence, random):
    claims = naive = 0
    for _ in range(40):
        a, b = random.normal(size=(2, 250)).cumsum(axis=1)
        (found,) = pairs(evidence, pd.DataFrame({"day": pd.date_range("2024-01-01", periods=250), "a": a, "b": b}))
        claims += found.p_value < 0.01
        naive += stats.spearmanr(a, b).pvalue < 0.01
    assert naive >= 20
    assert claims <= 2


def test_rows_of_one_customer_are_not_independent(evidence, random):
    claims = 0
    for _ in range(30):
        a, b = (np.repeat(random.normal(size=100), 10) + random.normal(0, 0.3, 1000) for _ in range(2))
        (found,) = pairs(evidence, pd.DataFrame({"customer_id": np.repeat(np.arange(100), 10), "a": a, "b": b}))
        claims += found.p_value < 0.01
    assert claims <= 2


def test_a_copy_is_no_finding(evidence, random):
    x = random.normal(size=300)
    assert list(scan(evidence(pd.DataFrame({"celsius": x, "fahrenheit": 32 + 1.8 * x})).relation)) == []
