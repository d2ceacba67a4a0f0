"""Whether a plan takes a word for something else than it says: an age that is a count, a sum of rates, a high priority that tests none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.frame import TOP
from aiser_jupyter.ask.grammar.measures import RATES, amount
from aiser_jupyter.ask.plan import ColumnRef, Condition, Formula, Item, Plan, Star
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked

KINDS = 30
AGE = re.compile(r"\b(?:ages?|aged|how old|years old)\b", re.IGNORECASE)
PRIORITY = re.compile(r"\b(?:high|low|medium|top|critical|urgent)(?:est)?[- ](?P<what>priority|severity|urgency)\b", re.IGNORECASE)
STOCK = re.compile(r"\b(?:stock|inventory) (?:value|worth)\b|\b(?:value|worth) of (?:the |our |all )*(?:stock|inventory)\b", re.IGNORECASE)
SHARE = re.compile(r"\b(?:share|percent|percentage|proportion|fraction)\b|%", re.IGNORECASE)
THEIRS = re.compile(r"\b(?:and|with|plus) (?:their|its) \w+[?.]?\s*$", re.IGNORECASE)
BY_DAY = re.compile(r", (?:by|based on|going by|using) (?:the |their |its )?\w+ dates?\b", re.IGNORECASE)  # says which day a period is of
# Nothing else but these: a test that some are there does not say so.
ONLY = re.compile(
    r"\b(?:have|has|had|own|owns|owned|buy|buys|bought|take|takes|took|taken|use|uses|used|order|ordered|sell|sells|sold|visit|visited|keep|keeps|kept) (?:only|nothing but)\b(?! (?:one|once|an?|\d+)\b)",
    re.IGNORECASE,
)
UPPER_END = bag("longest highest largest biggest greatest heaviest tallest priciest dearest maximum busiest")
LOWER_END = bag("shortest lowest smallest fewest cheapest lightest minimum quietest")
ENDED_FIRST = re.compile(r"\b(?:\w+est) first\b|\b(?:low|high)(?:est)? to (?:low|high)", re.IGNORECASE)
LONGEST = re.compile(
    r"\b(?:longest|shortest|oldest|youngest|newest|cheapest|heaviest|lightest|tallest|(?:most|least) expensive)\b", re.IGNORECASE
)
SIDES = re.compile(r"\b(?:more|fewer|less|higher|lower|larger|bigger|better|longer|cheaper|older|younger)\b.*\bthan\b", re.IGNORECASE)
# Is there, do we have: yes or no, and no list of columns. "Do you have" and "can you" ask for one.
WHETHER = re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|had) (?!(?:you|i)\b)", re.IGNORECASE)
PERCENT = re.compile(r"\b(?:as|in) (?:an? |the )?(?:%|percent\b|percentage\b|pct\b|proportion\b|share\b)|\bas % of\b", re.IGNORECASE)
SPENT = frozenset(map(stem, bag("expense cost payment donation gift charge fee sale spending income bill budget salary")))
NUMBERED = re.compile(r"\b(?:how many|numbers?|counts?|#)\b", re.IGNORECASE)
COUNTED = bag("most fewest least many count often")
ASKED = bag("average avg mean total sum median maximum minimum max min highest lowest overall combined")
BORN = frozenset(map(stem, bag("age aged birth birthday birthdate born dob")))
NUMBERS = frozenset(map(stem, bag("number no id code nr")))
WORTH = frozenset(map(stem, bag("value worth amount")))


def said(plan: Plan, linked: Linked, held: list[object], named: set[str]) -> bool:
    """Whether some word of the question stands in ``plan``, whose parts and names of columns are given, for what it doesn't mean."""
    text, lower = linked.question.text, set(linked.question.lower)
    conditions = [part for part in held if isinstance(part, Condition)]
    tested = {word for one in conditions if isinstance(one.item.expression, ColumnRef) for word in _stems(linked, one.item.expression)}
    priority = PRIORITY.search(text)
    lone = len(plan.select) == 1 and bool(plan.select[0].aggregate) and not plan.group
    return any(
        (
            any(isinstance(e, ColumnRef) and _date_of(linked, e) for e in plan.group),
            bool(AGE.search(text)) and not named & BORN,
            priority is not None and stem(priority["what"]) in named - tested,
            bool(STOCK.search(text)) and not named & WORTH and not any(isinstance(part, Formula) for part in held),
            bool(THEIRS.search(text)) and lone and not lower & ASKED and linked.question.lower[:2] != ("how", "many"),
            bool(BY_DAY.search(text)) and any(isinstance(e, ColumnRef) and _temporal(linked, e) for e in plan.group),
            bool(LONGEST.search(text))
            and not (lower & COUNTED or "number of" in text.lower())
            and any(one.item.aggregate == "count" for one in plan.order),
            any(_added(linked, part) for part in held if isinstance(part, Item)),
            bool(SIDES.search(text)) and _one_sided(linked, plan),
            {"minimum", "maximum"} <= lower and (plan.limit is not None or not _both_ends(held)),
            bool(ONLY.search(text)) and not any(one.operator in ("!=", "not like", "not holds") for one in conditions),
            _others(linked, conditions),
            linked.schema.trade and _told_already(plan),
            bool(WHETHER.match(text)) and not any(item.aggregate or item.window for item in plan.select) and plan.source is None,
            bool(PERCENT.search(text)) and not _relative(held) and stem("percent") not in named,
            _unranked(linked, held),
            _wrong_end(linked, plan),
            _rows_of_money(linked, plan) and bool(SHARE.search(text)) and not NUMBERED.search(text),
        )
    )


