from __future__ import annotations

import numpy as np
import pytest
from made import autoregressive, daily

from aiser_jupyter.discover.anomaly import Anomaly, commonest, tail
from aiser_jupyter.discover.scan import scan


def test_spikes_are_found_on_their_days(evidence, random):
    y = 200 + random.normal(0, 5, 300)
    y[[60, 150]] += [60, -70]
    found = {f.where["date"][:10]: f for f in scan(evidence(daily(y)).relation) if f.kind == "anomaly"}
    assert {day: f.direction for day, f in found.items()} == {"2024-03-01": 1, "2024-05-30": -1}
    high = found["2024-03-01"]
    assert "unusually high on 1 Mar 2024" in high.statement
    assert next(f.value for f in high.facts if f.id.endswith("seen")) == pytest.approx(y[60])
    around = np.r_[y[53:60], y[61:68]]
    assert next(f.value for f in high.facts if f.id.endswith("usual")) == pytest.approx(around.mean())
    assert next(f.value for f in high.facts if f.id.endswith("neighbours")) == 14


@pytest.mark.parametrize("kind", ["normal", "memory", "walk", "skewed", "heavy"])
def test_noise_has_no_anomalies(evidence, random, kind):
    make = {
        "normal": lambda: random.normal(size=200), "memory": lambda: autoregressive(random, 200, 0.8), "walk": lambda: random.normal(size=200).cumsum(),
        "skewed": lambda: random.lognormal(2, 0.8, 200), "heavy": lambda: random.standard_t(5, 200),
    }[kind]  # fmt: skip
    claims = sum(any(c.p_value < 0.01 for c in Anomaly().tests(evidence(daily(make())))) for _ in range(40))
    assert claims <= 3


def test_a_series_of_equal_values_has_no_spread_to_stand_out_from(evidence):
    y = np.full(100, 37.62)
    y[40] = 20.0
    assert list(Anomaly().tests(evidence(daily(y)))) == []
    assert commonest(y) == pytest.approx(0.99)


def test_the_tail_of_a_normal_is_taken_as_normal(random):
    assert np.mean([tail(random.normal(size=365)) >= 20 for _ in range(50)]) > 0.6
    assert np.mean([tail(random.standard_t(2, 365)) <= 6 for _ in range(50)]) > 0.6


def test_the_edge_of_a_change_is_no_anomaly(evidence, random):
    at = np.arange(300)
    y = 100 + random.normal(0, 2, 300) + 30 * (at >= 150)
    y[150:152] -= 12  # a level that builds up over two days
    assert {f.kind for f in scan(evidence(daily(y)).relation)} == {"change_point"}
