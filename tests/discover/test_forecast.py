import numpy as np
import pytest

from aiser_jupyter.discover.forecast import MODELS, TooShortError, drift, forecast, naive, seasonal_naive, theta


def seasons(years, rng, noise=3.0):
    steps = np.arange(12 * years)
    return 100 + 0.5 * steps + 30 * np.sin(2 * np.pi * steps / 12) + rng.normal(0, noise, len(steps))


def test_a_seasonal_series_is_forecast_far_better_than_by_its_last_value():
    rng = np.random.default_rng(1)
    values = seasons(7, rng)
    found = forecast(values[:-12], 12, 12)
    error = np.abs(np.array(found.values) - values[-12:]).mean()
    assert error < 0.4 * np.abs(values[-13] - values[-12:]).mean()
    assert found.beaten
    assert found.skill > 0.02


def test_a_random_walk_gets_a_simple_forecast_and_intervals_that_hold():
    rng = np.random.default_rng(2)
    simple, inside = 0, []
    for _ in range(20):
        walk = np.cumsum(rng.normal(0, 1, 66)) + 100
        found = forecast(walk[:60], 6, 1)
        simple += not found.beaten or found.skill < 0.1
        inside += list((walk[60:] >= found.low[95]) & (walk[60:] <= found.high[95]))
    assert simple >= 15
    assert np.mean(inside) > 0.88


def test_short_and_constant_series_are_refused():
    with pytest.raises(TooShortError, match="11 periods"):
        forecast(np.arange(11.0), 3, 1)
    with pytest.raises(TooShortError, match="same value"):
        forecast(np.full(30, 5.0), 3, 12)


def test_simple_models_say_what_their_names_say():
    values = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0])
    assert naive(values, 2, 1)[0].tolist() == [5, 5]
    assert seasonal_naive(values, 3, 2)[0].tolist() == [3, 5, 3]
    assert drift(values, 2, 1)[0] == pytest.approx([5.8, 6.6])
    assert theta(np.arange(1.0, 25.0), 1, 1)[0][0] == pytest.approx(24.5, abs=0.6)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_gives_a_value_and_a_growing_error_for_each_period(name):
    values = seasons(5, np.random.default_rng(3))
    mean, error = MODELS[name](values, 14, 12)
    assert mean.shape == error.shape == (14,)
    assert np.isfinite(mean).all()
    assert (np.diff(error) >= -1e-9).all() or name in {"Theta", "Theta and ETS"}  # their error follows the season
    assert (error > 0).all()


def test_what_was_never_negative_is_not_forecast_below_zero():
    rng = np.random.default_rng(4)
    found = forecast(rng.poisson(2, 40).astype(float), 6, 12)
    assert min(found.low[95]) >= 0
    assert all(a <= b <= c <= d for a, b, c, d in zip(found.low[95], found.low[80], found.high[80], found.high[95], strict=True))
