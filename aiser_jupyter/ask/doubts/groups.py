"""Groups: figures are told by what they were asked by, whole, and by the nearest way to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.doubts.money import is_amount
from aiser_jupyter.ask.plan import Band, ColumnRef, Defined, Ranges
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen
    from aiser_jupyter.ask.schema import ColumnView

NUMBERED = frozenset(map(stem, bag("id no number code key nr")))
PAIR = re.compile(
    r"\bby (?:the |their )?(?P<one>[a-z]+(?: [a-z]+)?) and (?:by )?(?:the |their )?(?P<other>[a-z]+(?: [a-z]+)??)(?=\W*$|,| (?:in|for|since|during|last|this)\b)",
    re.IGNORECASE,
)
STAFF = frozenset(map(stem, bag("hired hire salary wage job")))
CLASSES = bag("class classes band bands bracket brackets tier tiers")


BOTH_SIDES = re.compile(
    r"\bwith (?:and|or|vs\.?|versus|compared (?:to|with)) without\b|\bwithout (?:and|or|vs\.?|versus) with\b", re.IGNORECASE
)
AGAINST = re.compile(r"\b(?:vs\.?|versus)(?!\w)", re.IGNORECASE)
IN_EACH = re.compile(
    r"\b(?:in|for|of|per|at|by|from) each(?: one| of (?:them|these|those))?\W*$|\beach(?: one)? (?:has|have|had|got|made|placed|handled?|handles|served?|serves|took|takes|supplies|supplied|sold|holds?|contains?)\W*$",
    re.IGNORECASE,
)


def _grouped(seen: Seen) -> list[ColumnView]:
    """The columns of the data that rows are grouped by."""
    return [view for one in seen.plan.group if (view := seen.view(one)) is not None]


def _kind_of_table(seen: Seen) -> bool:
    """Whether rows are told apart by a kind or state of theirs of which only the table's own word is said: shipments by their status."""
    views = _grouped(seen)
    if not views:
        return False
    shown = {item.expression for item in seen.plan.select if not item.aggregate}
    told = {test.item.expression for test in seen.plan.where} | {ref for mention in seen.linked.mentions for ref, _ in mention.stored}
    return any(view.ref in shown and view.ref not in told and _unsaid(seen, view) for view in views)


def _unsaid(seen: Seen, view: ColumnView) -> bool:
    """Whether of the name of a column that tells kinds only words are said that its table has too."""
    table = seen.schema.tables[view.table]
    own = set(view.stems)
    said = {word for word in own if seen.linked.strengths(word)}
    if not said or said == own or not said <= set(table.stems):
        return False
    return not (view.primary or view.foreign or view.numeric or view.ref in table.display) and view.distinct < view.rows


def _half_named(seen: Seen) -> bool:
    """Whether things are told apart by a figure that was named by half: workshops are no number of workshop bays."""
    for view in _grouped(seen):
        figure = view.numeric and not (view.primary or view.foreign or view.temporal) and len(view.stems) > 1
        if not figure or seen.match(view.ref).cover >= 1.0:
            continue
        if not {*seen.linked.question.stems, *NUMBERED} & set(view.stems[-1:]) and "year" not in view.stems:
            return True
    return False


def _by_who(seen: Seen) -> bool:
    """Whether what a figure is told by is reached over who did it, that nobody named, and as well over what it was done to: the branch of a sale by its car or its seller."""
    plan = seen.plan
    homes = {leaf.table for item in plan.select if item.aggregate for leaf in leaves(item.expression)}
    ends = {ref.table for ref in plan.group if isinstance(ref, ColumnRef)}
    if len(homes) != 1 or not ends or plan.source is not None or plan.via:
        return False
    home = next(iter(homes))
    up: dict[str, set[str]] = {}
    for key in seen.schema.catalog.keys:
        if key.table != key.ref_table:
            up.setdefault(key.table, set()).add(key.ref_table)
    told = {ref.table for test in plan.where for ref in leaves(test.item.expression)} | ends | seen.exact
    for end in ends - {home} - up.get(home, set()):
        between = {middle for middle in up.get(home, set()) if end in up.get(middle, set())}
        path = seen.schema.graph.path((home, end))
        taken = between & set(path.tables) if path is not None else set()
        if len(between) > 1 and not between & told and taken and all(_staff(seen, name) for name in taken):
            return True
    return False