def _told_already(plan: Plan) -> bool:
    """Whether a plan shows nothing but what it tests for, which the question has said itself."""
    fixed = {one.item for one in plan.where if one.operator == "=" and one.values}
    return set(plan.select) <= fixed and plan.compound is None and not plan.either


def _both_ends(held: list[object]) -> bool:
    """Whether the least and the greatest are among the figures of a plan."""
    return {"min", "max"} <= {part.aggregate for part in held if isinstance(part, Item)}


def _others(linked: Linked, conditions: list[Condition]) -> bool:
    """Whether a value right before a noun is tested of another table than the noun's, which has it too: electrical requests are no electrical trade."""
    for mention in linked.mentions:
        homes = {ref.table for ref, _ in mention.stored}
        if any(linked.schema.view(ref).distinct > KINDS for ref, _ in mention.stored if ref in linked.schema.index):
            continue  # a name, and no kind of anything
        after = {view.name for view, match in zip(linked.schema.tables, linked.tables, strict=True) if mention.end in match.positions}
        if len(homes) < 2 or not homes & after:
            continue
        values = {value for _, value in mention.stored}
        tested = {
            one.item.expression.table for one in conditions if isinstance(one.item.expression, ColumnRef) and set(one.values) & values
        }
        if tested and not tested & after:
            return True
    return False


def _wrong_end(linked: Linked, plan: Plan) -> bool:
    """Whether the few rows that a plan keeps lie at the other end of a number than the one that the question names: the longest, and not the shortest."""
    lower = set(linked.question.lower)
    if (
        plan.limit is None
        or not plan.order
        or bool(lower & UPPER_END) == bool(lower & LOWER_END)
        or ENDED_FIRST.search(linked.question.text)
    ):
        return False
    ranked = plan.order[0]
    ref = ranked.item.expression
    if isinstance(ref, ColumnRef) and not ranked.item.aggregate and (ref not in linked.schema.index or not linked.schema.view(ref).numeric):
        return False  # the longest stay may be the one that ends last
    return ranked.descending != bool(lower & UPPER_END)


def _date_of(linked: Linked, ref: ColumnRef) -> bool:
    """Whether a date stands for the thing that it dates, which has a number of its own: by invoice is by its number."""
    if ref not in linked.schema.index:
        return False
    view = linked.schema.view(ref)
    if not view.temporal or len(view.stems) < 2 or {"date", "day", "time", view.stems[-1]} & set(linked.question.stems):
        return False
    own = [linked.schema.columns[i] for i in linked.schema.tables[view.table].columns]
    return any(v is not view and v.stems[:-1] == view.stems[:-1] and v.stems[-1] in NUMBERS and not v.temporal for v in own)


def _added(linked: Linked, item: Item) -> bool:
    """Whether shares of a whole are added up, such as discounts between 0 and 1."""
    ref = item.expression
    if item.aggregate != "sum" or not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
        return False
    view = linked.schema.view(ref)
    return bool(set(view.stems) & RATES) and view.type == "number" and isinstance(view.high, (int, float)) and 0 < view.high <= 1


def _unranked(linked: Linked, held: list[object]) -> bool:
    """Whether the number of the first so many is what a figure is compared with: of the top 5 none must have 5 rows."""
    top = TOP.search(linked.question.text)
    numbers = {t.value for t in linked.question.tokens if t.kind == "number" and top and top.start() <= t.start < top.end()}
    tested = {value for part in held if isinstance(part, Condition) for value in part.values}
    return bool(numbers & tested) and not any(isinstance(part, Plan) and part.limit in numbers for part in held)


def _one_sided(linked: Linked, plan: Plan) -> bool:
    """Whether two values of a column are set against each other, and the plan only tells whether there is anything of either."""
    columns = [ref for m in linked.mentions for ref in dict(m.stored)]
    twice = any(columns.count(ref) > 1 for ref in columns)
    return twice and any(item.window == "exists" for item in plan.select)


def _relative(held: list[object]) -> bool:
    """Whether a plan has a figure that is told against another."""
    items = [part for part in held if isinstance(part, Item)]
    return any(item.among or item.over or item.less or item.window in ("share", "growth", "change", "retained") for item in items)


def _rows_of_money(linked: Linked, plan: Plan) -> bool:
    """Whether the rows of expenses, gifts and the like are counted, which have one amount each."""
    for item in plan.select:
        table = item.expression.table if isinstance(item.expression, Star) and item.aggregate == "count" and not item.among else ""
        if table in linked.schema.table_index and linked.schema.table(table).stems[-1] in SPENT:
            return sum(amount(linked.schema.columns[i]) for i in linked.schema.table(table).columns) == 1
    return False


def _temporal(linked: Linked, ref: ColumnRef) -> bool:
    return ref in linked.schema.index and linked.schema.view(ref).temporal


def _stems(linked: Linked, ref: ColumnRef) -> tuple[str, ...]:
    return linked.schema.view(ref).stems if ref in linked.schema.index else ()
