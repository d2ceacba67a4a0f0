"""Shares: a share is one, of the whole that was named, for the part that was named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.plan import PERCENT as PART
from aiser_jupyter.ask.plan import Item, Plan
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

# What is told as a share, of whatever it is.
PERCENT = re.compile(r"\b(?:as|in) (?:an? |the )?(?:%|percent\b|percentage\b|pct\b|proportion\b|share\b)|\bas % of\b", re.IGNORECASE)
SHARE_OF = re.compile(
    r"\b(?:share|percent|percentage|proportion|fraction) of (?:all |the |our |those |my |total |overall )*(\w+)", re.IGNORECASE
)
NAMED = 0.8  # how strongly a word must name something for that to be meant
# A share of those that pass one test, of which another one asks.
# What `BASE` hears weighs less: that grammar and training agree on a share without its base must not make it likely.
BASED = re.compile(
    r"\b(?:share|percent|percentage|proportion|rate|%|fraction)\b.*\b(?:of|among|out of) (?:the |all |those |our )*(?:\w+ ){1,2}(?:that|which|who) (?:were|was|are|is|have|had|has|got) \w+,? (?:\w+ ){0,4}?(?:was|were|is|are|did|came|got|had|has|have|went|ended)\b",
    re.IGNORECASE,
)
BASE = re.compile(
    r"\b(?:of|among|out of) (?:the |all |all the |those |our )?(?:\w+ ){1,2}(?:that|which|who) (?:were|was|are|is|have|had|has|got)\b",
    re.IGNORECASE,
)
ASKED = re.compile(r"\b(?:was|were|is|are|did|do|does|came|got|had|has|have|went|ended|by now)\b", re.IGNORECASE)
SHARE = re.compile(r"\b(?:share|percent|percentage|proportion|rate|%|fraction)\b|%", re.IGNORECASE)
# What share of the first are the second.
OF_WHICH = re.compile(
    r"\b(?:share|percent|percentage|proportion|portion|fraction|part) of (?:the |our |all |those )?(?P<whole>(?:(?!whose\b)[\w ])+?) (?:is|are|was|were|has|have|had) (?P<part>.+)",
    re.IGNORECASE,
)
AMONG = re.compile(
    r"\b(?:share|percent|percentage|proportion|portion|fraction) of (?:the |our |all )?(?P<part>[\w ]+?) (?:among|amongst|within) (?:the |our |all |those )*(?P<whole>.+)",
    re.IGNORECASE,
)
AS_SHARE = re.compile(r"\bas (?:an? )?(?:share|percent(?:age)?|proportion|fraction|%) of (?:the |all |our )*(?P<whole>\w+)", re.IGNORECASE)
AND_SHARE = re.compile(
    r"\b(?:by|with|of|top|most|highest|total)\b.*\b(?:and|plus|with|along with|together with) (?:what |which |the |its |their |a )*(?:(?:shares?|percent(?:age)?s?) (?:of|in) (?:the )?(?:total|whole|overall|all)|(?:running|cumulative) (?:total|sum))\b",
    re.IGNORECASE,
)
GROUPED = re.compile(r"\b(?:by|per|each|every)\b", re.IGNORECASE)
PER = re.compile(r"\bper (?!(?:cent|100|1,?000|\d)\b)(?P<what>[a-z]+)\b", re.IGNORECASE)


def _no_share(seen: Seen) -> bool:
    if seen.frame is not None and seen.frame.window == "share":
        told = any(item.among or (item.over and item.scale == PART) for item in seen.items)  # a margin is a share of the revenue
        shared = "share" in seen.windows or told or seen.named & {stem("percent"), stem("share")}
        if not shared:
            return True
    return bool(PERCENT.search(seen.text)) and not any(map(_relative, seen.items)) and stem("percent") not in seen.named


def _relative(item: Item) -> bool:
    """Whether a figure is told against another."""
    return bool(item.among or item.over or item.less) or item.window in ("share", "growth", "change", "retained")


def _other_whole(seen: Seen) -> bool:
    """Whether a share is asked of things that are named in other tables than those of the plan."""
    found = SHARE_OF.search(seen.text)
    if found is None or len(seen.schema.tables) < 2 or seen.linked.spoken.found or found[1].lower().endswith("ed"):
        return False
    names = names_of(seen.schema)
    near = names.near(found[1].lower())
    best = max(near.values(), default=0.0)
    homes = {names.named[i].table for part, likely in near.items() if likely >= max(best - 0.05, NAMED) for i in names.holding[part]}
    return bool(homes) and not homes & seen.tables


def _untested(seen: Seen) -> bool:
    return not seen.own_tests


def _no_base(seen: Seen) -> bool:
    """Whether a share is asked of those that pass a test, and nothing is tested but the share itself."""
    found = BASE.search(seen.text)
    if found is None or seen.own_tests or not SHARE.search(seen.text):
        return False
    after = seen.text[found.end() :]
    # The share of those that were late is the test itself.
    return not SHARE.search(seen.text[: found.start()]) or bool(ASKED.search(after) or SHARE.search(after))


def _turned(seen: Seen) -> bool:
    """Whether the share is that of what is the whole: of churned customers those who are seniors, and not those who churned."""
    said = OF_WHICH.search(seen.text) or AMONG.search(seen.text)
    among = [test for item in seen.items for test in item.among if test.plan is None]
    if said is None or not among:
        return False
    places: set[int] = set()
    for test in among:
        view = seen.view(test.item.expression)
        if view is not None:
            places |= set(seen.match(view.ref).positions) | seen.mentioned(view.ref, set(map(str, test.values)))
    whole, part = (seen.between(*said.span(name)) for name in ("whole", "part"))
    return bool(places & whole) and not places & part


def _whole_cut(seen: Seen) -> bool:
    """Whether a share is told of each period or group in all of them, and its whole is cut to what the part is."""
    said, plan = AS_SHARE.search(seen.text), seen.plan
    if said is None or not any(item.window == "share" for item in plan.select) or not plan.group:
        return False
    before = seen.between(0, said.start())
    views = [seen.view(test.item.expression) for test in plan.where if test.operator in ("=", "in")]
    refs = [view.ref for view in views if view is not None and view.ref not in plan.group]
    return any(before & (seen.mentioned(ref) | set(seen.match(ref).positions)) for ref in refs)


def _alone(seen: Seen) -> bool:
    return seen.shown_figures < 2


def _per_nothing(seen: Seen) -> bool:
    """Whether a figure is told per something, and the plan has neither a group nor a ratio."""
    if stem("per") in seen.schema.vocabulary or not seen.shown_figures:
        return False
    return not any((isinstance(part, Plan) and part.group) or (isinstance(part, Item) and part.over) for part in seen.parts)


def _always(seen: Seen) -> bool:
    """Whether the rows that a share is of are cut to those that it counts: then it is always all of them."""
    plans = [plan for plan in seen.plans if plan.where and not plan.either]
    return any(item.among and set(item.among) <= set(plan.where) for plan in plans for item in plan.select)


def _part_after(seen: Seen) -> bool:
    """Whether the part that is told after the things is taken for their whole, whose share each group has: tickets sold online by season."""
    said, plan = SHARE_OF.search(seen.text), seen.plan
    if said is None or not plan.group or not any(item.window == "share" for item in plan.select):
        return False
    grouped = GROUPED.search(seen.text, said.end())
    between = seen.between(said.end(), grouped.start() if grouped else len(seen.text))
    views = [(seen.view(test.item.expression), test) for test in plan.where if test.operator in ("=", "in")]
    return any(between & seen.mentioned(view.ref, set(map(str, test.values))) for view, test in views if view is not None)


DOUBTS = (
    Doubt("share", "a share was asked for, and none is shown", NONE, _no_share, early=True),
    Doubt("other_whole", "a share was asked of things that the query does not read", NONE, _other_whole, SHARE_OF),
    Doubt("base_untested", "a share was asked of those that pass a test, and the query tests nothing", NONE, _untested, BASED),
    Doubt("share_alone", "a share or running total was asked for beside a figure, and one of the two is not shown", NONE, _alone, AND_SHARE),
    Doubt("base", "a share was asked of those that pass a test, and nothing is tested but the share", LOST, _no_base, BASE),
    Doubt("share_turned", "the part of the share was taken for its whole", LOST, _turned),
    Doubt("share_of_itself", "the whole of the share is cut to its part, of which it is always all", LOST, _always),
    Doubt("part_after", "the part of the share is taken for its whole", LOST, _part_after, SHARE_OF),
    Doubt("whole_cut", "the whole of the share is cut to its part", LOST, _whole_cut, AS_SHARE),
    Doubt("per_nothing", "a figure was asked for per something, and there is neither a group nor a ratio", LOST, _per_nothing, PER),
)  # fmt: skip
