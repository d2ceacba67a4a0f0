import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.learned.rank import standing

SCORES = st.lists(st.floats(-8, 8, width=32), min_size=1, max_size=12)


def test_the_first_candidate_comes_with_how_far_the_others_are_behind():
    rows = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    told = standing(rows, np.array([0.0, 2.0, -1.0]))
    assert told[:6].tolist() == [3.0, 4.0, 2.0, 2.0, 3.0, 11.0]  # its features, its score, the second, the third, and no fifth
    assert told[-1] == 3.0


@given(SCORES)
def test_shares_and_spread_stay_in_their_bounds(scores):
    told = standing(np.zeros((len(scores), 2), np.float32), np.array(scores))
    chances, share, spread, count = map(float, told[-4:])
    assert 0.0 < chances <= count == len(scores)
    assert 1.0 / count - 1e-6 <= share <= 1.0
    assert -1e-6 <= spread <= np.log(count) + 1e-5
