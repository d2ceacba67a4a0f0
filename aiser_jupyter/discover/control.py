"""One false-discovery control over all tests of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The expected share of false claims among all claims; on a table with nothing in it, the chance of any claim.
LEVEL = 0.02


def q_values(p_values: Sequence[float], weights: Sequence[float] | None = None, *, dependent: bool = False) -> list[float]:
    """For each test the smallest level at which it would be claimed.

    Benjamini and Hochberg (1995), with ``weights`` set before the data are seen as in Genovese, Roeder and Wasserman (2006): they are brought to a mean
    of 1 and divide the p-values. ``dependent`` adds the harmonic factor of Benjamini and Yekutieli (2001), which holds under any dependence.
    """
    n = len(p_values)
    given = weights or [1.0] * n
    mean = sum(given) / max(n, 1)
    weighed = [p * mean / w for p, w in zip(p_values, given, strict=True)]
    factor = sum(1 / i for i in range(1, n + 1)) if dependent else 1.0
    out = [1.0] * n
    lowest = 1.0
    for rank, i in sorted(enumerate(sorted(range(n), key=lambda i: weighed[i]), 1), reverse=True):
        lowest = min(lowest, weighed[i] * n * factor / rank)
        out[i] = lowest
    return out
