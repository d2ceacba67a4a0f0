import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.discover.control import q_values
from aiser_jupyter.discover.decompose import Level, additive, mixed, moved, spread


def level(name, before, after):
    return Level(
        name,
        (len(before), len(after)),
        (float(np.sum(before)), float(np.sum(after))),
        (float(np.sum(np.square(before))), float(np.sum(np.square(after)))),
    )


def whole(levels):
    return Level(None, *(tuple(sum(getattr(one, what)[i] for one in levels) for i in (0, 1)) for what in ("rows", "total", "square")))


cells = st.lists(st.floats(1, 100), min_size=1, max_size=30)


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=6))
def test_parts_of_a_total_add_up_to_its_change(groups):
    levels = [level(i, *pair) for i, pair in enumerate(groups)]
    change = whole(levels).total[1] - whole(levels).total[0]
    assert math.isclose(sum(part.amount for part in additive(levels, 1.0)), change, rel_tol=1e-9, abs_tol=1e-6)


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=6))
def test_own_moves_and_mix_add_up_to_the_change_of_a_mean(groups):
    levels = [level(i, *pair) for i, pair in enumerate(groups)]
    change = whole(levels).mean(1) - whole(levels).mean(0)
    assert math.isclose(sum(part.amount for part in mixed(levels, 1.0)), change, rel_tol=1e-9, abs_tol=1e-6)


def test_the_level_that_fell_is_told_from_those_that_went_with_it():
    rng = np.random.default_rng(1)
    levels = [level(n, rng.gamma(4, 25, 400), rng.gamma(4, 25, 100 if n == "south" else 400)) for n in ("north", "south", "east", "west")]
    found = {part.level: part for part in additive(levels, 1.0)}
    assert found["south"].p_value < 1e-9
    assert found["south"].amount == pytest.approx(levels[1].total[1] - levels[1].total[0])
    assert found["south"].excess == pytest.approx(-30_000, rel=0.1)


def test_a_fall_of_all_levels_alike_names_none():
    rng = np.random.default_rng(2)
    levels = [level(i, rng.gamma(4, 25, 600), rng.gamma(4, 25, 300)) for i in range(6)]
    assert moved(whole(levels), 1.0, mean=False) < 1e-9
    assert min(q_values([part.p_value for part in additive(levels, 1.0)])) > 0.05


def test_a_mean_that_moves_by_mix_alone_is_told_as_mix():
    # Each level's mean falls a little while the whole rises, for more rows are of the dear level: Simpson's paradox.
    rng = np.random.default_rng(3)
    levels = [
        level("dear", rng.normal(100, 5, 200), rng.normal(97, 5, 800)),
        level("cheap", rng.normal(20, 5, 800), rng.normal(17, 5, 200)),
    ]
    parts = mixed(levels, 1.0)
    assert sum(p.amount for p in parts if p.effect == "rate") == pytest.approx(-3, abs=0.6)
    assert sum(p.amount for p in parts if p.effect == "mix") == pytest.approx(48, abs=1.5)
    assert max(p.p_value for p in parts) < 1e-6


@pytest.mark.parametrize("mean", [True, False])
def test_noise_is_seldom_called_a_change(mean):
    rng = np.random.default_rng(4)
    claims = sum(
        moved(level("all", rng.gamma(2, 10, rng.poisson(300)), rng.gamma(2, 10, rng.poisson(300))), 1.0, mean=mean) < 0.05
        for _ in range(400)
    )
    assert claims <= 0.08 * 400


def test_noise_seldom_makes_a_driver():
    rng = np.random.default_rng(5)
    claims = 0
    for _ in range(200):
        parts = additive([level(i, rng.gamma(2, 10, rng.poisson(80)), rng.gamma(2, 10, rng.poisson(80))) for i in range(8)], 1.0)
        claims += min(q_values([p.p_value for p in parts])) < 0.05
    assert claims <= 0.09 * 200


def test_spread_is_one_for_independent_rows_and_more_where_periods_swing():
    rng = np.random.default_rng(6)
    calm = [level(i, rng.gamma(2, 10, rng.poisson(200)), []) for i in range(13)]
    wild = [level(i, rng.gamma(2, 10, rng.poisson(200 * rng.choice([0.5, 1.5]))), []) for i in range(13)]
    assert spread(calm, mean=False)[0] < 4
    assert spread(wild, mean=False)[0] > 10
    assert spread(calm[:1], mean=False) == (1.0, 0)
