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
