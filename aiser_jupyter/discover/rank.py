"""Which claims pass, which of them say the same, and which come first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.discover.control import LEVEL, q_values

# What a weaker claim must still show once the rows of a stronger one are left out.
STILL = 0.01
# The strongest of one topic are told; more of them would bury the other topics.
MOST = 3
# Below this p-value the larger claim goes first, not the surer one.
BEYOND_DOUBT = 1e-12
# Fits this near each other (in AICc) hardly differ: a p-value lower by this factor decides.
ALIKE, SURER = 8.0, 0.3
# How much of its news a claim keeps for each earlier one on the same column.
HEARD = 0.8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.discover.candidate import Candidate


@dataclass(frozen=True)
class Ranked:
    """A candidate to claim, with its q-value and its score (0 to 1) at its place in the list."""

    candidate: Candidate
    q: float
    score: float


def survivors(candidates: Sequence[Candidate]) -> list[Ranked]:
    """The candidates to claim, most worth telling first: past control, large enough, and not said better by another."""
    scored = zip(q_values([c.p_value for c in candidates], [c.weight for c in candidates]), candidates, strict=True)
    passed = [(q, c) for q, c in scored if q <= LEVEL and c.large]
    kept = fitting(passed)
    absorbed = {family for _, c in kept for family in c.absorbs}
    kept = [(q, c) for q, c in kept if c.family not in absorbed or c.absorbs]
    return told(standing(kept))


def fitting(claims: Sequence[tuple[float, Candidate]]) -> list[tuple[float, Candidate]]:
    """Of each family the explanation that fits best, or of those that fit about alike one that is clearly surer."""
    families: dict[str, dict[float, float]] = {}
    for _, c in claims:
        fits = families.setdefault(c.family, {})
        fits[c.fit] = min(fits.get(c.fit, 1.0), c.p_value)
    chosen: dict[str, float] = {}
    for family, fits in families.items():
        best = min(fits)
        surer = [fit for fit, p in fits.items() if fit < best + ALIKE and p < SURER * fits[best]]
        chosen[family] = min(surer, key=lambda fit: fits[fit], default=best)
    return [(q, c) for q, c in claims if not c.family or c.fit == chosen[c.family]]


def told(claims: Sequence[tuple[float, Candidate]]) -> list[Ranked]:
    """The claims in the order to tell them: each time the one that scores best for what is still news after the earlier ones."""
    left = sorted(claims, key=lambda pair: (-score(*pair), pair[1].kind, pair[1].columns, str(pair[1].where)))
    heard: Counter[str] = Counter()
    out: list[Ranked] = []
    while left:
        worth = [score(q, c) * HEARD ** sum(heard[name] for name in c.columns) for q, c in left]
        best = max(worth)
        q, c = left.pop(worth.index(best))
        heard.update(c.columns)
        out.append(Ranked(c, q, best))
    return out


def standing(claims: list[tuple[float, Candidate]]) -> list[tuple[float, Candidate]]:
    """The claims that stronger ones on their topic do not already account for."""
    out: list[tuple[float, Candidate]] = []
    for q, c in sorted(claims, key=lambda pair: (max(pair[1].p_value, BEYOND_DOUBT), -round(score(*pair), 6), len(str(pair[1].where)))):
        stronger = [k for _, k in out if k.topic == c.topic] if c.topic else []
        if len(stronger) == MOST:
            continue
        if c.again is None or all(c.again(k.where) <= STILL for k in stronger):
            out.append((q, c))
    return out


def confidence(q: float) -> float:
    """How sure a claim is: one less the rate of false claims at which it would still be made."""
    return round(max(0.0, min(1 - q, 0.999)), 3)


def score(q: float, candidate: Candidate) -> float:
    """Impact on the whole, strength against the noise and confidence, equally weighted in the geometric mean, times how much the measure matters."""
    strength = candidate.strength / (1 + candidate.strength)
    return float((max(candidate.impact, 1e-6) * strength * confidence(q)) ** (1 / 3)) * candidate.matters
