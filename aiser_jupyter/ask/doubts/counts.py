"""Counting: what is counted are the things that were asked about, and as many figures are shown as were asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.grammar import streams
from aiser_jupyter.ask.grammar.compounds import beside
from aiser_jupyter.ask.grammar.measures import amount, line_revenue
from aiser_jupyter.ask.plan import BASE, ColumnRef, Item, Plan, Star
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.wording.chatter import tailed
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen
    from aiser_jupyter.ask.plan import Expression

MANY = re.compile(r"\b(?:how many|numbers? of|no\.? of|counts? of|#)\b", re.IGNORECASE)
OPENING = re.compile(
    r"^\W*(?:what (?:is|was) |show (?:me )?|give me )?(?:the )?(?:total )?(?:how many|number of|count of)\b", re.IGNORECASE
)
MOST = re.compile(r"\b(?:the )?(?:most|fewest|least) ", re.IGNORECASE)
AND_COUNT = re.compile(r"\b(?:and|with) how many(?: (?:is|are|was|were) (?:it|that|there|they|those))?[?.]?\s*$", re.IGNORECASE)
SET_AGAINST = re.compile(r"\b(?:vs|versus|compared (?:to|with)|against)\b", re.IGNORECASE)
WHO = re.compile(r"\W*who\b(?! (?:many|much))", re.IGNORECASE)
COUNT_AND = re.compile(
    r"(?:[:,]|\bwith) ?(?:the |their )?(?:counts?|number) (?:and|plus) \w|\band (?:the )?(?:count|number)\b(?! of)", re.IGNORECASE
)
LISTED = re.compile(r": ?(?:the )?(?:number of )?(?P<one>[a-z]+) and (?:the )?(?P<other>[a-z]+)\W*$", re.IGNORECASE)
TWO = re.compile(
    r"\b(?:number|count)s? and (?:the |their |its )?(?:total|average|mean|sum|overall|median)\b|\bhow many and (?:how much|what)\b|\b(?:total|average|mean) \w+ and (?:the )?(?:number|count)\b",
    re.IGNORECASE,
)
MANY_AND = re.compile(r"\b(?:how many|number of) [\w ]+?,? and (?:how many|(?:the )?number of) ", re.IGNORECASE)
SEVERAL = re.compile(
    r"\b(?:number|count)s? of (?P<list>[a-z]+(?: [a-z]+)?(?:, (?:the )?[a-z]+(?: [a-z]+)?)*,? and (?:the )?[a-z]+(?: [a-z]+)??)(?=\W*$|,? (?:for|by|per|in|of|from|at|on|during|since|last|this|each|we|did|were|was|are)\b)",
    re.IGNORECASE,
)


def _and_count(seen: Seen) -> bool:
    return not seen.shown_figures and bool(AND_COUNT.search(seen.asked) or tailed(seen.asked))


def _two_periods(seen: Seen) -> bool:
    return seen.frame is not None and len(seen.frame.periods) == 2 and not seen.shown_figures


def _who(seen: Seen) -> bool:
    figures_alone = seen.shown_figures == len(seen.plan.select) and seen.plan.source is None
    return figures_alone and WHO.match(seen.asked) is not None


def _other(seen: Seen) -> bool:
    """Whether the number of one table's things is asked for and those of others alone are counted; or of what has no name in the data, as a key of something else."""
    counts = [item.expression for item in seen.items if item.aggregate == "count"]
    if not counts or seen.aggregates & {"sum", "defined"} or any(plan.source is not None for plan in seen.plans):
        return False
    linked, tables = seen.linked, seen.schema.tables
    counted = {table for one in counts for table in stands_for(seen, one)}
    for found in MANY.finditer(seen.text):
        place = next((i for i, token in enumerate(linked.question.tokens) if token.start >= found.end()), -1)
        if place < 0:
            continue
        place = _head(seen, place)
        asked = {view.name for view, match in zip(tables, linked.tables, strict=True) if match.exact == 1.0 and match.start == place}
        columns = [
            view.ref
            for view, match in zip(seen.schema.columns, linked.columns, strict=True)
            if match.exact == 1.0 and match.start == place and not view.foreign
        ]
        after = linked.question.lower[place + 1 : place + 2]
        if not asked and not columns and _only_keys(seen, counts, place):
            return True
        if asked and not columns and not asked & counted and BASE not in counted and after not in (("days",), ("of",)):
            return True
    return False


