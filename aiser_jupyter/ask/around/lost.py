"""Whether a plan loses the shape of its question: the test of a share, an only, a factor between two columns, an age."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around import ages, columns, kinds, per, portion, sides
from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Item, Plan
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked

LATE = re.compile(r"\b(?:paid|delivered|shipped|arrived|arriving|returned|sent|completed|finished|received) (?:too )?late\b", re.IGNORECASE)
PERCENT = re.compile(r"%|\bper ?cent\b", re.IGNORECASE)
NEWEST = re.compile(r"\b(?:newest|latest|most recent)\b(?! (?:\w+ )?(?:year|quarter|month|week|day|data)s?\b)", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@lru_cache(maxsize=64)
def called(text: str) -> bool:
    """Whether a question has any of these shapes, of which each candidate is asked."""
    forms = (portion.TRAILING, portion.LEADING, sides.MORE, sides.THERE, per.PER, kinds.ONLY, kinds.BUT_NO)
    cues = (NEWEST, LATE, *(pattern for kind, pattern in columns.PATTERNS if kind in ("apart", "part", "even")))
    return any(form.match(text) for form in forms) or any(cue.search(text) for cue in cues) or ages.said(text) is not None


def lost(linked: Linked, plan: Plan) -> bool:
    """Whether a cue of the question's shape has no place in ``plan``."""
    if linked.spoken.found or not called(linked.question.text):
        return False
    held = parts(plan)
    tests = [part for part in held if isinstance(part, Condition)]
    return (
        _unshared(linked, plan, [part for part in held if isinstance(part, Item)])
        or _unkind(linked, plan, held, tests)
        or _undated(linked, plan)
        or _compared(linked, held, tests)
        or _aged(linked, tests)
    )


def _unshared(linked: Linked, plan: Plan, items: list[Item]) -> bool:
    """Whether the test of a share, the other side of a comparison or what a total is told per is left out."""
    text = linked.question.text
    if any(item.window == "share" for item in items) and portion.called_for(text):
        return True
    if (sides.MORE.match(text) or sides.THERE.match(text)) and not any(item.less is not None for item in items):
        return True
    return bool(plan.group) and per.grouped_by(linked.schema, text, plan)


def _unkind(linked: Linked, plan: Plan, held: list[object], tests: list[Condition]) -> bool:
    """Whether an only tests nothing away, or of the one and not the other only one is tested."""
    denied = any(test.operator in ("not in", "!=", "is null", "not like") for test in tests)
    apart = any(isinstance(part, Plan) and part.compound and part.compound[0] == "except" for part in held)
    if kinds.ONLY.match(linked.question.text) and len(linked.schema.tables) > 1 and not (denied or apart):
        return True
    return _one_of_two(linked, plan, apart=apart)


def _one_of_two(linked: Linked, plan: Plan, *, apart: bool) -> bool:
    """Whether of "with the one but no other" only one is tested, and the plan does not read the rows of the one."""
    said = kinds.BUT_NO.match(linked.question.text)
    if said is None or apart or len(plan.where) + len(plan.having) > 1:
        return False
    words = kinds.ARTICLE.sub("", said["one"]).lower().split()
    tables = {named.table for strength, named, _ in names_of(linked.schema).meant(tuple(words)) if strength >= kinds.PROBABLE}
    return not tables & set(tables_of(plan))


def _undated(linked: Linked, plan: Plan) -> bool:
    """Whether the newest of some things are ranked by no date, or by that of their birth."""
    if not NEWEST.search(linked.question.text) or not plan.order or not (plan.limit or plan.rank_within):
        return False
    views = [
        linked.schema.view(leaf)
        for order in plan.order
        for leaf in leaves(order.item.expression)
        if isinstance(leaf, ColumnRef) and leaf in linked.schema.index
    ]
    if any(set(view.stems) & ages.BORN for view in views):
        return True
    return bool(views) and any(o.item.aggregate == "sum" for o in plan.order)


def _compared(linked: Linked, held: list[object], tests: list[Condition]) -> bool:
    """Whether one column is to be held against another, and none is."""
    text = linked.question.text
    if any(PERCENT.search(text) and pattern.search(text) for kind, pattern in columns.PATTERNS if kind in ("apart", "part")):
        factor = any(test.other is not None and (test.other.scale != 1.0 or test.item.scale != 1.0 or test.item.over) for test in tests)
        return not (factor or any(isinstance(part, Item) and (part.less or part.over) for part in held))
    if any(test.other is not None for test in tests) or any(isinstance(part, Days) for part in held):
        return False
    if any(pattern.search(text) for kind, pattern in columns.PATTERNS if kind == "even"):
        return not any(isinstance(part, Item) and (part.less or part.over) for part in held)
    named = {
        word for part in held if isinstance(part, ColumnRef) and part in linked.schema.index for word in linked.schema.view(part).stems
    }
    told = {word for test in tests for value in test.values for word in str(value).lower().split()}
    return bool(LATE.search(text)) and not {"late", stem("late"), "overdue"} & (named | told)


def _aged(linked: Linked, tests: list[Condition]) -> bool:
    """Whether an age is told and no test is on one: a date is never less than a number."""
    if ages.said(linked.question.text) is None:
        return False
    for test in tests:
        ref = test.item.expression
        if not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
            continue
        view = linked.schema.view(ref)
        if view.temporal and test.values:
            return not all(DAY.match(str(value)) for value in test.values)
        if set(view.stems) & (ages.BORN | {ages.AGE}):
            return False
    return True
