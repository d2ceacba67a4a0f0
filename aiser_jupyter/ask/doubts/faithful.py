"""Whether a plan keeps every telling part of a question: its numbers, groups, ranked things, denials, and the names it is asked in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Days, Item, Plan, Ranges, Star
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked

# What each lost part leaves of the confidence: none of these is answered by another query than one that has it.
LOST, HALF_NAMED, UNPLACED = 0.45, 0.5, 0.6
NAMED = 0.7  # the share of a column's words from which on it is the thing that was named
DIFFERENT = frozenset({"different", "distinct", "unique"})
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


def kept(linked: Linked, frame: Frame, plan: Plan, missing: tuple[str, ...]) -> float:
    """What is left of the confidence in ``plan``: 1.0 where it keeps every part, less for each kind that it loses.

    Words of the semantic model are kept by its definitions, which `heed` looks after.
    """
    if linked.spoken.found:
        return 1.0
    held = parts(plan)
    share = 1.0
    if _half_named(linked, held):
        share *= HALF_NAMED
    for lost in (_number(linked, frame, held), _group(linked, plan, held), _ranked(linked, held), _denial(linked, held)):
        share *= LOST if lost else 1.0
    if _elsewhere(linked, plan) or _unplaced(linked, held, missing):
        share *= UNPLACED
    return share


def _half_named(linked: Linked, held: list[object]) -> bool:
    """Whether different values of a column are counted that the question names by half: visits are not the kinds of visit."""
    if set(linked.question.lower) & DIFFERENT:
        return False
    for item in held:
        if not (isinstance(item, Item) and item.aggregate == "count" and item.distinct and isinstance(item.expression, ColumnRef)):
            continue
        if item.expression not in linked.schema.index:
            continue
        view = linked.schema.view(item.expression)
        if view.primary or view.foreign or view.distinct == view.rows or view.stems[-1] in ("id", "number", "no", "code", "key"):
            continue
        if view.type == "number" or linked.columns[linked.schema.index[item.expression]].cover < NAMED:
            return True
    return False


def _number(linked: Linked, frame: Frame, held: list[object]) -> bool:
    """Whether a number of the question is nowhere in the plan."""
    spans = [period.span for period in frame.periods]
    named = {i for match in (*linked.tables, *linked.columns) if match.exact == 1.0 for i in match.positions}
    said = {
        i
        for mention in (*linked.mentions, *linked.spoken.found)
        if getattr(mention, "stored", True)
        for i in range(mention.start, mention.end)
    }
    literals = set(_literals(held))
    for i, token in enumerate(linked.question.tokens):
        if token.kind != "number" or not isinstance(token.value, (int, float)) or i in named or i in said:
            continue
        if any(a <= token.start < b for a, b in spans) or token.text.lower() in ("one", "a", "first", "second", "third"):
            continue
        if not literals & {float(token.value), token.value / 100, token.value - 1, token.value + 1}:
            return True
    return False


def _literals(held: list[object]) -> Iterator[float]:
    for part in held:
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


def _named_at(linked: Linked, place: int) -> tuple[set[str], set[ColumnRef]]:
    """The tables and columns whose whole name begins at a token, or one after it."""
    near = {place, place + 1}
    tables = {v.name for v, m in zip(linked.schema.tables, linked.tables, strict=True) if m.exact == 1.0 and m.start in near}
    columns = {v.ref for v, m in zip(linked.schema.columns, linked.columns, strict=True) if m.exact == 1.0 and m.start in near}
    return tables, columns


def _token_at(linked: Linked, at: int) -> int:
    return next((i for i, token in enumerate(linked.question.tokens) if token.start >= at), len(linked.question.tokens))


def _group(linked: Linked, plan: Plan, held: list[object]) -> bool:
    """Whether a group that the question names, by what stands in the data, is left out."""
    text = linked.question.text
    grouped = [expression for part in held if isinstance(part, Plan) for expression in (*part.group, *part.rank_within)]
    for found in GROUPS.finditer(text):
        if DOER.search(text[: found.start()]) or not found.group().strip():
            continue
        tables, columns = _named_at(linked, _token_at(linked, found.end()))
        if not (tables or columns):
            continue
        figures = any(item.aggregate for part in held if isinstance(part, Plan) for item in part.select) or plan.order
        ranked = found.group().lower().startswith("by") and any(linked.schema.view(ref).numeric for ref in columns)
        listed = LISTED.match(text, found.end())
        if listed and 0 < len(set(grouped)) < 2 and "by" in found.group().lower() and not ranked and _two(linked, listed):
            return True
        if not grouped and not any(isinstance(part, Item) and (part.over or part.less) for part in held) and not (ranked and figures):
            return True
    return False


def _two(linked: Linked, listed: re.Match[str]) -> bool:
    """Whether both of two that a figure is told by are words of names in one and the same table, or in tables of their own."""
    said = [stem(listed[name].lower().split()[-1]) for name in ("one", "other")]
    known = [[view.ref for view in linked.schema.columns if word in view.stems] for word in said]
    return said[0] != said[1] and all(known) and not set(known[0]) & set(known[1])


def _ranked(linked: Linked, held: list[object]) -> bool:
    """Whether the things that are ranked have no place in the plan."""
    found = RANKED.search(linked.question.text)
    if not found:
        return False
    tables, columns = _named_at(linked, _token_at(linked, found.end()))
    if not (tables or columns):
        return False
    shown = {part for part in held if isinstance(part, ColumnRef)}
    used = {table for part in held if isinstance(part, Plan) for table in tables_of(part)}
    return not (tables & used or columns & shown)


def _denial(linked: Linked, held: list[object]) -> bool:
    """Whether a denial is left out, or what holds beside it: who ordered then but not now."""
    text = linked.question.text
    values = [range(linked.question.tokens[m.start].start, linked.question.tokens[m.end - 1].end) for m in linked.mentions if m.stored]
    denied = [
        m
        for m in DENIED.finditer(text)
        if (not any(m.start() in span for span in values) and m.group().lower() != "no") or m.group() == "no"
    ]
    if not denied:
        return False
    tests = [part for part in held if isinstance(part, Condition)]
    negative = [
        one for one in tests if one.operator in DENIALS or (one.operator in ("=", "in") and set(one.values) & {0, "0", "No", "no", "N"})
    ]
    apart = any(isinstance(part, Plan) and part.compound and part.compound[0] == "except" for part in held)
    dates = {v.ref for v in linked.schema.columns if v.temporal}
    below = any(one.operator in ("<", "<=", ">", ">=") and one.item.expression not in dates for one in tests)  # "no more than", "not above"
    if BUT_NOT.search(text):
        return not apart and (not negative or len(tests) - len(negative) < 1)
    return not (negative or apart or below)


def _elsewhere(linked: Linked, plan: Plan) -> bool:
    """Whether a figure is summed up over another table's column though the thing that was named has one of the same name."""
    spoken = set(linked.question.lower)
    if spoken & {"average", "avg", "mean", "total", "sum", "median", "highest", "lowest", "all", "sold", "ordered"} or plan.group:
        return False
    fixed = {one.item.expression.table for one in plan.where if one.operator == "=" and isinstance(one.item.expression, ColumnRef)}
    for item in plan.select:
        ref = item.expression
        if not (item.aggregate in ("avg", "sum", "min", "max") and isinstance(ref, ColumnRef) and ref in linked.schema.index):
            continue
        namesakes = {v.ref.table for v in linked.schema.columns if v.stems == linked.schema.view(ref).stems}
        if ref.table not in fixed and fixed & namesakes:
            return True
    return False


def _unplaced(linked: Linked, held: list[object], missing: tuple[str, ...]) -> bool:
    """Whether a word that has no place in the plan is the whole name of something in the data that the plan does not touch."""
    used: set[str] = set()
    for part in held:
        if isinstance(part, ColumnRef) and part in linked.schema.index:
            used |= set(linked.schema.view(part).stems)
        elif isinstance(part, (Star, ColumnRef)) and part.table in linked.schema.table_index:
            used |= set(linked.schema.table(part.table).stems)
        elif isinstance(part, (Bucket, Days)):
            used |= {"date"}
    lacking = {token.stem for token in linked.question.tokens if token.text in missing and token.text.lower() not in STOP}
    return any(view.stems == (word,) for word in lacking - used for view in linked.schema.columns)
