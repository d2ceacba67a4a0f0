"""Shapes of a question that only some readings know: the test of a share, an only, a factor between two columns, an age."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around import ages, columns, kinds, per, portion, sides, span
from aiser_jupyter.ask.doubts.doubt import NONE, Doubt
from aiser_jupyter.ask.plan import Days
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.doubts.seen import Seen

LATE = re.compile(r"\b(?:paid|delivered|shipped|arrived|arriving|returned|sent|completed|finished|received) (?:too )?late\b", re.IGNORECASE)
PERCENT = re.compile(r"%|\bper ?cent\b", re.IGNORECASE)
NEWEST = re.compile(r"\b(?:newest|latest|most recent)\b(?! (?:\w+ )?(?:year|quarter|month|week|day|data)s?\b)", re.IGNORECASE)
LEVEL = re.compile(
    r"\b(?:below|under|above|over|beyond|exceed(?:s|ing|ed)?|(?:less|more|lower|higher|fewer) than) (?:their|its|his|her) (?:own )?(?P<level>[a-z]+(?: [a-z]+)?)\b",
    re.IGNORECASE,
)
SURE = 0.9  # how strongly words must name a number for it to be meant
DAY = re.compile(r"\d{4}-\d\d-\d\d")
FACTORS = tuple(pattern for kind, pattern in columns.PATTERNS if kind in ("apart", "part"))
EVEN = tuple(pattern for kind, pattern in columns.PATTERNS if kind == "even")
DENIALS = frozenset({"not in", "!=", "is null", "not like"})


@lru_cache(maxsize=64)
def _cues(text: str) -> frozenset[str]:
    """The shapes of a question, of which each of its candidates is asked."""
    found = {
        "portion": portion.called_for(text),
        "sides": bool(sides.MORE.match(text) or sides.THERE.match(text)),
        "factor": bool(PERCENT.search(text)) and any(pattern.search(text) for pattern in FACTORS),
        "even": any(pattern.search(text) for pattern in EVEN),
        "late": bool(LATE.search(text)),
        "age": ages.said(text) is not None,
    }
    return frozenset(name for name, there in found.items() if there)


def _test_of_share(seen: Seen) -> bool:
    return "share" in seen.windows and "portion" in _cues(seen.text)


def _other_side(seen: Seen) -> bool:
    return "sides" in _cues(seen.text) and not any(item.less is not None for item in seen.items)


def _per_amount(seen: Seen) -> bool:
    return bool(seen.plan.group) and per.grouped_by(seen.schema, seen.text, seen.plan)


def _apart(seen: Seen) -> bool:
    """Whether rows are taken away as a set."""
    return any(plan.compound is not None and plan.compound[0] == "except" for plan in seen.plans)


def _no_only(seen: Seen) -> bool:
    denied = any(test.operator in DENIALS for test in seen.tests)
    return not denied and len(seen.schema.tables) > 1 and not _apart(seen)


def _one_of_two(seen: Seen) -> bool:
    """Whether of "with the one but no other" only one is tested, and the plan does not read the rows of the one."""
    said = kinds.BUT_NO.match(seen.text)
    if said is None or len(seen.plan.where) + len(seen.plan.having) > 1 or _apart(seen):
        return False
    words = kinds.ARTICLE.sub("", said["one"]).lower().split()
    tables = {named.table for strength, named, _ in names_of(seen.schema).meant(tuple(words)) if strength >= kinds.PROBABLE}
    return not tables & seen.tables


def _undated(seen: Seen) -> bool:
    """Whether the newest of some things are ranked by no date, or by that of their birth."""
    plan = seen.plan
    if not plan.order or not (plan.limit or plan.rank_within):
        return False
    named = [stems for order in plan.order for leaf in leaves(order.item.expression) if (stems := seen.stems_of(leaf))]
    if any(set(stems) & ages.BORN for stems in named):
        return True
    return bool(named) and any(order.item.aggregate == "sum" for order in plan.order)


def _uncompared(seen: Seen) -> bool:
    """Whether one column is to be held against another, and none is."""
    cues = _cues(seen.text)
    if not cues & {"factor", "even", "late"}:
        return False
    told = any(item.less or item.over for item in seen.items)
    if "factor" in cues:
        others = [test for test in seen.tests if test.other is not None]
        factor = any(test.item.scale != 1.0 or test.item.over or (test.other and test.other.scale != 1.0) for test in others)
        return not (factor or told)
    if any(test.other is not None for test in seen.tests) or any(isinstance(part, Days) for part in seen.parts):
        return False
    if "even" in cues:
        return not told
    values = {word for test in seen.tests for value in test.values for word in str(value).lower().split()}
    return "late" in cues and not {"late", stem("late"), "overdue"} & (seen.named | values)


def _ageless(seen: Seen) -> bool:
    """Whether an age is told and no test is on one: a date is never less than a number."""
    if "age" not in _cues(seen.text):
        return False
    for test in seen.tests:
        view = seen.view(test.item.expression)
        if view is not None and view.temporal and test.values:
            return not all(DAY.match(str(value)) for value in test.values)
        if view is not None and set(view.stems) & (ages.BORN | {ages.AGE}):
            return False
    return True


def _unspoken(breaks: Callable[[Seen], bool]) -> Callable[[Seen], bool]:
    """``breaks`` for questions that say nothing of the semantic model: what it defines may have any shape."""
    return lambda seen: not seen.linked.spoken.found and breaks(seen)


def _no_level(seen: Seen) -> bool:
    """Whether something lies below or above a number of its own row, and nothing is tested against that number."""
    said = LEVEL.search(seen.text)
    words = tuple(said["level"].lower().split()) if said else ()
    found = (
        [named.column for likely, named, _ in names_of(seen.schema).meant(words) if named.column is not None and likely >= SURE]
        if words
        else []
    )
    numbers = {ref for ref in found if seen.schema.view(ref).numeric}
    if not numbers:
        return False
    tested = {leaf for test in seen.tests for item in (test.item, test.other) if item is not None for leaf in leaves(item.expression)}
    less = {leaf for item in seen.items if item.less for leaf in leaves(item.less.expression)}
    return not numbers & (tested | less)


def _other_span(seen: Seen) -> bool:
    """Whether the time between two dates is taken from others than those that are named."""
    said = span.SPAN.match(seen.text)
    times = [part for part in seen.parts if isinstance(part, Days)]
    pair = span.dates(seen.schema, said) if said is not None and times else None
    if pair is None:
        return said is not None and bool(times) and all(span.unlike(seen.schema, said, one.start, one.end) for one in times)
    return all((one.start, one.end) != pair for one in times)


DOUBTS = (
    Doubt("test_of_share", "the share that passes a test was asked for, and that of each group in the whole is shown", NONE, _unspoken(_test_of_share)),
    Doubt("other_side", "how much more of one than of the other was asked for, and nothing is taken from anything", NONE, _unspoken(_other_side)),
    Doubt("per_amount", "a figure was asked for per amount, and the amounts are told apart", NONE, _unspoken(_per_amount), per.PER),
    Doubt("only_of_kind", "those with only one kind were asked for, and nothing is tested away", NONE, _unspoken(_no_only), kinds.ONLY),
    Doubt("but_no_other", "those with one but no other were asked for, and one of the two is not read", NONE, _unspoken(_one_of_two), kinds.BUT_NO),
    Doubt("newest", "the newest were asked for, and they are not ranked by their day", NONE, _unspoken(_undated), NEWEST),
    Doubt("other_span", "the time between two dates was asked for, and that between others is told", NONE, _unspoken(_other_span), span.SPAN),
    Doubt("level", "something was to lie below or above a number of its own, and is not tested against it", NONE, _unspoken(_no_level), LEVEL),
    Doubt("uncompared", "one column was to be held against another, and none is", NONE, _unspoken(_uncompared)),
    Doubt("ageless", "an age was told, and none is tested", NONE, _unspoken(_ageless)),
)  # fmt: skip
