import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from aiser_jupyter.ask.learned.trees import Trees


def test_one_tree_walked_by_hand():
    trees = Trees(
        feature=np.array([0, 0, 1, 0, 0], np.int16), threshold=np.array([1.5, 0, 7, 0, 0], np.float32), left=np.array([1, 1, 3, 3, 4], np.int32),
        right=np.array([2, 1, 4, 3, 4], np.int32), value=np.array([0, -1, 0, 2, 5], np.float32), missing_left=np.array([0, 0, 1, 0, 0], bool),
        roots=np.array([0], np.int32), base=0.5, depth=2,
    )  # fmt: skip
    rows = np.array([[1, 0], [2, 7], [2, 8], [np.nan, np.nan]], np.float32)
    assert trees.score(rows).tolist() == [-0.5, 2.5, 5.5, 2.5]


def test_exported_trees_score_as_scikit_learn_does():
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
    from ask.learn import exported

    generator = np.random.default_rng(3)
    rows = generator.normal(size=(400, 4)).astype(np.float32)
    rows[::7, 1] = np.nan
    labels = (rows[:, 0] + np.nan_to_num(rows[:, 1]) > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=8, random_state=0).fit(rows, labels)
    kept = exported(model)
    assert np.allclose(kept.score(rows), model.decision_function(rows), atol=1e-4)
    assert np.allclose(Trees.of(kept.arrays("t"), "t").score(rows), kept.score(rows))
