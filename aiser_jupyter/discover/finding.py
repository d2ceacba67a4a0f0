"""One tested claim about a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.facts import Fact
    from aiser_jupyter.spec import ChartSpec

FindingKind = Literal[
    "trend", "seasonality", "change_point", "anomaly", "correlation", "segment", "driver", "difference", "concentration",
    "forecast", "cohort", "funnel", "experiment", "model", "quality",
]  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A claim that passed its test and the false-discovery control of its scan.

    ``where`` is the place as plain data (``{"date": …}``, ``{"from": …, "to": …}``, ``{"period": 7}``, ``{"region": "N"}``); ``direction``
    is -1, 0, 1 or None. ``effect`` is in ``unit``; ``p_value`` is the test's own, ``q_value`` after control over the scan; ``support`` counts
    the rows or periods behind it; ``confidence``, ``impact`` and ``score`` lie between 0 and 1. ``sql`` yields the numbers of ``statement``.
    """

    kind: FindingKind
    title: str
    statement: str
    columns: tuple[str, ...]
    where: Mapping[str, object]
    direction: int | None
    effect: float
    unit: str
    p_value: float
    q_value: float
    support: int
    confidence: float
    impact: float
    score: float
    recommendation: str
    sql: str
    chart: ChartSpec | None = None
    facts: tuple[Fact, ...] = field(default=())
