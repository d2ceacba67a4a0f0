"""Whether what grammar and training read keeps every telling part of a question: its numbers, groups, ranked things, denials, and the names it is asked in.

They are apart from the other doubts because the readers of noun phrases and shapes account for each word themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import HALF, LOST, PARTLY, Doubt
from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Days, Item, Plan, Ranges, Star
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.doubts.seen import Seen

NAMED = 0.7  # the share of a column's words from which on it is the thing that was named
DIFFERENT = bag("different distinct unique")
KEYS = bag("id number no code key")
DENIED = re.compile(
    r"\b(?:not|never|without|neither|nor|no(?!-)|none|except|excluding|other than|outside(?: of)?|apart from|n't|haven't|hasn't|didn't|don't)\b",
    re.IGNORECASE,
)
BUT_NOT = re.compile(r"\bbut (?:not|never|no|didn't|did not|haven't|have not)\b", re.IGNORECASE)
DENIALS = frozenset({"!=", "not in", "not like", "is null", "not holds"})
GROUPS = re.compile(r"\b(?:(?:by|per|across)(?: each| every| the)?|(?:for|in|of|at|from) (?:each|every)|each|every) (?=\w)", re.IGNORECASE)
# "Ordered by", "made by": a doer or an order, no group.
DOER = re.compile(r"(?:\b\w+(?:ed|en|ne|ung|ght)|\b(?:sort|order|rank|by|made|led|run|sold|sent|paid|held))\s*$", re.IGNORECASE)
LISTED = re.compile(
    r"(?:the |our )?(?P<one>[a-z]+(?: [a-z]+)?),? and (?:by )?(?:the |our )?(?P<other>[a-z]+)(?=\W*$| (?:in|for|during|since|last|this|from|of)\b)",
    re.IGNORECASE,
)
RANKED = re.compile(
    r"\b(?:top|bottom|best|worst)(?: \w+)? (?:\d+|two|three|four|five|six|seven|eight|nine|ten|twenty) (?=[a-z])|^\W*(?:top|bottom) (?=[a-z])",
    re.IGNORECASE,
)
ONE_OF_ALL = bag("average avg mean total sum median highest lowest all sold ordered")


def _half_named(seen: Seen) -> bool:
    """Whether different values of a column are counted that the question names by half: visits are not the kinds of visit."""
    if seen.lower & DIFFERENT:
        return False
    for item in seen.items:
        view = seen.view(item.expression) if item.aggregate == "count" and item.distinct else None
        if view is None or view.primary or view.foreign or view.distinct == view.rows or view.stems[-1] in KEYS:
            continue
        if view.type == "number" or seen.match(view.ref).cover < NAMED:
            return True
    return False


def _number(seen: Seen) -> bool:
    """Whether a number of the question is nowhere in the plan."""
    linked = seen.linked
    numbers = [(i, token) for i, token in enumerate(linked.question.tokens) if token.kind == "number"]
    if not numbers:
        return False
    spans = [period.span for period in seen.frame.periods] if seen.frame is not None else []
    told = {i for match in (*linked.tables, *linked.columns) if match.exact == 1.0 for i in match.positions}
    told |= {
        i
        for mention in (*linked.mentions, *linked.spoken.found)
        if getattr(mention, "stored", True)
        for i in range(mention.start, mention.end)
    }
    literals = set(_literals(seen))
    for i, token in numbers:
        if not isinstance(token.value, (int, float)) or i in told or any(a <= token.start < b for a, b in spans):
            continue
        if token.text.lower() in ("one", "a", "first", "second", "third"):
            continue
        if not literals & {float(token.value), token.value / 100, token.value - 1, token.value + 1}:
            return True
    return False


def _literals(seen: Seen) -> Iterator[float]:
    for part in seen.parts:
        if isinstance(part, Condition):
            for value in part.values:
                if isinstance(value, (int, float)):
                    yield float(value)
                elif isinstance(value, str):
                    yield from (float(word) for word in re.findall(r"\d+(?:\.\d+)?", value))
        elif isinstance(part, Item):
            yield from (float(part.rows), part.fraction, part.scale, part.fraction * 100)
        elif isinstance(part, Band):
            yield part.width
        elif isinstance(part, Ranges):
            yield from (float(number) for label in part.labels for number in re.findall(r"\d+(?:\.\d+)?", label))
        elif isinstance(part, Plan) and part.limit is not None:
            yield float(part.limit)


def _named_at(seen: Seen, at: int) -> tuple[set[str], set[ColumnRef]]:
    """The tables and columns whose whole name begins at the token from a place of the text on, or one after it."""
    linked, tokens = seen.linked, seen.linked.question.tokens
    place = next((i for i, token in enumerate(tokens) if token.start >= at), len(tokens))
    near = {place, place + 1}
    tables = {v.name for v, m in zip(seen.schema.tables, linked.tables, strict=True) if m.exact == 1.0 and m.start in near}
    columns = {v.ref for v, m in zip(seen.schema.columns, linked.columns, strict=True) if m.exact == 1.0 and m.start in near}
    return tables, columns


def _group(seen: Seen) -> bool:
    """Whether a group that the question names, by what stands in the data, is left out."""
    text = seen.text
    grouped = [expression for plan in seen.plans for expression in (*plan.group, *plan.rank_within)]
    for found in GROUPS.finditer(text):
        if DOER.search(text[: found.start()]) or not found.group().strip():
            continue
        tables, columns = _named_at(seen, found.end())
        if not (tables or columns):
            continue
        figures = any(item.aggregate for plan in seen.plans for item in plan.select) or seen.plan.order
        ranked = found.group().lower().startswith("by") and any(seen.schema.view(ref).numeric for ref in columns)
        listed = LISTED.match(text, found.end())
        if listed and 0 < len(set(grouped)) < 2 and "by" in found.group().lower() and not ranked and _two(seen, listed):
            return True
        if not grouped and not any(item.over or item.less for item in seen.items) and not (ranked and figures):
            return True
    return False


def _two(seen: Seen, listed: re.Match[str]) -> bool:
    """Whether both of two that a figure is told by are words of names in one and the same table, or in tables of their own."""
    said = [stem(listed[name].lower().split()[-1]) for name in ("one", "other")]
    known = [[view.ref for view in seen.schema.columns if word in view.stems] for word in said]
    return said[0] != said[1] and all(known) and not set(known[0]) & set(known[1])


def _ranked(seen: Seen) -> bool:
    """Whether the things that are ranked have no place in the plan."""
    found = RANKED.search(seen.text)
    if not found:
        return False
    tables, columns = _named_at(seen, found.end())
    used = {table for plan in seen.plans for table in tables_of(plan)}
    return bool(tables or columns) and not tables & used and not columns & set(seen.refs)


def _denial(seen: Seen) -> bool:
    """Whether a denial is left out, or what holds beside it: who ordered then but not now."""
    tokens = seen.linked.question.tokens
    values = [range(tokens[m.start].start, tokens[m.end - 1].end) for m in seen.linked.mentions if m.stored]
    denied = [
        m
        for m in DENIED.finditer(seen.text)
        if m.group() == "no" or (m.group().lower() != "no" and not any(m.start() in span for span in values))
    ]
    if not denied:
        return False
    negative = [
        one
        for one in seen.tests
        if one.operator in DENIALS or (one.operator in ("=", "in") and set(one.values) & {0, "0", "No", "no", "N"})
    ]
    apart = any(plan.compound and plan.compound[0] == "except" for plan in seen.plans)
    if BUT_NOT.search(seen.text):
        return not apart and (not negative or len(seen.tests) - len(negative) < 1)
    dates = {view.ref for view in seen.schema.columns if view.temporal}
    below = any(one.operator in ("<", "<=", ">", ">=") and one.item.expression not in dates for one in seen.tests)  # "no more than"
    return not (negative or apart or below)


def _misplaced(seen: Seen) -> bool:
    return _elsewhere(seen) or _unplaced(seen)


def _elsewhere(seen: Seen) -> bool:
    """Whether a figure is summed up over another table's column though the thing that was named has one of the same name."""
    plan = seen.plan
    if seen.lower & ONE_OF_ALL or plan.group:
        return False
    fixed = {one.item.expression.table for one in plan.where if one.operator == "=" and isinstance(one.item.expression, ColumnRef)}
    for item in plan.select if fixed else ():
        view = seen.view(item.expression) if item.aggregate in ("avg", "sum", "min", "max") else None
        if view is not None and view.ref.table not in fixed and fixed & {v.ref.table for v in seen.schema.columns if v.stems == view.stems}:
            return True
    return False


