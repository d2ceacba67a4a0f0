"""Money: what was earned, spent or is due is added up, and rows are no money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import HALF, LOST, NONE, Doubt
from aiser_jupyter.ask.grammar import streams
from aiser_jupyter.ask.grammar.measures import RATES, amount
from aiser_jupyter.ask.plan import Days, Defined, Formula, Item, Star
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

MONEY = re.compile(
    r"\b(?:amounts?|money)\b(?! of (?!money\b)\w+s\b)|\bhow much\b(?! (?:more|less|longer|time)\b)"
    r"|\b(?:fees?|charges|deposits|premiums?|commissions?|interest|rents?|royalties|dues|taxes|tips|wages|donations|refunds) (?:charged|received|collected|paid|earned|taken|due|owed)\b",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"\b(?:how many|numbers?|counts?|no\.? of|most|fewest|often|frequent|frequently|common)\b|#", re.IGNORECASE)
EARNED = frozenset({"revenue", "revenues", "turnover", "takings", "earnings", "proceeds", "income"})
AMOUNT = re.compile(
    r"^\W*(?:(?:what|is|was|the|show|give|me|total|overall) )*amount\b|^\W*how much\b|^\W*(?:[a-z]+ )?(?:fees|charges|dues|donations|payments|taxes|rents?) (?:collected|received|earned|charged)\b",
    re.IGNORECASE,
)
SPEND = bag("spend spends spent spending")
COST = bag("cost costs")
OWN_COST = re.compile(
    r"\b(?:we|our company|us) (?:spend|spent|pay|paid|invest|invested)\b(?! (?:us|by))|\bour (?:spend|spending|costs?|expenses?)\b",
    re.IGNORECASE,
)
COSTS = frozenset(map(stem, bag("cost spend spending expense budget paid salary wage freight")))
SUMMING = frozenset({"sum", "avg", "min", "max", "median", "quantile", "defined"})
SHARE = re.compile(r"\b(?:share|percent|percentage|proportion|fraction)\b|%", re.IGNORECASE)
COUNTED = re.compile(r"\b(?:how many|numbers?|counts?|#)\b", re.IGNORECASE)
SPENT = frozenset(map(stem, bag("expense cost payment donation gift charge fee sale spending income bill budget salary")))
STOCK = re.compile(r"\b(?:stock|inventory) (?:value|worth)\b|\b(?:value|worth) of (?:the |our |all )*(?:stock|inventory)\b", re.IGNORECASE)
WORTH = frozenset(map(stem, bag("value worth amount")))
TOTAL = re.compile(r"\b(?:total|sum of|overall)\b", re.IGNORECASE)
TOTAL_NUMBER = re.compile(r"\b(?:how many|number|count|total of)\b", re.IGNORECASE)
MINUS = re.compile(r"\bminus\b|\bafter (?:deducting|subtracting)\b", re.IGNORECASE)
MOST = re.compile(r"\b(?:most|fewest|least)\b(?! (?:expensive|valuable|profitable|costly))", re.IGNORECASE)
OF_MONEY = re.compile(
    r"\bhow much\b|\b(?:money|sales|sold|sell\w*|spen[dt]\w*|earn\w*|pa(?:y|ys|id|ying)|cost\w*|pric\w+|value\w*|amount\w*|worth|income|turnover|revenue\w*|fees?|charg\w+|expens\w+|"
    r"cheap\w*|budget\w*|euros?|dollars?|pounds?|grossing|generat\w+|brought|bring\w*|takings|billed|rent\w*|donat\w+|profit\w*|freight|tips?|refund\w*|bought|b[uo]y\w*|gave|giv\w+|ow[ei]\w*)\b|[$€£]",
    re.IGNORECASE,
)
PRICED = frozenset(map(stem, bag("fee fees price cost charge")))
WHOLE = 0.8  # how much of a name must be said, slips and all


def counted(seen: Seen) -> bool:
    """Whether money is asked for and rows that have an amount are counted instead, which `grammar.moneyed` may mend."""
    return bool(MONEY.search(seen.text)) and not NUMBERED.search(seen.text) and _only_counted(seen)


def _rows(seen: Seen) -> bool:
    said = EARNED & seen.lower
    revenue = bool(said) and seen.aggregates - {""} == {"count"} and not {stem(word) for word in said} & seen.named
    return revenue or counted(seen)


def _only_counted(seen: Seen) -> bool:
    """Whether rows are counted that have an amount, and nothing is added up."""
    if not seen.figures or any(item.aggregate != "count" or item.among or item.over for item in seen.figures):
        return False
    if any(test.plan is not None or is_amount(seen, test.item.expression) for test in seen.plan.where):
        return False
    return any(amount(view) and view.ref.table in seen.tables for view in seen.schema.columns)


def is_amount(seen: Seen, expression: object) -> bool:
    """Whether an expression is a column of money or of the like."""
    view = seen.view(expression)
    return view is not None and amount(view)


def _listed(seen: Seen) -> bool:
    refs = [item.expression for item in seen.plan.select]
    return not seen.figures and any((view := seen.view(ref)) is not None and view.primary for ref in refs)


def _summed(seen: Seen) -> bool:
    """Whether anything is summed up, or divided."""
    return bool(seen.aggregates & SUMMING) or any(item.over for item in seen.items)


def _cost(seen: Seen) -> bool:
    return bool(seen.free & COST) and "count" in seen.aggregates and not _summed(seen) and not seen.named & COSTS


def _own_cost(seen: Seen) -> bool:
    return not seen.named & COSTS


def _spending(seen: Seen) -> bool:
    defined = any(isinstance(part, Defined) for part in seen.parts)
    return bool(seen.free & SPEND) and seen.schema.trade and not _summed(seen) and not defined


def _expenses(seen: Seen) -> bool:
    """Whether the rows of expenses, gifts and the like are counted, which have one amount each."""
    if COUNTED.search(seen.text):
        return False
    schema = seen.schema
    for item in seen.plan.select:
        table = item.expression.table if isinstance(item.expression, Star) and item.aggregate == "count" and not item.among else ""
        if table in schema.table_index and schema.table(table).stems[-1] in SPENT:
            return sum(amount(schema.columns[i]) for i in schema.table(table).columns) == 1
    return False


def _stock(seen: Seen) -> bool:
    return not seen.named & WORTH and not any(isinstance(part, Formula) for part in seen.parts)


def _rates(seen: Seen) -> bool:
    return any(_added(seen, item) for item in seen.items)


def _added(seen: Seen, item: Item) -> bool:
    """Whether shares of a whole are added up, such as discounts between 0 and 1."""
    view = seen.view(item.expression) if item.aggregate == "sum" else None
    if view is None:
        return False
    return bool(set(view.stems) & RATES) and view.type == "number" and isinstance(view.high, (int, float)) and 0 < view.high <= 1


def _rate_each(seen: Seen) -> bool:
    for item in seen.items:
        if (
            item.aggregate == "sum"
            and item.over is not None
            and item.over.aggregate == "count"
            and set(seen.stems_of(item.expression)) & RATES
        ):
            return True
    return False


def _total(seen: Seen) -> bool:
    """Whether a total is asked of what a column of numbers has the name of, and rows are counted instead."""
    if TOTAL_NUMBER.search(seen.text) or seen.aggregates - {""} != {"count"}:
        return False
    said = set(seen.linked.question.stems)
    return any(
        view.numeric
        and not view.primary
        and not view.foreign
        and view.ref.table in seen.touched
        and len(view.stems) > 1
        and len(said & set(view.stems)) > 1
        for view in seen.schema.columns
    )


def _had(seen: Seen) -> bool:
    """Whether a number that rows are only said to have is added up: bookings with children are bookings."""
    lower = seen.linked.question.lower
    ends = {match.positions[-1] for match in seen.linked.tables if match.cover >= WHOLE and match.positions}
    for item in seen.plan.select:
        view = seen.view(item.expression) if item.aggregate == "sum" else None
        start = seen.match(view.ref).start if view is not None else -1
        if start > 1 and lower[start - 1] in ("with", "having") and start - 2 in ends and "total" not in lower:
            return True
    return False


def _undeducted(seen: Seen) -> bool:
    if not MINUS.search(seen.asked):
        return False
    taken = any(isinstance(part, (Days, Defined)) or (isinstance(part, Formula) and (part.less or part.discount)) for part in seen.parts)
    return not taken and not any(item.less is not None for item in seen.items)


def _other_kind(seen: Seen) -> bool:
    return streams.of_another(seen.linked, seen.plan)


def _fee_for_rows(seen: Seen) -> bool:
    """Whether things are ranked by a price or fee of theirs, and the question says nothing of money: the most deliveries are no delivery fees."""
    if OF_MONEY.search(seen.text) or seen.linked.spoken.found:
        return False
    for item in seen.figures:
        view = seen.view(item.expression) if item.aggregate == "sum" else None
        if (
            view is not None
            and view.stems[-1] in PRICED
            and not any(kin(token.stem, view.stems[-1]) for token in seen.linked.question.tokens)
        ):
            return True
    return False


DOUBTS = (
    Doubt("cost_counted", "a cost was asked for, and rows are counted", NONE, _cost),
    Doubt("own_cost", "what we spend was asked for, and no cost is read", NONE, _own_cost, OWN_COST),
    Doubt("spending_counted", "what was spent was asked for, and nothing is added up", NONE, _spending),
    Doubt("expenses_counted", "a share of money was asked for, and rows that have one amount each are counted", NONE, _expenses, SHARE, early=True),
    Doubt("stock_value", "the value of the stock was asked for, and nothing of what it is worth is read", NONE, _stock, STOCK, early=True),
    Doubt("rates_added", "shares of a whole, such as discounts, are added up", NONE, _rates, early=True),
    Doubt("undeducted", "one thing less another was asked for, and nothing is taken from anything", NONE, _undeducted),
    Doubt("money_counted", "money was asked for, and rows are counted", LOST, _rows),
    Doubt("money_listed", "an amount was asked for, and rows are listed by their numbers", LOST, _listed, AMOUNT),
    Doubt("total_counted", "a total of numbers was asked for, and rows are counted", LOST, _total, TOTAL),
    Doubt("rates_each", "scores or prices are added up and divided, where their mean is meant", LOST, _rate_each),
    Doubt("fee_for_rows", "the most of some things were asked for, and a fee or price of theirs is added up", LOST, _fee_for_rows, MOST),
    Doubt("other_kind", "revenue of one kind was asked for, and that of another is added up", HALF, _other_kind),
    Doubt("had_added", "a number that rows are only said to have is added up", LOST, _had),
)  # fmt: skip
