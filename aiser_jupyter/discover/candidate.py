"""A test of a scan, before it is known whether it becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.finding import FindingKind
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.spec import ChartSpec


@dataclass(frozen=True)
class Claim:
    """A candidate in words: every number in ``statement`` is one of ``facts``, read from the result of ``sql``."""

    title: str
    statement: str
    effect: float
    unit: str
    recommendation: str
    sql: str
    chart: ChartSpec | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Candidate:
    """One test: what would be claimed, and how likely such data are if nothing is there.

    ``strength`` is the effect in units of spread and ``impact`` (0 to 1) how much of the whole it touches. ``large`` says whether the effect is worth a
    sentence at all; a small one is tested and counted, never claimed. ``weight`` says how often such
    a pattern is there in practice, against an average of 1: control spends its allowance accordingly. ``matters`` (0 to 1)
    says how much its measure does; it moves a finding in the list, never into it. ``claim`` puts it in words and runs its query, only for what is claimed.
    Candidates of one ``family`` explain the same thing: the one with the lowest ``fit`` (AICc) is kept, or one nearly as low that is surer. A finding that ``absorbs`` families makes
    their findings needless, as the segment that moves makes the move of the total. Of the candidates on one ``topic`` a weaker one is kept only
    if it still stands (``again``, a p-value) without the rows in the place of each stronger one. ``claim`` is None where the numbers of its own query
    do not bear the words.
    """

    kind: FindingKind
    columns: tuple[str, ...]
    where: Mapping[str, object]
    direction: int | None
    p_value: float
    support: int
    strength: float
    impact: float
    large: bool
    claim: Callable[[], Claim | None]
    weight: float = 1.0
    matters: float = 1.0
    fit: float = 0.0
    family: str = ""
    absorbs: tuple[str, ...] = ()
    topic: str = ""
    again: Callable[[Mapping[str, object]], float] | None = None


class Detector(Protocol):
    """One kind of pattern: it makes every test it could claim from, the failed ones too, since control needs their number."""

    name: str

    def tests(self, evidence: Evidence) -> Iterable[Candidate]:
        """The candidates in ``evidence``, in an order that depends on the data alone."""
        ...