def _unplaced(seen: Seen) -> bool:
    """Whether a word that has no place in the plan is the whole name of something in the data that the plan does not touch."""
    if not seen.missing:
        return False
    used = set(seen.named)
    for part in seen.parts:
        if isinstance(part, (Star, ColumnRef)) and seen.view(part) is None and part.table in seen.schema.table_index:
            used |= set(seen.schema.table(part.table).stems)
        elif isinstance(part, (Bucket, Days)):
            used |= {"date"}
    lacking = {token.stem for token in seen.linked.question.tokens if token.text in seen.missing and token.text.lower() not in STOP} - used
    return any(view.stems == (word,) for word in lacking for view in seen.schema.columns)


DOUBTS = (
    Doubt("half_named", "the kinds of a thing are counted, and the things were asked for", HALF, _half_named),
    Doubt("number", "a number of the question is nowhere in the query", LOST, _number),
    Doubt("group", "a group that the question names is left out", LOST, _group, GROUPS),
    Doubt("ranked", "the things that were to be ranked are not read", LOST, _ranked, RANKED),
    Doubt("denial", "a denial is left out, or what holds beside it", LOST, _denial, DENIED),
    Doubt("misplaced", "a word that names something in the data stands for something else, or for nothing", PARTLY, _misplaced),
)