def _head(seen: Seen, place: int) -> int:
    """Where the noun stands that is counted, behind one that only tells its kind: the orders of customer orders."""
    linked = seen.linked
    kind, head = (any(match.exact == 1.0 and match.start == at for match in linked.tables) for at in (place, place + 1))
    return place + 1 if kind and head and beside(linked.question.lower, place, place + 1) else place


def _only_keys(seen: Seen, counts: list[Expression], place: int) -> bool:
    """Whether the keys of things are counted that the counted word, which is no name of anything, does not stand for."""
    linked = seen.linked
    if not linked.question.tokens[place].content or place in {i for match in linked.tables for i in match.positions}:
        return False
    views = [view for ref in counts if (view := seen.view(ref)) is not None]
    return bool(views) and len(views) == len(counts) and all(view.foreign and place not in seen.match(view.ref).positions for view in views)


def stands_for(seen: Seen, expression: object) -> set[str]:
    """The tables whose things an expression tells apart."""
    keys = seen.schema.catalog.keys
    if isinstance(expression, Star):
        line = line_revenue(seen.schema)  # the lines of an order stand for what was ordered
        lines = line is not None and line.table == expression.table
        return {expression.table, *(key.ref_table for key in keys if lines and key.table == expression.table)}
    if not isinstance(expression, ColumnRef):
        return {BASE}
    return {expression.table, *(key.ref_table for key in keys if key.table == expression.table and key.columns == (expression.column,))}


def _counted_key(seen: Seen, item: Item) -> ColumnRef | None:
    """The key whose different values are counted, which are the things of its table."""
    view = seen.view(item.expression) if item.aggregate == "count" and item.distinct else None
    return view.ref if view is not None and view.primary else None


def _one_each(seen: Seen) -> bool:
    return any(_one_in_group(seen, plan) for plan in seen.plans)


def _one_in_group(seen: Seen, plan: Plan) -> bool:
    """Whether different things are counted of which each row of the group has but one, as the customers of each bill."""
    graph = seen.schema.graph
    homes = [view.ref.table for one in plan.group if (view := seen.view(one)) is not None and view.primary]
    figures = (*plan.select, *(o.item for o in plan.order), *(c.item for c in plan.having)) if homes else ()
    for item in figures:
        ref = _counted_key(seen, item)
        for home in homes:
            path = graph.path((home, ref.table)) if ref is not None and home != ref.table else None
            if path is not None and not graph.multiplies(path, home):
                return True
    return False


def _detour(seen: Seen) -> bool:
    """Whether things are told by a group that they belong to through rows of a third table, though they say themselves which one is theirs."""
    for item in seen.plan.select:
        ref = _counted_key(seen, item)
        for one in seen.plan.group if ref is not None else ():
            view = seen.view(one)
            if view is None or ref is None or view.ref.table == ref.table or not view.foreign or view.ref.table in seen.exact:
                continue
            if any(own.ref.table == ref.table and set(view.stems) < set(own.stems) for own in seen.schema.columns):
                return True
    return False


def _unnamed(seen: Seen) -> bool:
    """Whether the things of a table that nobody named are told apart and counted, where the rows of a table that was are meant."""
    plan, linked = seen.plan, seen.linked
    if not any(isinstance(one, ColumnRef) for one in plan.group) or plan.source is not None or not seen.exact & seen.tables:
        return False
    said = {view.name for view, match in zip(seen.schema.tables, linked.tables, strict=True) if match.positions}
    keys = [ref for item in seen.items if (ref := _counted_key(seen, item)) is not None]
    return any(ref.table not in said and not seen.match(ref).positions for ref in keys)


def _fewer(seen: Seen) -> bool:
    return _no_count(seen) or _uncounted(seen) or _fewer_shown(seen)


def _no_count(seen: Seen) -> bool:
    return bool(COUNT_AND.search(seen.text)) and not any(item.aggregate == "count" for item in seen.plan.select)


def _uncounted(seen: Seen) -> bool:
    """Whether of two figures the one that is a number of things is left out: orders and revenue."""
    found = LISTED.search(seen.text)
    if found is None or not seen.shown_figures or any(item.aggregate == "count" for item in seen.plan.select):
        return False
    names = {stem(found[name].lower()) for name in ("one", "other")}
    columns = {view.stems for view in seen.schema.columns if amount(view)}
    return any((name,) in seen.schema.things and (name,) not in columns for name in names)


