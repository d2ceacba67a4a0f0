"""What a question demands beyond its nouns, and no query without it answers: a unit, a first, the base of a share, a total, a whole column's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import invariants, sense
from aiser_jupyter.ask.plan import Band, ColumnRef, Condition, Days, Defined, Item, Order, Plan, Ranges, Star
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked

LOST, DOUBTED = 0.45, 0.6
UNIT = re.compile(r"\b(?:in|as) (?:whole |full )?(minutes|hours|seconds|days|weeks|thousands|millions)\b", re.IGNORECASE)
FIRST = re.compile(r"\b(first|second|third|last|latest|initial|final)\b", re.IGNORECASE)
# What "first" is part of when it is no place in a row of things.
NO_PLACE = re.compile(
    r"\b(?:first|last|second)[ -](?:name|names|half|quarter|month|months|year|years|week|weeks|day|days|\d+|two|three|four|five|six|ten|twelve|seconds?|of all|time|full|fiscal|calendar|response|class)\b|\bat (?:first|last)\b|\b(?:\w+est|most \w+|least \w+|high|low|big|small|best|worst|top) first\b",
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
TOTAL = re.compile(r"\b(?:total|sum of|overall)\b", re.IGNORECASE)
COUNTED = re.compile(r"\b(?:how many|number|count|total of)\b", re.IGNORECASE)
CLASSES = frozenset({"class", "classes", "band", "bands", "bracket", "brackets", "tier", "tiers"})


def met(linked: Linked, frame: Frame, plan: Plan) -> float:
    """What is left of the confidence in ``plan``: 1.0 where it meets every demand. What the semantic model says is met by its own definitions."""
    if linked.spoken.found:
        return 1.0
    held = parts(plan)
    share = 1.0
    for lost in (
        _unit(linked, held),
        _place(linked, frame, plan, held),
        _base(linked, held),
        _total(linked, plan, held),
        _turned(linked, held),
        _class(linked, held),
        not sense.made(plan, linked, held),
    ):
        share *= LOST if lost else 1.0
    share *= invariants.kept(linked, plan, held)
    return share * (DOUBTED if _named_whole(linked, held) else 1.0)


def _unit(linked: Linked, held: list[object]) -> bool:
    """Whether a unit was asked for that nothing is turned into: a column that has it in its name is in it already."""
    found = UNIT.search(linked.question.text)
    if found is None:
        return False
    wanted = {stem(found[1].lower()), stem(found[1].lower().rstrip("s")), found[1].lower()[:3]}
    for part in held:
        if isinstance(part, Days) or (isinstance(part, Item) and part.scale != 1.0):
            return False
        if isinstance(part, ColumnRef) and part in linked.schema.index and wanted & set(linked.schema.view(part).stems):
            return False
    return True


def _place(linked: Linked, frame: Frame, plan: Plan, held: list[object]) -> bool:
    """Whether a first or last of several is asked for and nothing is ordered, taken as the least, or tested for it."""
    text = NO_PLACE.sub(lambda match: " " * len(match.group()), linked.question.text)
    named = {i for match in (*linked.tables, *linked.columns) if match.exact == 1.0 for i in match.positions}
    named |= {i for mention in linked.mentions if mention.stored for i in range(mention.start, mention.end)}
    spans = [period.span for period in frame.periods]
    for found in FIRST.finditer(text):
        at = next((i for i, token in enumerate(linked.question.tokens) if token.start == found.start()), -1)
        if at in named or any(a <= found.start() < b for a, b in spans):
            continue
        ordered = plan.limit is not None or plan.rank_within or any(isinstance(part, Order) for part in held if not _of_plan(part, plan))
        taken = any(isinstance(part, Item) and (part.aggregate in ("min", "max") or part.window in ("first", "retained")) for part in held)
        inner = _inner(held)
        tested = any(
            isinstance(part, Condition) and id(part) not in inner and set(map(str, part.values)) & {"1", "2", "3"} for part in held
        )
        nested = any(isinstance(part, Plan) and part is not plan for part in held)
        if not (ordered or taken or tested or nested):
            return True
    return False


def _of_plan(part: object, plan: Plan) -> bool:
    """Whether an order is only how the rows are shown."""
    return isinstance(part, Order) and part in plan.order and plan.limit is None


def _base(linked: Linked, held: list[object]) -> bool:
    """Whether a share is asked of those that pass a test, and nothing is tested but the share itself."""
    text = linked.question.text
    found = BASE.search(text)
    if found is None or not SHARE.search(text):
        return False
    after = text[found.end() :]
    if SHARE.search(text[: found.start()]) and not (ASKED.search(after) or SHARE.search(after)):
        return False  # the share of those that were late is the test itself
    inner = _inner(held)
    return not any(isinstance(part, Condition) and id(part) not in inner for part in held)


def _turned(linked: Linked, held: list[object]) -> bool:
    """Whether the share is that of what is the whole: of churned customers those who are seniors, and not those who churned."""
    said = OF_WHICH.search(linked.question.text) or AMONG.search(linked.question.text)
    among = [test for part in held if isinstance(part, Item) for test in part.among if test.plan is None]
    if said is None or not among:
        return False
    tokens = linked.question.tokens
    whole = {i for i, token in enumerate(tokens) if said.start("whole") <= token.start < said.end("whole")}
    part = {i for i, token in enumerate(tokens) if said.start("part") <= token.start < said.end("part")}
    places: set[int] = set()
    for test in among:
        ref = test.item.expression
        if isinstance(ref, ColumnRef) and ref in linked.schema.index:
            places |= set(linked.columns[linked.schema.index[ref]].positions)
            values = set(map(str, test.values))
            places |= {i for m in linked.mentions if any(r == ref and str(v) in values for r, v in m.stored) for i in range(m.start, m.end)}
    return bool(places & whole) and not places & part


def _inner(held: list[object]) -> set[int]:
    """The tests that only a figure makes, not the query."""
    return {id(one) for part in held if isinstance(part, Item) for one in (*part.among, *part.only)}


def _total(linked: Linked, plan: Plan, held: list[object]) -> bool:
    """Whether a total is asked of what a column of numbers has the name of, and rows are counted instead."""
    text = linked.question.text
    if not TOTAL.search(text) or COUNTED.search(text):
        return False
    figures = [part for part in held if isinstance(part, Item) and part.aggregate]
    if not figures or any(item.aggregate != "count" for item in figures):
        return False
    said, tables = set(linked.question.stems), {part.table for part in held if isinstance(part, (Star, ColumnRef))}
    del plan
    return any(
        view.numeric
        and not view.primary
        and not view.foreign
        and view.ref.table in tables
        and len(view.stems) > 1
        and len(said & set(view.stems)) > 1
        for view in linked.schema.columns
    )


def _class(linked: Linked, held: list[object]) -> bool:
    """Whether classes of a number are asked for and no number is cut into any."""
    lower = linked.question.lower
    cut = any(isinstance(part, (Band, Ranges, Defined)) for part in held)
    for view, match in zip(linked.schema.columns, linked.columns, strict=True):
        after = match.positions[-1] + 1 if match.positions else -1
        if match.exact == 1.0 and view.numeric and 0 < after < len(lower) and lower[after] in CLASSES and not cut:
            return True
    return False


def _named_whole(linked: Linked, held: list[object]) -> bool:
    """Whether a column of several words is named word by word, and neither it nor another that those words may mean is in the plan."""
    used = {part for part in held if isinstance(part, ColumnRef) and part in linked.schema.index}
    if any(isinstance(part, Defined) for part in held):
        return False
    near = [linked.columns[linked.schema.index[ref]].positions for ref in used]
    covered = {i for places in near if places and places[-1] - places[0] < len(places) for i in places}
    covered |= {i for mention in linked.mentions if mention.stored for i in range(mention.start, mention.end)}
    for view, match in zip(linked.schema.columns, linked.columns, strict=True):
        places = match.positions
        whole = match.exact == 1.0 and len(places) > 1 and places[-1] - places[0] == len(places) - 1 and len(places) == len(view.stems)
        if (
            whole
            and view.ref not in used
            and not set(places) <= covered
            and not any(linked.schema.view(ref).stems == view.stems for ref in used)
        ):
            return True
    return False
