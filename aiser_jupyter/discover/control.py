"""One false-discovery control over all tests of a scan."""

from __future__ import annotations

from collections.abc import Sequence

# The expected share of false claims among all claims; on a table with nothing in it, the chance of any claim.
LEVEL = 0.02


def q_values(p_values: Sequence[float], *, dependent: bool = False) -> list[float]:
    """For each test the smallest level at which it would be claimed.

    Benjamini and Hochberg (1995); with ``dependent`` the harmonic factor of Benjamini and Yekutieli (2001), which holds under any dependence.
    """
    n = len(p_values)
    factor = sum(1 / i for i in range(1, n + 1)) if dependent else 1.0
    out = [1.0] * n
    lowest = 1.0
    for rank, i in sorted(enumerate(sorted(range(n), key=lambda i: p_values[i]), 1), reverse=True):
        lowest = min(lowest, p_values[i] * n * factor / rank)
        out[i] = lowest
    return out
