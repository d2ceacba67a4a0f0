"""Whether a plan does what the cue words of a question call for: a query that drops one of them answers another question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import amiss, invariants
from aiser_jupyter.ask.grammar.cues import NTH
from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Defined, Item, Order, Plan
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.wording.chatter import tailed
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked

KEYED = frozenset({"id", "ids", "key", "keys", "code", "codes", "number", "numbers", "identifier", "identifiers", "no", "#"})
MEANS = frozenset({"average", "avg", "mean"})
SPENT = frozenset({"spend", "spends", "spent", "spending"})
SUMMING = frozenset({"sum", "avg", "min", "max", "median", "quantile", "defined"})
LATEST = re.compile(
    r"\b(?:latest|newest|most recent|last)\b(?! (?:(?:fiscal|financial|calendar|business|full|whole|complete|couple of|few|past) )*(?:\d+ |two |three |four |six |twelve )?(?:years?|months?|quarters?|weeks?|days?|names?|half|decades?|christmas|summer|winter)\b)",
    re.IGNORECASE,
)
BESIDE_MEAN = re.compile(
    r"\b(?:more|less|higher|lower|greater|above|below|over|under|fewer|longer|shorter|larger|smaller|exceeds?|exceeding|beats?)(?: than)?"
    r"(?: (?:the|that|their|its|this|our|an|overall|group|company|\w+'s))* (?:average|avg|mean)\b",
    re.IGNORECASE,
)
TWO_MEANS = re.compile(r"\b(?:average|avg|mean)\b.*\b(?:average|avg|mean)\b", re.IGNORECASE)
AND_COUNT = re.compile(r"\b(?:and|with) how many(?: (?:is|are|was|were) (?:it|that|there|they|those))?[?.]?\s*$", re.IGNORECASE)
NUMBERS = frozenset(map(stem, ("id", "key", "no", "number", "code", "zip")))  # of things, which nobody adds up
SET_AGAINST = re.compile(r"\b(?:vs|versus|compared (?:to|with)|against)\b", re.IGNORECASE)
THEIRS = re.compile(r"\b(?:and|with|plus) (?:their|its) \w+", re.IGNORECASE)
ENDS = re.compile(r"\b(?:first|earliest) (?:and|&) (?:the )?(?:last|latest|most recent)\b", re.IGNORECASE)
SUMMED = bag("average avg mean total sum number count many much median combined overall share percentage percent rate ratio")
SHARE_OF = re.compile(r"\b(?:share|percent|percentage|proportion|fraction) of (?:all |the |our |those |my )*(\w+)", re.IGNORECASE)
NAMED = 0.8  # how strongly a word must name something for that to be meant
# A share of those that pass one test, of which another one asks.
BASED = re.compile(
    r"\b(?:share|percent|percentage|proportion|rate|%|fraction)\b.*\b(?:of|among|out of) (?:the |all |those |our )*(?:\w+ ){1,2}(?:that|which|who) (?:were|was|are|is|have|had|has|got) \w+,? (?:\w+ ){0,4}?(?:was|were|is|are|did|came|got|had|has|have|went|ended)\b",
    re.IGNORECASE,
)
AND_SHARE = re.compile(
    r"\b(?:by|with|of|top|most|highest|total)\b.*\b(?:and|plus|with|along with|together with) (?:what |which |the |its |their |a )*(?:(?:shares?|percent(?:age)?s?) (?:of|in) (?:the )?(?:total|whole|overall|all)|(?:running|cumulative) (?:total|sum))\b",
    re.IGNORECASE,
)
ONE_OF_EACH = re.compile(r"^\W*(?:for|in|per|within) (?:each|every) [^,]+,? (?:which|who)\b", re.IGNORECASE)
MORE = re.compile(r"\bhow (?:much|many) (?:more|less|fewer)\b", re.IGNORECASE)
OWN_COST = re.compile(
    r"\b(?:we|our company|us) (?:spend|spent|pay|paid|invest|invested)\b(?! (?:us|by))|\bour (?:spend|spending|costs?|expenses?)\b",
    re.IGNORECASE,
)
COSTS = frozenset(map(stem, ("cost", "spend", "spending", "expense", "budget", "paid", "salary", "wage", "freight", "budget")))
# A superlative that stands alone: "which three are the slowest".
FURTHEST = re.compile(r"\b(?:is|are|was|were|has|have|had) the (?!(?:inter|for|requ|gu|t|w|r|harv|cont)est)(?:\w{2,}est)\b", re.IGNORECASE)
WHO = re.compile(r"\W*who\b(?! (?:many|much))", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
BOUND = re.compile(
    r"\b(?:only|just|exactly|at least|at most|more than|less than|fewer than|no more than) (?:one|two|three|four|five|six|seven|eight|nine|ten|a single|once|twice|\d+)\b",
    re.IGNORECASE,
)


def answers(plan: Plan, frame: Frame, linked: Linked, asked: str = "") -> bool:
    """Whether each view that was asked for is in ``plan``: a share, a running total, growth, a mean, a median, a quantile, a spread, a grain, the latest, a comparison.

    ``asked`` is the question as it was typed, where that is more than was read.
    """
    held = parts(plan)
    items = [part for part in held if isinstance(part, Item)]
    named = {word for part in held if isinstance(part, ColumnRef) for word in _stems(linked, part)}
    windows = {item.window for item in items}
    aggregates = {item.aggregate for item in items}
    conditions = [part for part in held if isinstance(part, Condition)]
    defined = any(isinstance(part, Defined) for part in held)
    ratio = any(item.over for item in items)
    spoken, cues = linked.spoken.named, frame.cues
    lower = {word for i, word in enumerate(linked.question.lower) if i not in spoken}
    tests = (
        (frame.window == "share", "share" in windows or any(item.among for item in items) or named & {stem("percent"), stem("share")}),
        (frame.window == "running", "running" in windows),
        (frame.window == "growth", windows & {"growth", "change"} or stem("growth") in named),
        (cues.quantile is not None, "quantile" in aggregates),
        (cues.spread, "stddev" in aggregates),
        ("median" in lower, "median" in aggregates or stem("median") in named),
        (bool(lower & MEANS), aggregates & {"avg", "quantile", "defined"} or ratio or defined or stem("average") in named or windows & {"moving", "peers"}),
        (bool(cues.moves.change or MORE.search(linked.question.text)), any(item.less for item in items)),
        (bool(BOUND.search(linked.question.text)), any(isinstance(part, Condition) for part in held) or plan.limit is not None),
        (cues.moves.smooth, "moving" in windows),
        (cues.moves.retained, "retained" in windows or any(isinstance(part, Plan) and part.source for part in held)),
        *_compared(plan, linked, conditions, named),
        (bool("both" in lower and len(frame.values) > 1), _both(plan, conditions)),
        (bool(lower & {"cost", "costs"}), aggregates & SUMMING or not aggregates & {"count"} or ratio or named & COSTS),
        (bool(OWN_COST.search(linked.question.text)), named & COSTS),
        (bool(lower & SPENT), aggregates & SUMMING or ratio or defined or not linked.schema.trade),
        (bool(AND_COUNT.search(asked) or tailed(asked)), any(item.aggregate for item in plan.select)),
        (len(frame.periods) == 2 and bool(SET_AGAINST.search(linked.question.text)), any(item.aggregate for item in plan.select)),
        (not lower & KEYED, not _bare_key(plan, linked)),
        (bool(SHARE_OF.search(linked.question.text)), not _other_whole(plan, linked)),
        (_theirs(linked), len(plan.select) > 1 and not _only_figures(plan)),
        (bool(ENDS.search(linked.question.text)), {"min", "max"} <= aggregates),
        (True, not _finer_lack(plan, linked)),
        (True, not any(_summed_key(item, linked) for item in items)),
        (bool(BASED.search(linked.question.text)), _outside(held)),
        (bool(AND_SHARE.search(linked.question.text)), sum(bool(item.aggregate) for item in plan.select) > 1),
        (bool(ONE_OF_EACH.search(linked.question.text)), plan.rank_within or sum(not item.aggregate for item in plan.select) > 1),
        (bool(NTH.search(linked.question.text)), any(part.place for part in held if isinstance(part, Plan))),
        (bool(FURTHEST.search(linked.question.text)), _furthest(held)),
        (bool(WHO.match(asked)), any(not item.aggregate for item in plan.select) or plan.source is not None),
        (bool(asked), not invariants.undeducted(asked, held, items)),
        (True, not amiss.said(plan, linked, held, named)),
        (True, not any(_year_of_day(linked, one) for one in conditions)),
        (frame.grain is not None, _grained(plan, frame, named) or any(isinstance(part, (Bucket, Band)) for part in held)),
    )  # fmt: skip
    return all(done for wanted, done in tests if wanted)


def _year_of_day(linked: Linked, test: Condition) -> bool:
    """Whether a day is compared with the number of a year alone, which no day is."""
    ref = test.item.expression
    dated = isinstance(ref, ColumnRef) and not test.item.aggregate and ref in linked.schema.index and linked.schema.view(ref).temporal
    return dated and any(YEAR.fullmatch(str(value)) is not None for value in test.values)


def _both(plan: Plan, conditions: list[Condition]) -> bool:
    """Whether two values of one column must both hold, and not one of them: or the two are of different columns, or groups of their own."""
    either = [one for one in conditions if one.operator == "in" and len(one.values) > 1 and one.plan is None]
    grouped = any(one.item.expression in plan.group for one in either)
    return not either or grouped or bool(plan.having) or plan.compound is not None or any(one.plan is not None for one in conditions)


def _bare_key(plan: Plan, linked: Linked) -> bool:
    """Whether things are shown by a number that nobody asked for, though they have a name."""
    shown = [item.expression for item in plan.select if not item.aggregate and isinstance(item.expression, ColumnRef)]
    for ref in shown:
        if ref not in linked.schema.index or plan.source is not None:
            continue
        view = linked.schema.view(ref)
        named = [one for one in display(linked.schema, ref.table) if one != ref and _unique(linked, one)]
        if view.primary and view.numeric and view.stems[-1] == "id" and named and not set(named) & set(shown):
            return True
    return False


def _summed_key(item: Item, linked: Linked) -> bool:
    """Whether the numbers of things are added up."""
    stems = _stems(linked, item.expression) if isinstance(item.expression, ColumnRef) else ()
    return item.aggregate in ("sum", "avg", "median") and bool(stems) and stems[-1] in NUMBERS


def _unique(linked: Linked, ref: ColumnRef) -> bool:
    """Whether hardly any two rows share a value: a name of theirs, and not that of whom an order goes to."""
    view = linked.schema.view(ref)
    return view.distinct >= 0.9 * max(view.rows, 1)


def _theirs(linked: Linked) -> bool:
    """Whether something of each thing is asked for beside it: the products and their price; not where figures go before."""
    found = THEIRS.search(linked.question.text)
    return found is not None and not set(linked.question.text[: found.start()].lower().split()) & SUMMED


def _only_figures(plan: Plan) -> bool:
    """Whether nothing but what is summed up is shown."""
    return bool(plan.select) and all(item.aggregate for item in plan.select) and not plan.group


def _finer_lack(plan: Plan, linked: Linked) -> bool:
    """Whether kinds are shown, such as states, for rows of theirs that lack something: a state lacks what none of its towns has."""
    shown = [item.expression for item in plan.select]
    if not all(isinstance(ref, ColumnRef) and ref in linked.schema.index for ref in shown) or len(shown) != 1:
        return False
    ref = shown[0]
    view = linked.schema.view(ref)  # type: ignore[arg-type]  # a column, as was seen
    tested = [c.item.expression for c in plan.where if c.operator == "not in" and c.plan is not None]
    repeated = 0 < view.distinct < 0.8 * view.rows and ref not in linked.schema.table(view.ref.table).display
    return repeated and any(
        isinstance(one, ColumnRef) and one.table == view.ref.table and one != ref and linked.schema.view(one).primary for one in tested
    )


def _other_whole(plan: Plan, linked: Linked) -> bool:
    """Whether a share is asked of things that are named in other tables than those of the plan."""
    found = SHARE_OF.search(linked.question.text)
    names, used = names_of(linked.schema), set(tables_of(plan))
    if found is None or len(linked.schema.tables) < 2 or linked.spoken.found or found[1].lower().endswith("ed"):
        return False
    near = names.near(found[1].lower())
    best = max(near.values(), default=0.0)
    homes = {names.named[i].table for part, likely in near.items() if likely >= max(best - 0.05, NAMED) for i in names.holding[part]}
    return bool(homes) and not homes & used


def _outside(held: list[object]) -> bool:
    """Whether the query itself tests anything, and not its figures alone."""
    inner = {id(one) for part in held if isinstance(part, Item) for one in (*part.among, *part.only)}
    return any(isinstance(part, Condition) and id(part) not in inner for part in held)


def _furthest(held: list[object]) -> bool:
    """Whether anything is ranked, or the most or least taken."""
    return any(isinstance(part, (Order,)) or (isinstance(part, Item) and part.aggregate in ("max", "min")) for part in held)


def _compared(plan: Plan, linked: Linked, conditions: list[Condition], named: set[str]) -> list[tuple[bool, object]]:
    """Whether what is set against a mean is, and whether the latest of several is looked for where it is asked for."""
    beside = [one for one in conditions if one.plan is not None or one.other is not None]
    text, held = linked.question.text, parts(plan)
    furthest = any(item.aggregate in ("max", "min") for item in held if isinstance(item, Item))
    dated = furthest or plan.rank_within or any(_dated(linked, part.item.expression) for part in held if isinstance(part, Order))
    return [
        (bool(BESIDE_MEAN.search(text)), beside),
        (
            bool(BESIDE_MEAN.search(text) and TWO_MEANS.search(text)),
            any(one.item.aggregate for one in beside) or any(isinstance(part, Item) and part.window == "peers" for part in held),
        ),
        (bool(LATEST.search(text)), dated or {stem("last"), stem("latest")} & named),
    ]


def _dated(linked: Linked, expression: object) -> bool:
    """Whether what rows are ordered by is a time, or the key of one."""
    if not isinstance(expression, ColumnRef):
        return isinstance(expression, Bucket)
    if expression not in linked.schema.index:  # of a query inside, which has an order of its own
        return True
    return linked.schema.view(expression).temporal or bool({"dat", "date", "time", "year"} & set(_stems(linked, expression)))


def _grained(plan: Plan, frame: Frame, named: set[str]) -> bool:
    """Whether a column of the grain's own name is grouped by."""
    return bool(plan.group) and any(
        kind in named for kind in ({"weekday": "day", "weekend": "weekend"}.get(str(frame.grain), str(frame.grain)),)
    )


def _stems(linked: Linked, ref: ColumnRef) -> tuple[str, ...]:
    return linked.schema.view(ref).stems if ref in linked.schema.index else ()
