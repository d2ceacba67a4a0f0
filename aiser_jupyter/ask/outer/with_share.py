"""A figure by group and the share of each beside it: number and share of orders by country, customers by payment method (number and percentage)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import Bucket

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

LEAD = r"^\W*(?:(?:what (?:is|are)|show(?: me)?|give me|list) )?(?:the )?"
SHARE = r"(?:the |its |their )?(?:shares?|percentages?|percent|proportions?|%)(?: (?:of|in) (?:the )?(?:total|whole|all))?"
COUNT = r"(?P<count>numbers?|counts?|how many)"
TOTAL = r"(?P<total>totals?|amounts?|sums?|values?)"
BY = r"(?:by|per|for each|in each|for every)"
FORMS = (
    re.compile(rf"{LEAD}(?:{COUNT}|{TOTAL}) and {SHARE} of (?:the |our )?(?P<what>.+? {BY} .+?)\W*$", re.IGNORECASE),
    re.compile(rf"^\W*(?P<what>.+? {BY} .+?)(?:,| -| –|:| \(|;) ?(?:with |in |as |both )?(?:the )?(?:{COUNT}|{TOTAL}|(?P<same>revenue|sales)) and {SHARE}\)?\W*$", re.IGNORECASE),
    re.compile(rf"{LEAD}(?P<figure>[\w ]+?) and {SHARE} (?P<what>{BY} .+?)\W*$", re.IGNORECASE),
)  # fmt: skip


def with_share(outer: Outer) -> list[Scored]:
    """The figure and its share; none where the figure is not read alone, or cannot be added up."""
    said = next((match for pattern in FORMS if (match := pattern.match(outer.text))), None)
    if said is None:
        return []
    parts = said.groupdict()
    if parts.get("figure"):
        ways = (f"{parts['figure']} {parts['what']}",)
    elif parts.get("count"):
        ways = (f"number of {parts['what']}",)
    else:
        ways = (f"total {parts['what']}", parts["what"])
    for way in ways:
        base = outer.sure(way)
        one = figure(base.plan) if base is not None else None
        if base is None or one is None or not base.plan.group or one.aggregate not in ("sum", "count"):
            continue
        split = one.distinct or (len(base.plan.group) > 1 and any(isinstance(e, Bucket) for e in base.plan.group))
        if split or (parts.get("count") and one.aggregate != "count"):
            continue  # those counted once in each group are more than all of them
        return outer.made(replace(base.plan, select=(*base.plan.select, replace(one, window="share"))), base)
    return []


def asked(text: str) -> bool:
    """Whether a figure and its share are both asked for."""
    return any(pattern.match(text) for pattern in FORMS)
