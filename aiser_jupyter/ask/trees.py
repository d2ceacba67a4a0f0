"""Gradient-boosted trees as plain arrays, evaluated with numpy (Friedman 2001; trained elsewhere)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FIELDS = ("feature", "threshold", "left", "right", "value", "missing_left", "roots")


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees in one table; a leaf points to itself. ``depth`` bounds the walk, ``base`` is the starting score."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    roots: NDArray[np.int32]
    base: float
    depth: int

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The log-odds of each row; a missing feature is NaN."""
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        line = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            seen = rows[line, self.feature[node]]
            goes_left = np.where(np.isnan(seen), self.missing_left[node], seen <= self.threshold[node])
            node = np.where(goes_left, self.left[node], self.right[node])
        return self.base + self.value[node].sum(axis=1, dtype=np.float64)

    def arrays(self, name: str) -> dict[str, NDArray]:
        """The arrays to be kept under ``name``."""
        kept = {f"{name}.{field}": getattr(self, field) for field in FIELDS}
        return {**kept, f"{name}.base": np.array([self.base]), f"{name}.depth": np.array([self.depth])}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray], name: str) -> Trees:
        """The trees kept under ``name``."""
        return cls(
            *(arrays[f"{name}.{field}"] for field in FIELDS), base=float(arrays[f"{name}.base"][0]), depth=int(arrays[f"{name}.depth"][0])
        )
