import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from ask.ranking import Line, calibration, summed

from aiser_jupyter.ask.learned.trees import Trees

ROWS = np.array([[0, 0], [2, 1], [np.nan, 3]], np.float32)


def stump(threshold, low, high, base=0.0):
    return Trees(
        feature=np.array([0, 0, 0], np.int16), threshold=np.array([threshold, 0, 0], np.float32), left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32), value=np.array([0, low, high], np.float32), missing_left=np.array([True, False, False]),
        roots=np.array([0], np.int32), base=base, depth=2,
    )  # fmt: skip


def test_a_sum_of_scorers_scores_their_weighted_sum():
    one, two = stump(1.0, -1, 3, base=0.5), stump(-1.0, 4, 7)
    assert summed([one, two], (1.0, 2.0)).score(ROWS).tolist() == (one.score(ROWS) + 2 * two.score(ROWS)).tolist() == [13.5, 17.5, 7.5]


def test_a_line_moves_a_scorer_as_it_moves_its_scores():
    trees, line = stump(1.0, -1, 3, base=0.5), Line(0.5, -2.0)
    assert line.along(trees).score(ROWS).tolist() == line.over(trees.score(ROWS)).tolist()


def test_calibration_makes_the_first_as_often_right_as_its_score_says():
    generator = np.random.default_rng(4)
    scored = []
    for _ in range(4000):
        scores = generator.normal(size=3)
        first = int(np.argmax(scores))
        chance = 1 / (1 + np.exp(-(2 * scores[first] - 1)))
        known = np.zeros(3, bool)
        known[first] = generator.random() < chance
        scored.append((scores, known))
    line = calibration(scored)
    assert (line.slope, line.shift) == (pytest.approx(2.0, abs=0.3), pytest.approx(-1.0, abs=0.3))
