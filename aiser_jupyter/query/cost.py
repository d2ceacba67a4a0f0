"""About how long a plan takes, so that the quicker of two is chosen and the other can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.query import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.query.locate import Located
    from aiser_jupyter.query.pushdown import Fetch, Plan
    from aiser_jupyter.sources.source import Source

# Milliseconds, measured on two cores (docs/routing.md): a row of about five columns into DuckDB, over a socket and from this process, and what a
# connection needs at least.
ROW_REMOTE, ROW_LOCAL, START = 0.0015, 0.0003, 3.0
LOCAL_ENGINE = 10.0  # the private DuckDB that joins
UNKNOWN_ROWS = 100_000


def of(plan: Plan, recent: Mapping[str, float]) -> float:
    """Milliseconds until all parts of the plan are here: the slowest of those fetched at once, and the join."""
    taken = [_fetch(part, recent) for part in plan.fetches if part.keys is None]
    later = [_fetch(part, recent) for part in plan.fetches if part.keys is not None]
    return max(taken, default=0.0) + max(later, default=0.0) + (0.0 if plan.direct else LOCAL_ENGINE)


def naive(located: Located, recent: Mapping[str, float]) -> float:
    """Milliseconds until every table is here as a whole."""
    slowest = 0.0
    for place in located.places.values():
        rows = listing.sizes(place.source).get(place.table.name, UNKNOWN_ROWS)
        slowest = max(slowest, _taken(place.source, rows, recent))
    return slowest + LOCAL_ENGINE


def moved(plan: Plan) -> int | None:
    """About how many rows come from all connections; None where one of them cannot tell."""
    counts = [part.estimate for part in plan.fetches]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def words(ms: float, rows: int | None) -> str:
    """The estimate in words."""
    return f"about {ms:,.0f} ms, {'an unknown number of' if rows is None else f'{rows:,}'} rows"


def _fetch(part: Fetch, recent: Mapping[str, float]) -> float:
    return _taken(part.source, UNKNOWN_ROWS if part.estimate is None else part.estimate, recent)


def _taken(source: Source, rows: int, recent: Mapping[str, float]) -> float:
    return max(recent.get(source.name, 0.0), START) + rows * (ROW_LOCAL if source.capabilities.local else ROW_REMOTE)