def _staff(seen: Seen, name: str) -> bool:
    """Whether a table holds people who work here."""
    return any(STAFF & set(seen.schema.columns[i].stems) for i in seen.schema.table(name).columns)


def _one_of_two(seen: Seen) -> bool:
    """Whether a figure is told by one of the two columns that it is asked by: by make and fuel."""
    said, plan = PAIR.search(seen.text), seen.plan
    if said is None or len(plan.group) != 1 or not seen.shown_figures:
        return False
    words = [tuple(stem(word) for word in said[one].lower().split()) for one in ("one", "other")]
    views = [view for view in seen.schema.columns if view.ref.table in seen.tables]
    named = [{view.ref for view in views if view.stems[-len(one) :] == one} for one in words]
    return all(named) and not named[0] & named[1] and any(plan.group[0] in refs for refs in named)


def _amount_inside(seen: Seen) -> bool:
    source = seen.plan.source
    return source is not None and any(is_amount(seen, one) for one in source.group)


def _uncut(seen: Seen) -> bool:
    """Whether classes of a number are asked for and no number is cut into any."""
    lower = seen.linked.question.lower
    if not seen.lower & CLASSES or any(isinstance(part, (Band, Ranges, Defined)) for part in seen.parts):
        return False
    for view, match in zip(seen.schema.columns, seen.linked.columns, strict=True):
        after = match.positions[-1] + 1 if match.positions else -1
        if match.exact == 1.0 and view.numeric and 0 < after < len(lower) and lower[after] in CLASSES:
            return True
    return False


def _ungrouped(seen: Seen) -> bool:
    """Whether figures are shown that are told by nothing."""
    plan = seen.plan
    return (
        bool(seen.shown_figures)
        and not (plan.group or plan.rank_within or plan.source or plan.compound)
        and seen.shown_figures == len(plan.select)
    )


def _in_nothing(seen: Seen) -> bool:
    return _ungrouped(seen) and not any(item.over or item.less for item in seen.plan.select)


def _one_side(seen: Seen) -> bool:
    """Whether two things are set against each other by name, and the figure is that of one of them alone."""
    plan = seen.plan
    if not _in_nothing(seen) or len(plan.select) > 1 or any(item.among or item.only for item in plan.select):
        return False
    if seen.frame is not None and len(seen.frame.periods) > 1:
        return False
    told = [
        test
        for test in plan.where
        if test.operator == "=" and (view := seen.view(test.item.expression)) is not None and view.type == "text"
    ]
    return len(told) == 1 and bool(seen.mentioned(told[0].item.expression, set(map(str, told[0].values))))  # type: ignore[arg-type]  # a column, as was seen


DOUBTS = (
    Doubt(
        "both_sides", "those with and those without were asked for, and they are not told apart", NONE, _ungrouped, BOTH_SIDES, early=True
    ),
    Doubt("one_side", "two things were set against each other, and the figure is that of one", LOST, _one_side, AGAINST),
    Doubt("in_each", "a figure was asked for in each, and there is one for all", LOST, _in_nothing, IN_EACH),
    Doubt("kind_of_table", "rows are told apart by a kind of which only the table's own word was said", LOST, _kind_of_table),
    Doubt("half_named_group", "things are told apart by a figure that was named by half", LOST, _half_named),
    Doubt("by_who_did_it", "figures are told over who did it, and nobody named them", LOST, _by_who),
    Doubt("one_of_two_groups", "figures were asked for by two things, and are told by one", LOST, _one_of_two, PAIR),
    Doubt("amount_inside", "a query inside groups by an amount", LOST, _amount_inside),
    Doubt("uncut", "classes of a number were asked for, and each number is told apart", LOST, _uncut),
)
