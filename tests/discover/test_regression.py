from __future__ import annotations

import numpy as np
import pytest
from made import autoregressive
from statsmodels.api import OLS

from aiser_jupyter.discover.regression import autoregression, filtered, generalised, information, joint, whitened

N = 200


def design(n: int) -> np.ndarray:
    return np.column_stack([np.ones(n), np.linspace(-1, 1, n)])


def share_below(level: float, p_values: list[float]) -> float:
    return float(np.mean(np.array(p_values) < level))


def test_on_white_noise_it_is_ordinary_least_squares(random):
    x = design(400)
    y = x @ [5.0, 2.0] + random.normal(size=400)
    ours, theirs = generalised(y, x), OLS(y, x).fit()
    assert ours.coefficient == pytest.approx(theirs.params[1], rel=0.02)
    assert ours.error == pytest.approx(theirs.bse[1], rel=0.1)
    assert not ours.random_walk


@pytest.mark.parametrize(("phi", "allowed"), [(0.0, 0.04), (0.5, 0.04), (0.8, 0.04), (0.95, 0.04)])
def test_noise_with_memory_has_no_trend(random, phi, allowed):
    x = design(N)
    p_values = [generalised(autoregressive(random, N, phi), x).p_value for _ in range(200)]
    assert share_below(0.01, p_values) <= allowed


def test_a_random_walk_has_no_trend(random):
    x = design(N)
    fits = [generalised(random.normal(size=N).cumsum(), x) for _ in range(200)]
    assert share_below(0.01, [f.p_value for f in fits]) <= 0.04
    assert np.mean([f.random_walk for f in fits]) > 0.95


def test_naive_least_squares_would_have_claimed_most_random_walks(random):
    x = design(N)
    p_values = [OLS(random.normal(size=N).cumsum(), x).fit().pvalues[1] for _ in range(50)]
    assert share_below(0.01, p_values) > 0.7


def test_a_trend_in_noise_with_memory_is_found(random):
    x = design(N)
    found = [generalised(x @ [0.0, 3.0] + autoregressive(random, N, 0.5), x) for _ in range(50)]
    assert share_below(0.01, [f.p_value for f in found]) > 0.95
    assert np.mean([f.coefficient for f in found]) == pytest.approx(3.0, abs=0.3)


def test_the_weights_of_a_known_process_come_back(random):
    weights = autoregression(autoregressive(random, 5000, 0.6))
    assert weights[0] == pytest.approx(0.6, abs=0.05)
    assert weights.sum() == pytest.approx(0.6, abs=0.05)


def test_white_noise_has_no_weights_worth_keeping(random):
    assert np.abs(autoregression(random.normal(size=2000))).sum() < 0.1


def test_filtered_takes_the_past_out():
    assert filtered(np.array([1.0, 2.0, 4.0, 8.0]), np.array([2.0])).tolist() == [0, 0, 0]


def test_whitened_errors_have_no_memory(random):
    white = whitened(autoregressive(random, 2000, 0.7), design(2000))
    left = white.y - white.y.mean()
    assert abs(float(left[1:] @ left[:-1]) / float(left @ left)) < 0.08
    assert white.freedom < 500


def test_a_joint_test_of_nothing_is_uniform(random):
    shape = np.column_stack([design(N), random.normal(size=(N, 3))])
    p_values = [joint(random.normal(size=N), shape, 3) for _ in range(300)]
    assert 0.02 <= share_below(0.05, p_values) <= 0.09
    assert 0.4 <= share_below(0.5, p_values) <= 0.6


def test_a_constant_series_claims_nothing():
    assert generalised(np.ones(50), design(50)).p_value == 1.0


def test_information_prefers_the_true_shape(random):
    x = np.linspace(-1, 1, N)
    y = 4 * x**2 + random.normal(size=N)
    assert information(y, np.column_stack([design(N), x**2])) < information(y, design(N)) - 10
    flat = random.normal(size=N)
    assert information(flat, np.ones((N, 1))) < information(flat, np.column_stack([design(N), x**2]), hidden=1)
