"""One more column beside the figures of the core: the share that each has in the total, or the running total."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.plan import Bucket, Window

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read

WHOLE = r"(?:the |its |their |our )?(?:(?:over)?all|total|whole|sum|revenue|sales)"
ADDED: tuple[tuple[Window, re.Pattern[str]], ...] = (
    (
        "running",
        re.compile(
            r"^(?P<core>.+?),? (?:and|with|plus|along with|together with|including|as well as)(?: also)? (?:the |a |its )*(?:running|cumulative|accumulated)(?: (?:total|sum|figure|amount|count|revenue|sales)s?)?(?: (?:beside|next to) (?:it|them))?\W*$",
            re.IGNORECASE,
        ),
    ),
    (
        "share",
        re.compile(
            rf"^(?P<core>.+?),? (?:and|with|plus|along with|together with|including|as well as)(?: also)? (?:what |which |the |a |its |their |each (?:one's |of their )?)*(?:shares?|percent(?:age)?s?|proportions?|%)(?: (?:of|in) {WHOLE}(?: (?:total|revenue|sales|amount|count))?)?(?: (?:that )?(?:each|they|it|this|that|those)(?: of them| one)?(?: is| has| have| are| makes? up| represents?| accounts? for)?)?\W*$",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip


def beside(asked: Asked) -> list[Read]:
    """The core with one figure seen against the others too."""
    for window, pattern in ADDED:
        said = pattern.match(asked.text)
        base = core(asked.part(said["core"])) if said else None
        if base is None:
            continue
        plan = base.plan
        figures = [i for i in plan.select if i.aggregate]
        timed = any(isinstance(e, Bucket) for e in plan.group)
        if (
            len(figures) != 1
            or not plan.group
            or plan.source
            or plan.rank_within
            or figures[0].aggregate not in ("sum", "count")
            or figures[0].window
            or figures[0].among
            or figures[0].over
            or (window == "running" and (not timed or len(plan.group) > 1))
            or figures[0].distinct
        ):
            continue
        made = turned(asked, base, replace(plan, select=(*plan.select, replace(figures[0], window=window))), f"beside {window}")
        if made is not None:
            return [made]
    return []
