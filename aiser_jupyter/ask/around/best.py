"""The period with the most or least of a figure: best month for outdoor sales in 2024, the quietest quarter for bookings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.around.running import summed
from aiser_jupyter.ask.plan import Bucket, Order

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reader.read import Read

UNIT = r"(?P<unit>day|week|month|quarter|year)"
WAY = r"(?P<way>best|worst|strongest|weakest|busiest|quietest|slowest|top|highest|lowest|biggest|record|most successful|least successful)"
BEST = re.compile(
    rf"^\W*(?:(?:what|which) (?:is|was|were)|show(?: me)?|find|name)? ?(?:the |our )*(?:single )?{WAY}(?:[ -](?:selling|ever))? {UNIT}(?: ever)? (?:for|of|in terms of|by|with regard to) (?:the |our |total )*(?P<what>.+?)\W*$"
    rf"|^\W*(?:what|which) (?P<unit2>day|week|month|quarter|year) (?:is|was) (?:the |our )*(?:single )?(?P<way2>best|worst|strongest|weakest|busiest|quietest|slowest) (?:for|of|in terms of|by) (?:the |our |total )*(?P<what2>.+?)\W*$",
    re.IGNORECASE,
)
LOW = frozenset({"worst", "weakest", "quietest", "slowest", "lowest", "least successful"})
GRAINS = {"day": "by day", "week": "by week", "month": "by month", "quarter": "by quarter", "year": "by year"}


def best(asked: Asked) -> list[Read]:
    """The one period, and its figure; equal ones all."""
    said = BEST.match(asked.text)
    if said is None:
        return []
    unit, way, what = (said[name] or said[f"{name}2"] for name in ("unit", "way", "what"))
    by = GRAINS[unit.lower()]
    base = core(asked.part(f"total {what} {by}"))
    plan: Plan | None = base.plan if base is not None else None
    if base is None:
        base = core(asked.part(f"number of {what} {by}"))
        plan = summed(asked, base.plan) if base is not None else None
    if base is None or plan is None:
        return []
    figures = [i for i in plan.select if i.aggregate]
    timed = [e for e in plan.group if isinstance(e, Bucket)]
    if len(figures) != 1 or len(timed) != 1 or len(plan.group) != 1 or plan.limit or plan.source or plan.having or plan.compound:
        return []
    order = (Order(figures[0], descending=way.lower() not in LOW),)
    made = turned(asked, base, replace(plan, order=order, limit=1, ties=True), "best period")
    return [made] if made else []
