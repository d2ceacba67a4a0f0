"""The period with the most or least of a figure: best month for outdoor sales in 2024, the quietest quarter for bookings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, turned
from aiser_jupyter.ask.around.running import by_time
from aiser_jupyter.ask.plan import Order

if TYPE_CHECKING:
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
    found = by_time(asked, f"{what} {GRAINS[unit.lower()]}", totals=True)
    if found is None:
        return []
    base, plan, figure, _ = found
    order = (Order(figure, descending=way.lower() not in LOW),)
    made = turned(asked, base, replace(plan, order=order, limit=1, ties=True), "best period")
    return [made] if made else []
