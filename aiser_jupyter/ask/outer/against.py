"""One total in percent of another, of other rows: what came back of what was sold, discounts as a percentage of sales, by group."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import PERCENT, Bucket, ColumnRef, Formula, Item, Order, Plan, Star, Told
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.plan import Expression
    from aiser_jupyter.ask.scored import Scored

TAIL = r"(?P<tail>,? (?:(?:broken down |split )?(?:by|per)|(?:for|in|of) (?:each|every)|in (?:19|20)\d\d|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|last (?:month|quarter|year)|(?:monthly|quarterly|yearly)) ?[\w ]*?)?"
RATIO = re.compile(
    rf"^\W*(?:(?:what (?:is|are|was|were)|show(?: me)?|give me) )?(?:the |total |our )*(?P<part>(?:(?!\b(?:by|per|each|every|share|rate)\b)[^,:?(])+?),? (?:given |told |expressed )?(?:as|in) (?:an? |the )?(?:share|percentage|percent|proportion|%) of (?P<whole>(?!all\b|the total\b|total\b|overall\b)(?:the |our )?[\w ]+?){TAIL}\W*$",
    re.IGNORECASE,
)
# What a rate is, told after its name: return rate per category, that is units returned as % of units sold.
TITLED = re.compile(
    r"^[^:(]+? rate (?P<by>(?:per|by) [\w ]+?) ?[:(] ?(?P<told>[^:()]+? (?:as|in) (?:a )?(?:%|percent(?:age)?|share) of [^:()]+?)\)?\W*$",
    re.IGNORECASE,
)
DIVIDED = re.compile(
    r"^[^:(]+? (?:rate|ratio|quota|percentage)(?P<by> (?:per|by) [\w ]+?)? ?[:(] ?(?P<part>[^:()]+?) (?:over|divided by|relative to|out of|/) (?P<whole>[^:()]+?)\)?\W*$",
    re.IGNORECASE,
)
BACK = r"(?:came back|come back|comes back|(?:was|were|is|are|got|have been|has been) (?:returned|sent back|refunded|brought back))"
SHARE = re.compile(
    rf"^\W*(?:what|which) (?:share|percentage|percent|proportion|part|fraction|%) of (?:all |the |our )*(?P<whole>(?:(?:units?|pieces|items|products|goods|articles) )?(?:sold|sales|revenue|units|pieces)) {BACK}{TAIL}\W*$",
    re.IGNORECASE,
)
RATE = re.compile(
    rf"^\W*(?:(?:what (?:is|was)|show(?: me)?) )?(?:the |our )*(?:overall )?(?P<kind>return|refund)s? (?:rate|ratio|quota)(?: in (?:%|percent))?{TAIL}(?: ?[(,] ?(?:in |by |based on )?(?P<unit>units|pieces|quantity|revenue|value|money)\)?)?\W*$",
    re.IGNORECASE,
)
UNITS, MONEY = (
    frozenset({"units", "pieces", "quantity", "unit", "items", "products", "goods", "articles", "item", "sold"}),
    frozenset({"revenue", "sales", "value", "money"}),
)
NOTE = "what came back is told in percent of what was sold"


def against(outer: Outer) -> list[Scored]:
    """The part in percent of the whole, where each is a total of its own."""
    text = TITLED.sub(r"\g<told> \g<by>", outer.text)
    text = DIVIDED.sub(lambda match: f"{match['part']} as a percentage of {match['whole']}{match['by'] or ''}", text)
    if said := RATE.match(text):
        unit = (said["unit"] or "").lower()
        if any({stem(said["kind"]), stem("rate")} <= set(view.stems) for view in outer.schema.columns):
            return []  # a rate that is stored
        return _returned(outer, said["tail"] or "", money=said["kind"].lower() == "refund" if not unit else unit in MONEY)
    if said := SHARE.match(text):
        words = set(said["whole"].lower().split())
        return _returned(outer, said["tail"] or "", money=not words & UNITS)
    if said := RATIO.match(text):
        tail = said["tail"] or ""
        above = total(outer, said["part"], tail)
        below = total(outer, said["whole"], tail) if above is not None else None
        return told(outer, above, below)
    return []


def total(outer: Outer, what: str, tail: str) -> Scored | None:
    """The total of something by group, whether it is said to be one or is one by its name."""
    found = (outer.sure(f"{text}{tail}") for text in (f"total {what}", what))
    return next((one for one in found if one is not None and figure(one.plan) is not None), None)


def _returned(outer: Outer, tail: str, *, money: bool) -> list[Scored]:
    """What came back of what was sold: pieces of pieces, or money of money."""
    pairs = [("total refund amount", "total revenue"), ("refunds", "revenue")] if money else [("returned units", "units sold")]
    for part, whole in pairs:
        above = outer.sure(f"{part}{tail}")
        if made := told(outer, above, outer.sure(f"{whole}{tail}") if above is not None else None):
            return [replace(one, assumptions=(*one.assumptions, NOTE)) for one in made]
    return []


def told(outer: Outer, above: Scored | None, below: Scored | None, how: Told = "against") -> list[Scored]:
    """The one in percent of the other, taken from it or added to it, where both are plain totals by the same groups."""
    one, other = (figure(side.plan) if side is not None else None for side in (above, below))
    if above is None or below is None or one is None or other is None or one == other:
        return []
    kinds = {one.aggregate, other.aggregate}
    if "sum" not in kinds or kinds - {"sum", "count"} or above.plan.group != below.plan.group or _labels(above.plan) != _labels(below.plan):
        return []
    if _homes(one) == _homes(other):
        return _beside(outer, above, below, one, other) if above.plan.where == below.plan.where and how == "against" else []
    plain = all(isinstance(e, (ColumnRef, Bucket)) for e in (*_labels(below.plan), *below.plan.group))
    if not plain or _kept(outer, above.plan, one) != _kept(outer, below.plan, other):
        return []
    return outer.made(replace(below.plan, order=(), compound=(how, replace(above.plan, order=()))), below, above)


def _beside(outer: Outer, above: Scored, below: Scored, one: Item, other: Item) -> list[Scored]:
    """Both of the same rows: one ratio of two totals."""
    item = Item(one.expression, one.aggregate, one.distinct, scale=PERCENT, over=other)
    labels = tuple(Item(e) for e in _labels(below.plan))
    order = (
        (Order(labels[0]),) if labels and isinstance(labels[0].expression, Bucket) else (Order(item, descending=True),) if labels else ()
    )
    path = outer.schema.graph.path(tables_of(Plan((*labels, item), (), below.plan.where)))
    if path is None or any(outer.schema.graph.multiplies(path, table) for table in _homes(one)):
        return []
    return outer.made(replace(below.plan, select=(*labels, item), order=order), above, below)


def _labels(plan: Plan) -> list[Expression]:
    return [item.expression for item in plan.select if not item.aggregate]


def _homes(item: Item) -> frozenset[str]:
    return (
        frozenset(leaf.table for leaf in leaves(item.expression))
        if isinstance(item.expression, (ColumnRef, Star, Formula))
        else frozenset()
    )


def _kept(outer: Outer, plan: Plan, item: Item) -> set[object]:
    """The tests that both sides must share: those on no column of the figure's own table, and its dates, whichever column holds them."""
    mine, found = _homes(item), set()
    for test in plan.where:
        tables = {leaf.table for leaf in leaves(test.item.expression)}
        column = test.item.expression
        if isinstance(column, ColumnRef) and outer.schema.view(column).temporal:
            found.add((test.operator, test.values))
        elif not tables <= mine:
            found.add(test)
    return found
