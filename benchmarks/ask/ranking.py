"""Learning to rank candidates, and how sure the first of them is, from their features and which of them are right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from aiser_jupyter.ask.learned.rank import standing
from aiser_jupyter.ask.learned.trees import Trees

ORDER_WEIGHTS = (1.0, 2.0)
# LightGBM is fast on many features; on one thread it is repeatable.
GROWN: dict[str, Any] = {
    "learning_rate": 0.05, "reg_lambda": 10.0, "colsample_bytree": 0.4, "subsample": 0.8, "subsample_freq": 1, "random_state": 0, "n_jobs": 1,
    "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Log-odds stretched and moved."""

    slope: float
    shift: float

    def over(self, scores: np.ndarray) -> np.ndarray:
        """The scores put through the line."""
        return scores * self.slope + self.shift

    def along(self, trees: Trees) -> Trees:
        """The same scorer with its scores put through the line."""
        return replace(trees, value=(trees.value * self.slope).astype(np.float32), base=trees.base * self.slope + self.shift)


def ranker(features: list[np.ndarray], labels: list[np.ndarray]) -> Trees:
    """The scorer of candidates: how likely each is right, and, twice as heavy, where it stands among those of its question.

    The first is learned from all candidates of all questions, the second (LambdaMART, Burges 2010) from the questions that have a right one and
    a wrong one.
    """
    import lightgbm

    chance = lightgbm.LGBMClassifier(**GROWN, n_estimators=350, num_leaves=24, min_child_samples=40)
    chance.fit(np.concatenate(features), np.concatenate(labels))
    mixed = [i for i, known in enumerate(labels) if known.any() and not known.all()]
    order = lightgbm.LGBMRanker(**GROWN, n_estimators=350, num_leaves=24, min_child_samples=40, lambdarank_truncation_level=3)
    order.fit(
        np.concatenate([features[i] for i in mixed]),
        np.concatenate([labels[i] for i in mixed]).astype(int),
        group=[len(labels[i]) for i in mixed],
    )
    trees = [from_lightgbm(model.booster_.dump_model()) for model in (chance, order)]
    return summed(trees, ORDER_WEIGHTS)


def judge(features: list[np.ndarray], labels: list[np.ndarray], databases: list[str]) -> tuple[Line, Trees]:
    """How the ranker's scores become log-odds, and the scorer of how sure a question's first candidate is.

    Both are learned from rankers that have not seen the question's database; strangers have none.
    """
    names = sorted({name for name in databases if name})
    halves = set(names[::2]), set(names[1::2])
    apart: list[tuple[int, np.ndarray]] = []
    for own, other in (halves, halves[::-1]):
        seen = [i for i, name in enumerate(databases) if name in own or not name]
        scorer = ranker([features[i] for i in seen], [labels[i] for i in seen])
        judged = [i for i, name in enumerate(databases) if name in other or (not name and own is halves[0])]
        apart += [(i, scorer.score(features[i])) for i in judged]
    line = calibration([(scores, labels[i]) for i, scores in apart if databases[i]])
    rows = [standing(features[i], line.over(scores)) for i, scores in apart]
    right = [bool(labels[i][int(np.argmax(scores))]) for i, scores in apart]
    import lightgbm

    model = lightgbm.LGBMClassifier(**GROWN, n_estimators=250, num_leaves=12, min_child_samples=30)
    model.fit(np.stack(rows), np.array(right))
    return line, from_lightgbm(model.booster_.dump_model())


def calibration(scored: list[tuple[np.ndarray, np.ndarray]]) -> Line:
    """The line that makes the first of each question's candidates as often right as its score then says."""
    first = [(scores.max(), bool(known[int(np.argmax(scores))])) for scores, known in scored]
    fitted = LogisticRegression(C=100.0).fit(np.array([[top] for top, _ in first]), np.array([right for _, right in first]))
    return Line(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))


def summed(parts: list[Trees], weights: tuple[float, ...]) -> Trees:
    """One scorer whose score is the weighted sum of the parts' scores."""
    offsets = np.cumsum([0, *(len(part.feature) for part in parts)])

    def joined(name: str, kind: type) -> np.ndarray:
        return np.concatenate([getattr(part, name) + (offset if name in ("left", "right", "roots") else 0) for part, offset in zip(parts, offsets, strict=False)]).astype(kind)  # fmt: skip

    return Trees(
        joined("feature", np.int16), joined("threshold", np.float32), joined("left", np.int32), joined("right", np.int32),
        np.concatenate([part.value * weight for part, weight in zip(parts, weights, strict=True)]).astype(np.float32),
        joined("missing_left", bool), joined("roots", np.int32),
        base=sum(part.base * weight for part, weight in zip(parts, weights, strict=True)), depth=max(part.depth for part in parts),
    )  # fmt: skip


def from_lightgbm(dumped: dict[str, Any]) -> Trees:
    """The trees of a LightGBM model; where it takes a missing value for zero, the side of zero is where a missing value goes."""
    table: list[tuple[int, float, int, int, float, bool]] = []
    depth = 1

    def add(node: dict[str, Any], level: int) -> int:
        nonlocal depth
        depth, at = max(depth, level), len(table)
        if "leaf_value" in node:
            table.append((0, 0.0, at, at, node["leaf_value"], True))
            return at
        table.append((0, 0.0, at, at, 0.0, True))
        zero = node["missing_type"] != "NaN"
        goes_left = node["threshold"] >= 0.0 if zero else node["default_left"]
        left, right = add(node["left_child"], level + 1), add(node["right_child"], level + 1)
        table[at] = (node["split_feature"], node["threshold"], left, right, 0.0, goes_left)
        return at

    roots = [add(tree["tree_structure"], 1) for tree in dumped["tree_info"]]
    feature, threshold, left, right, value, missing_left = zip(*table, strict=True)
    return Trees(
        np.array(feature, np.int16), np.array(threshold, np.float32), np.array(left, np.int32), np.array(right, np.int32), np.array(value, np.float32),
        np.array(missing_left, bool), np.array(roots, np.int32), base=0.0, depth=depth,
    )  # fmt: skip
