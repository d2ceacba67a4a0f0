from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from aiser_jupyter.discover.control import q_values

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(P_VALUES)
def test_it_is_benjamini_hochberg(p_values):
    assert q_values(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1], abs=1e-12)


@given(P_VALUES)
def test_it_is_benjamini_yekutieli_under_dependence(p_values):
    assert q_values(p_values, dependent=True) == pytest.approx(multipletests(p_values, method="fdr_by")[1], abs=1e-12)


def test_no_tests_have_no_values():
    assert q_values([]) == []


@given(P_VALUES, st.floats(0.1, 10))
def test_equal_weights_change_nothing(p_values, weight):
    assert q_values(p_values, [weight] * len(p_values)) == pytest.approx(q_values(p_values))


def test_weights_move_the_allowance():
    assert q_values([0.01, 0.01], [3.0, 1.0]) == pytest.approx([0.04 / 3, 0.02])
    assert q_values([0.01, 0.5], [3.0, 1.0]) == pytest.approx([0.04 / 3, 1.0])
