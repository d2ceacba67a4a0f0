"""Ranks: the first, the last and the most of several are looked for, at the end that was named, as many as were asked for, in each group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.grammar.cues import NTH
from aiser_jupyter.ask.grammar.frame import TOP
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Order
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

LATEST = re.compile(
    r"\b(?:latest|newest|most recent|last)\b(?! (?:(?:fiscal|financial|calendar|business|full|whole|complete|couple of|few|past) )*(?:\d+ |two |three |four |six |twelve )?(?:years?|months?|quarters?|weeks?|days?|names?|half|decades?|christmas|summer|winter)\b)",
    re.IGNORECASE,
)
DATED = frozenset({"dat", "date", "time", "year"})
ONE_OF_EACH = re.compile(r"^\W*(?:for|in|per|within) (?:each|every) [^,]+,? (?:which|who)\b", re.IGNORECASE)
# A superlative that stands alone: "which three are the slowest".
FURTHEST = re.compile(r"\b(?:is|are|was|were|has|have|had) the (?!(?:inter|for|requ|gu|t|w|r|harv|cont)est)(?:\w{2,}est)\b", re.IGNORECASE)
FIRST = re.compile(r"\b(first|second|third|last|latest|initial|final)\b", re.IGNORECASE)
# What "first" is part of when it is no place in a row of things.
NO_PLACE = re.compile(
    r"\b(?:first|last|second)[ -](?:name|names|half|quarter|month|months|year|years|week|weeks|day|days|\d+|two|three|four|five|six|ten|twelve|seconds?|of all|time|full|fiscal|calendar|response|class)\b|\bat (?:first|last)\b|\b(?:\w+est|most \w+|least \w+|high|low|big|small|best|worst|top) first\b",
    re.IGNORECASE,
)
ORDERED = re.compile(r"\b(?:worst|best|\w{3,}est|most \w+|least \w+|high|low|big|small) first\W*$", re.IGNORECASE)
IN_ORDER = re.compile(r"\b(?:(?:most|least) \w+|\w+est) first\b", re.IGNORECASE)
SINGLE = re.compile(r"\bwhich\b[^,]*\b(?:is|was|has|had)\b", re.IGNORECASE)
WHICH = re.compile(
    r"^\W*(?:which|what|who are the|name the|list the|show the) (?P<number>\d+|two|three|four|five|six|seven|eight|nine|ten) (?P<what>[a-z]+)\b.*\b(?:most|least|fewest|highest|lowest|best|worst|\w{3,}est)\b",
    re.IGNORECASE,
)
NUMBERS: dict[str, int] = dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(2, 11), strict=True))
UPPER_END = bag("longest highest largest biggest greatest heaviest tallest priciest dearest maximum busiest")
LOWER_END = bag("shortest lowest smallest fewest cheapest lightest minimum quietest")
ENDED_FIRST = re.compile(r"\b(?:\w+est) first\b|\b(?:low|high)(?:est)? to (?:low|high)", re.IGNORECASE)
LONGEST = re.compile(
    r"\b(?:longest|shortest|oldest|youngest|newest|cheapest|heaviest|lightest|tallest|(?:most|least) expensive)\b", re.IGNORECASE
)
COUNTED = bag("most fewest least many count often")
EACH = re.compile(r"\b(?:for|in|at) (?:[\w ]+, )*[\w ]+ and [\w ]+ each\b|\beach (?:for|in|at) \w+(?:, \w+)* and \w+", re.IGNORECASE)


def _extreme(seen: Seen) -> bool:
    """Whether the least or the most of anything is taken."""
    return bool(seen.aggregates & {"min", "max"})


def _not_latest(seen: Seen) -> bool:
    if _extreme(seen) or seen.plan.rank_within or seen.named & {stem("last"), stem("latest")}:
        return False
    return not any(_dated(seen, part.item.expression) for part in seen.parts if isinstance(part, Order))


def _dated(seen: Seen, expression: object) -> bool:
    """Whether what rows are ordered by is a time, or the key of one; a query inside has an order of its own."""
    if not isinstance(expression, ColumnRef):
        return isinstance(expression, Bucket)
    view = seen.view(expression)
    return view is None or view.temporal or bool(DATED & set(view.stems))


def _one_of_each(seen: Seen) -> bool:
    return not seen.plan.rank_within and sum(not item.aggregate for item in seen.plan.select) < 2


def _no_place(seen: Seen) -> bool:
    return not any(plan.place for plan in seen.plans)


def _unordered(seen: Seen) -> bool:
    return not _extreme(seen) and not any(isinstance(part, Order) for part in seen.parts)


def _first(seen: Seen) -> bool:
    """Whether a first or last of several is asked for and nothing is ordered, taken as the least, or tested for it."""
    linked = seen.linked
    text = NO_PLACE.sub(lambda match: " " * len(match.group()), seen.text)
    named = {i for match in (*linked.tables, *linked.columns) if match.exact == 1.0 for i in match.positions}
    named |= {i for mention in linked.mentions if mention.stored for i in range(mention.start, mention.end)}
    spans = [period.span for period in seen.frame.periods] if seen.frame is not None else []
    starts = {token.start: i for i, token in enumerate(linked.question.tokens)}
    places = (found.start() for found in FIRST.finditer(text))
    return any(starts.get(at, -1) not in named and not any(a <= at < b for a, b in spans) for at in places) and not _placed(seen)


def _placed(seen: Seen) -> bool:
    """Whether anything is ordered for more than how the rows are shown, taken as the least or the most, tested for a place, or read in a query inside."""
    plan = seen.plan
    orders = [part for part in seen.parts if isinstance(part, Order)]
    if plan.limit is not None or plan.rank_within or any(order not in plan.order for order in orders):
        return True
    if _extreme(seen) or seen.windows & {"first", "retained"} or len(seen.plans) > 1:
        return True
    return any(set(map(str, test.values)) & {"1", "2", "3"} for test in seen.own_tests)


def _one_row(seen: Seen) -> bool:
    """Whether an order of rows is asked for and there is but one row."""
    plan = seen.plan
    if plan.limit == 1 and IN_ORDER.search(seen.text) and not SINGLE.search(seen.text):
        return True
    figure = not plan.group and bool(plan.select) and seen.shown_figures == len(plan.select)
    return (plan.limit == 1 or figure) and bool(ORDERED.search(seen.text))


def _not_ranked(seen: Seen) -> bool:
    """Whether the number of the things that are the first in something is tested, or as many are not shown: which three drivers have the highest."""
    said = WHICH.search(seen.text)
    if said is None:
        return False
    word = said["number"].lower()
    number = int(word) if word.isdigit() else NUMBERS[word]
    return bool(number) and (any(number in test.values for test in seen.tests) or not any(plan.limit == number for plan in seen.plans))


def _tested_rank(seen: Seen) -> bool:
    """Whether the number of the first so many is what a figure is compared with: of the top 5 none must have 5 rows."""
    top = TOP.search(seen.text)
    numbers = {t.value for t in seen.linked.question.tokens if t.kind == "number" and top and top.start() <= t.start < top.end()}
    tested = {value for test in seen.tests for value in test.values}
    return bool(numbers & tested) and not any(plan.limit in numbers for plan in seen.plans)


def _wrong_end(seen: Seen) -> bool:
    """Whether the few rows that a plan keeps lie at the other end of a number than the one that the question names: the longest, and not the shortest."""
    plan, upper = seen.plan, bool(seen.lower & UPPER_END)
    if plan.limit is None or not plan.order or upper == bool(seen.lower & LOWER_END) or ENDED_FIRST.search(seen.text):
        return False
    ranked = plan.order[0]
    ref = ranked.item.expression
    if isinstance(ref, ColumnRef) and not ranked.item.aggregate and ((view := seen.view(ref)) is None or not view.numeric):
        return False  # the longest stay may be the one that ends last
    return ranked.descending != upper


def _by_number(seen: Seen) -> bool:
    many = seen.lower & COUNTED or "number of" in seen.text.lower()
    return not many and any(order.item.aggregate == "count" for order in seen.plan.order)


def _one_of_all(seen: Seen) -> bool:
    plan = seen.plan
    return plan.limit is not None and not plan.rank_within and any(test.operator == "in" and len(test.values) > 1 for test in seen.tests)


DOUBTS = (
    Doubt("latest", "the latest was asked for, and nothing is ordered by time", NONE, _not_latest, LATEST),
    Doubt("one_of_each", "one of each group was asked for, and the groups or what is the first in them are not shown", NONE, _one_of_each, ONE_OF_EACH),
    Doubt("nth", "the second or third was asked for, and another place is shown", NONE, _no_place, NTH),
    Doubt("furthest", "the most or least was asked for, and nothing is ranked", NONE, _unordered, FURTHEST),
    Doubt("tested_rank", "the number of the first so many is taken for one to compare with", NONE, _tested_rank, TOP, early=True),
    Doubt("wrong_end", "the rows that are shown lie at the other end", NONE, _wrong_end, early=True),
    Doubt("longest_by_number", "the longest, oldest or dearest was asked for, and the number of rows is ranked by", NONE, _by_number, LONGEST, early=True),
    Doubt("first", "a first or last was asked for, and nothing is ordered or tested for it", LOST, _first, FIRST),
    Doubt("one_row", "rows in an order were asked for, and there is but one", LOST, _one_row),
    Doubt("not_ranked", "so many of the first were asked for, and another number of rows is shown", LOST, _not_ranked, WHICH),
    Doubt("first_of_all", "the first of each of several values was asked for, and the first of all is shown", LOST, _one_of_all, EACH),
)  # fmt: skip
