"""One scan: every detector's tests, one control over all of them, the survivors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.anomaly import Anomaly
from aiser_jupyter.discover.change_point import ChangePoint
from aiser_jupyter.discover.control import LEVEL
from aiser_jupyter.discover.correlation import Correlation
from aiser_jupyter.discover.difference import Difference
from aiser_jupyter.discover.driver import Driver
from aiser_jupyter.discover.evidence import Evidence
from aiser_jupyter.discover.finding import Finding
from aiser_jupyter.discover.findings import Findings
from aiser_jupyter.discover.rank import Ranked, confidence, survivors
from aiser_jupyter.discover.seasonality import Seasonality
from aiser_jupyter.discover.table import Relation, relation
from aiser_jupyter.discover.trend import Trend
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.candidate import Detector

DETECTORS: tuple[Detector, ...] = (Trend(), ChangePoint(), Seasonality(), Anomaly(), Difference(), Driver(), Correlation())
MIN_ROWS = 12


def discover(context: Context, table: Any, *, on: str | None = None, name: str = "") -> Findings:
    """What stands out in a table, by its name, as a Result or as a DataFrame that sentences call ``name``; empty where nothing does.

    Raises what `query.run` raises for an unknown table, and UsageError for something without columns.
    """
    return scan(relation(context, table, on=on, name=name))


def scan(over: Relation) -> Findings:
    """The findings of all detectors over one relation."""
    evidence = Evidence(over)
    rows = evidence.roles.rows
    if rows < MIN_ROWS:
        return Findings(
            (),
            0,
            f"Nothing was tested: {over.called or over.source} has {rows} rows, and {MIN_ROWS} is the least to learn from.",
            over.name,
        )
    candidates = [c for detector in DETECTORS for c in detector.tests(evidence)]
    found = tuple(f for ranked in survivors(candidates) if (f := finding(ranked)))
    return Findings(found, len(candidates), reason(len(found), len(candidates), rows), over.name, over.ask)


def finding(ranked: Ranked) -> Finding | None:
    """A surviving candidate with its words, if its numbers bear them."""
    candidate, q = ranked.candidate, ranked.q
    claim = candidate.claim()
    if claim is None:
        return None
    return Finding(
        kind=candidate.kind,
        title=claim.title,
        statement=claim.statement,
        columns=candidate.columns,
        where=dict(candidate.where),
        direction=candidate.direction,
        effect=claim.effect,
        unit=claim.unit,
        p_value=candidate.p_value,
        q_value=q,
        support=candidate.support,
        confidence=confidence(q),
        impact=round(candidate.impact, 3),
        score=round(ranked.score, 3),
        recommendation=claim.recommendation,
        sql=claim.sql,
        chart=claim.chart,
        facts=claim.facts,
    )


def reason(found: int, tested: int, rows: int) -> str:
    """What came out, in one sentence."""
    tests = f"{tested:,} test{'' if tested == 1 else 's'} on {rows:,} rows"
    if tested == 0:
        return f"Nothing was tested: among {rows:,} rows there is no measure with a time or a group to compare."
    if found == 0:
        return f"Nothing here: {tests}, and none stood out beyond chance."
    level = number.text(LEVEL, unit="share")
    return f"{found} finding{'' if found == 1 else 's'} from {tests}, false discoveries held to {level}."
