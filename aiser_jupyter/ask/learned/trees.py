"""Gradient-boosted trees as plain arrays, evaluated with numpy (Friedman 2001; trained elsewhere)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BLOCK = 128
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

    @cached_property
    def _walk(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The features as wide numbers, and the right and left child of each node side by side."""
        return self.feature.astype(np.int32), np.stack([self.right, self.left], axis=1).ravel()

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The log-odds of each row; a missing feature is NaN."""
        feature, child = self._walk
        found = np.empty(len(rows))
        for first in range(0, len(rows), BLOCK):  # as many rows at once as stay in the processor's cache
            block = np.ascontiguousarray(rows[first : first + BLOCK])
            flat, gaps = block.ravel(), bool(np.isnan(block).any())
            line = (np.arange(len(block), dtype=np.int32) * block.shape[1])[:, None]
            node = np.repeat(self.roots[None], len(block), axis=0)
            for _ in range(self.depth):
                seen = flat.take(feature.take(node) + line)
                left = seen <= self.threshold.take(node)
                if gaps:
                    left |= np.isnan(seen) & self.missing_left.take(node)
                node = child.take(2 * node + left)
            found[first : first + BLOCK] = self.value.take(node).sum(axis=1, dtype=np.float64)
        return self.base + found

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