def _fewer_shown(seen: Seen) -> bool:
    """Whether several figures are asked for in a row and fewer are shown."""
    shown = sum(bool(item.aggregate or item.among or item.over) for item in seen.plan.select)
    if TWO.search(seen.text) and 0 < shown < 2:
        return True
    if MANY_AND.search(seen.text) and shown == 1 and not seen.plan.group and seen.plan.source is None:
        return True
    said = SEVERAL.search(seen.text)
    if said is None or not shown:
        return False
    heads = [part.split()[-1].lower() for part in re.split(r", (?:and )?|,? and ", said["list"]) if part.strip()]
    words = {word for view in (*seen.schema.tables, *seen.schema.columns) for word in view.stems}
    values = {stem(word) for mention in seen.linked.mentions if mention.stored for word in str(mention.value).lower().split()}
    known = [head for head in heads if stem(head) in words and stem(head) not in values]
    return len(known) == len(heads) > shown and all(head.endswith("s") for head in heads)


def _rows_for_most(seen: Seen) -> bool:
    """Whether who has the most of an amount is asked for, and the number of rows is ranked by: the most calls are no number of days."""
    said = MOST.search(seen.text)
    if said is None or not any(order.item.aggregate == "count" for order in seen.plan.order):
        return False
    place = next((i for i, token in enumerate(seen.linked.question.tokens) if token.start >= said.end()), -1)
    if any(match.exact == 1.0 and match.start == place for match in seen.linked.tables):
        return False
    named = [
        view for view, match in zip(seen.schema.columns, seen.linked.columns, strict=True) if match.exact == 1.0 and match.start == place
    ]
    return any(amount(view) and view.ref.table in seen.tables for view in named) and not any(view.ref in seen.refs for view in named)


def _not_counted(seen: Seen) -> bool:
    """Whether a number of things is asked for and the things are listed."""
    plan = seen.plan
    if (
        seen.shown_figures
        or plan.source is not None
        or plan.compound
        or any(item.aggregate or item.over or item.window for item in seen.items)
    ):
        return False
    views = [view for item in plan.select if (view := seen.view(item.expression)) is not None]
    return len(views) == len(plan.select) and not any(view.numeric and not view.primary and not view.foreign for view in views)


def _joined(seen: Seen) -> bool:
    """Whether the things of two tables are counted in one, where those are lost that have none of the other: all customers and all orders."""
    plan = seen.plan
    counts = [item.expression for item in plan.select if item.aggregate == "count" and not (item.only or item.among or item.over)]
    if len(counts) < 2 or plan.group or plan.where or plan.source is not None:
        return False
    homes = [{leaf.table for leaf in leaves(one)} for one in counts]
    return any(not home & other for i, home in enumerate(homes) for other in homes[i + 1 :])


def _rows_for_pieces(seen: Seen) -> bool:
    """Whether rows are counted of which each tells how many of the things it is of."""
    said = frozenset(token.stem for token in seen.linked.question.tokens)
    counted = {item.expression.table for item in seen.figures if item.aggregate == "count" and isinstance(item.expression, Star)}
    return any(streams.pieces(seen.schema, table, said) is not None for table in counted)


DOUBTS = (
    Doubt("counted_joined", "the things of two tables are counted where they are joined", LOST, _joined),
    Doubt("rows_for_most", "who has the most of an amount was asked for, and rows are counted", LOST, _rows_for_most, MOST),
    Doubt("not_counted", "a number of things was asked for, and they are listed", NONE, _not_counted, OPENING),
    Doubt("and_count", "a number was asked for beside what is shown, and none is", NONE, _and_count),
    Doubt("two_periods", "two periods were set against each other, and no figure is shown", NONE, _two_periods, SET_AGAINST),
    Doubt("who", "it was asked who, and figures alone are shown", NONE, _who),
    Doubt("other_counted", "the number of one kind of thing was asked for, and another kind is counted", LOST, _other, MANY),
    Doubt("rows_for_pieces", "things were asked for, and rows are counted that are each of several", LOST, _rows_for_pieces),
    Doubt("one_each", "things are counted of which each row of the group has but one", LOST, _one_each),
    Doubt("detour", "things are grouped through a third table, though they say themselves which group is theirs", LOST, _detour),
    Doubt("unnamed_counted", "the things of a table that nobody named are counted", LOST, _unnamed),
    Doubt("fewer_figures", "several figures were asked for, and fewer are shown", LOST, _fewer),
)  # fmt: skip
