from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made import autoregressive
from scipy import stats

from aiser_jupyter.discover.difference import Difference
from aiser_jupyter.discover.scan import scan


def candidates_of(evidence, frame):
    return list(Difference().tests(evidence(frame)))


def test_two_groups_are_welchs_test(evidence, random):
    frame = pd.DataFrame({"variant": random.choice(["A", "B"], 2000), "revenue": random.normal(60, 10, 2000)})
    frame.loc[frame["variant"] == "B", "revenue"] = frame["revenue"] * 1.3 - 16
    (found,) = candidates_of(evidence, frame)
    a, b = (frame.loc[frame["variant"] == v, "revenue"] for v in "AB")
    assert found.p_value == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-6)
    assert found.where == {"variant": "B" if b.mean() > a.mean() else "A"}
    assert found.direction == 1


def test_the_level_that_stands_out_is_named(evidence, random):
    plan = random.choice(["basic", "plus", "pro", "team"], 800)
    frame = pd.DataFrame({"plan": plan, "revenue": 100 + 8 * (plan == "pro") + random.normal(0, 10, 800)})
    (found,) = candidates_of(evidence, frame)
    assert (found.where, found.direction) == ({"plan": "pro"}, 1)
    claim = found.claim()
    by_plan = frame.groupby("plan")["revenue"].mean()
    values = {fact.id.rsplit(".", 1)[1]: fact.value for fact in claim.facts}
    assert values["value"] == pytest.approx(by_plan["pro"])
    assert values["elsewhere"] == pytest.approx(frame.loc[plan != "pro", "revenue"].mean())
    assert values["rows_in"] == (plan == "pro").sum()
    assert values["rows_all"] == 800
    assert claim.statement.startswith("Average revenue is 1")
    assert claim.effect == pytest.approx(by_plan["pro"] - frame.loc[plan != "pro", "revenue"].mean())


def test_shares_differ(evidence, random):
    channel = random.choice(["web", "store", "phone"], 1500)
    frame = pd.DataFrame(
        {"channel": channel, "returned": np.where(random.random(1500) < np.where(channel == "phone", 0.5, 0.3), "yes", "no")}
    )
    (found,) = candidates_of(evidence, frame)
    assert (found.where, found.direction) == ({"channel": "phone"}, 1)
    claim = found.claim()
    assert claim.statement.startswith("The share with returned is 5") or claim.statement.startswith("The share with returned is 4")
    assert claim.unit == "pp"
    assert 10 < claim.effect < 30


def test_rare_outcomes_are_counted_exactly(evidence, random):
    frame = pd.DataFrame({"variant": ["A"] * 500 + ["B"] * 500, "failed": [1] * 8 + [0] * 992})
    frame = frame.sample(frac=1, random_state=1)
    (found,) = candidates_of(evidence, frame)
    assert found.p_value >= stats.fisher_exact([[8, 492], [0, 500]])[1] * 0.999


def test_skewed_measures_are_told_by_their_median(evidence, random):
    group = random.choice(["x", "y", "z"], 3000)
    frame = pd.DataFrame({"group": group, "spend": random.lognormal(2, 2, 3000) * np.where(group == "y", 2, 1)})
    (found,) = candidates_of(evidence, frame)
    claim = found.claim()
    assert found.where == {"group": "y"}
    assert claim.statement.startswith("Median spend is")
    values = {fact.id.rsplit(".", 1)[1]: fact.value for fact in claim.facts}
    assert values["value"] == pytest.approx(frame.loc[group == "y", "spend"].median())
    assert values["elsewhere"] == pytest.approx(frame.loc[group != "y", "spend"].median())


def test_before_and_after_in_a_wandering_series_is_no_difference(evidence, random):
    claims = 0
    for _ in range(40):
        frame = pd.DataFrame(
            {
                "day": pd.date_range("2024-01-01", periods=300),
                "phase": ["before"] * 150 + ["after"] * 150,
                "price": autoregressive(random, 300, 0.9),
            }
        )
        claims += candidates_of(evidence, frame)[0].p_value < 0.01
    assert claims <= 2


def test_rows_of_one_customer_are_not_independent(evidence, random):
    claims = naive = 0
    for _ in range(30):
        customer = np.repeat(np.arange(100), 10)
        frame = pd.DataFrame(
            {
                "customer_id": customer, "country": np.repeat(random.choice(["UK", "FR"], 100), 10),
                "price": np.repeat(random.normal(size=100), 10) + random.normal(0, 0.3, 1000),
            }
        )  # fmt: skip
        claims += candidates_of(evidence, frame)[0].p_value < 0.01
        naive += stats.ttest_ind(*(g["price"] for _, g in frame.groupby("country"))).pvalue < 0.01
    assert naive >= 8
    assert claims <= 2


def test_a_bin_of_the_measure_is_no_finding(evidence, random):
    step = random.integers(0, 5, 2000)
    assert candidates_of(evidence, pd.DataFrame({"step": np.array(list("abcde"))[step], "step_no": step * 1.0})) == []


def test_small_groups_are_not_judged(evidence, random):
    frame = pd.DataFrame({"group": ["rare"] * 5 + ["common"] * 500, "price": np.r_[np.full(5, 99.0), random.normal(size=500)]})
    assert all(c.where != {"group": "rare"} for c in candidates_of(evidence, frame))


def test_the_same_difference_is_told_once(evidence, random):
    net = random.choice(["fibre", "none"], 2000)
    frame = pd.DataFrame(
        {
            "net": net,
            "backup": np.where(net == "none", "no net", random.choice(["yes it is", "not"], 2000)),
            "price": 50 + 20 * (net == "fibre") + random.normal(0, 10, 2000),
        }
    )
    found = [f for f in scan(evidence(frame).relation) if "price" in f.columns]
    assert len(found) == 1


def test_groups_without_a_difference_are_left_alone(evidence, random):
    claims = 0
    for _ in range(60):
        frame = pd.DataFrame({"group": random.choice(list("abcdef"), 600), "price": random.gamma(3, 10, 600)})
        claims += candidates_of(evidence, frame)[0].p_value < 0.05
    assert claims <= 7
