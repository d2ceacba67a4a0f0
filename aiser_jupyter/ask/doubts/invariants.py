"""What holds between any question and the query that answers it: money is no number of rows, what was sold is among the sales, a list is tested whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts import happened
from aiser_jupyter.ask.grammar import relations
from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Defined, Formula, Item, Plan, Star
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked

BROKEN = 0.45  # what is left of the confidence in a plan for each that it breaks
EARNED = frozenset({"revenue", "revenues", "turnover", "takings", "earnings", "proceeds", "income"})
ORDERED = re.compile(r"\b(?:worst|best|\w{3,}est|most \w+|least \w+|high|low|big|small) first\W*$", re.IGNORECASE)
WHICH = re.compile(
    r"^\W*(?:which|what|who are the|name the|list the|show the) (?P<number>\d+|two|three|four|five|six|seven|eight|nine|ten) (?P<what>[a-z]+)\b.*\b(?:most|least|fewest|highest|lowest|best|worst|\w{3,}est)\b",
    re.IGNORECASE,
)
NUMBERS: dict[str, int] = dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(2, 11), strict=True))
AS_SHARE = re.compile(r"\bas (?:an? )?(?:share|percent(?:age)?|proportion|fraction|%) of (?:the |all |our )*(?P<whole>\w+)", re.IGNORECASE)
TWO = re.compile(
    r"\b(?:number|count)s? and (?:the |their |its )?(?:total|average|mean|sum|overall|median)\b|\bhow many and (?:how much|what)\b|\b(?:total|average|mean) \w+ and (?:the )?(?:number|count)\b",
    re.IGNORECASE,
)
SEVERAL = re.compile(
    r"\b(?:number|count)s? of (?P<list>[a-z]+(?: [a-z]+)?(?:, (?:the )?[a-z]+(?: [a-z]+)?)*,? and (?:the )?[a-z]+(?: [a-z]+)??)(?=\W*$|,? (?:for|by|per|in|of|from|at|on|during|since|last|this|each|we|did|were|was|are)\b)",
    re.IGNORECASE,
)
PAIR = re.compile(
    r"\bby (?:the |their )?(?P<one>[a-z]+(?: [a-z]+)?) and (?:by )?(?:the |their )?(?P<other>[a-z]+(?: [a-z]+)??)(?=\W*$|,| (?:in|for|since|during|last|this)\b)",
    re.IGNORECASE,
)
MINUS = re.compile(r"\bminus\b|\bafter (?:deducting|subtracting)\b", re.IGNORECASE)
EACH = re.compile(r"\b(?:for|in|at) (?:[\w ]+, )*[\w ]+ and [\w ]+ each\b|\beach (?:for|in|at) \w+(?:, \w+)* and \w+", re.IGNORECASE)
HOW_MANY_DAYS = re.compile(r"\b(?:how many|number of) (?:different |distinct )?(?:days|weeks|months|quarters|years)\b", re.IGNORECASE)
DAYS = bag("day days date dates daily")
LIST_MARKS = frozenset({",", "and", "or", "&", "/"})
STAFF = frozenset(map(stem, bag("hired hire salary wage job")))
NUMBERED = frozenset(map(stem, bag("id no number code key nr")))


def kept(linked: Linked, plan: Plan, held: list[object]) -> float:
    """What is left of the confidence in ``plan``, whose parts are ``held``: 1.0 where it breaks nothing."""
    items = [part for part in held if isinstance(part, Item)]
    tests = [part for part in held if isinstance(part, Condition)]
    plans = [part for part in held if isinstance(part, Plan)]
    broken = (
        _rows_for_money(linked, held, items),
        happened.outside(linked, held, plans),
        _listed_in_part(linked, tests),
        happened.past_too(linked, plan, tests),
        _one_row(linked, plan),
        _of_days(linked, items),
        _not_ranked(linked, plans, tests),
        _whole_cut(linked, plan),
        _figures(linked, plan),
        happened.other_day(linked, held, tests),
        happened.state_of_another(linked, plan, tests),
        _half_group(linked, plan),
        _two_roads(linked, plan),
        _one_of_two_groups(linked, plan),
        _one_of_all(linked, plan, tests),
        _rows_for_days(linked, plan, held),
    )
    share = 1.0
    for one in broken:
        share *= BROKEN if one else 1.0
    return share


def unplaced(linked: Linked, missing: tuple[str, ...]) -> bool:
    """Whether a word without a place in a plan, that the data does not know, says where from or by what: through the newsletter."""
    foreign = [w.lower() for w in missing if w.isalpha() and stem(w) not in linked.schema.vocabulary and w.lower() not in relations.forms()]
    return any(
        re.search(rf"\b(?:through|via|from|using|by means of) (?:the |our |an? )?{word}\b", linked.question.text, re.IGNORECASE)
        for word in foreign
    )


def _rows_for_money(linked: Linked, held: list[object], items: list[Item]) -> bool:
    """Whether revenue is asked for and rows are counted."""
    said = EARNED & set(linked.question.lower)
    aggregates = {item.aggregate for item in items} - {""}
    return bool(said) and aggregates == {"count"} and not {stem(word) for word in said} & happened.names_in(linked, held)


def _listed_in_part(linked: Linked, tests: list[Condition]) -> bool:
    """Whether of a list of values one is left out that stands beside the others: new, used and demo."""
    lower = linked.question.lower
    for test in tests:
        ref = test.item.expression
        if test.operator != "in" or len(test.values) < 2 or not isinstance(ref, ColumnRef):
            continue
        told = {str(value).casefold() for value in test.values}
        others = {value.casefold() for value in linked.schema.kinds.get(ref, ())} - told
        for i, word in enumerate(lower):
            beside = {*lower[max(0, i - 1) : i], *lower[i + 1 : i + 2]} & LIST_MARKS
            if beside and word in others and word not in told:
                return True
    return False


def _one_row(linked: Linked, plan: Plan) -> bool:
    """Whether an order of rows is asked for and there is but one figure."""
    if not ORDERED.search(linked.question.text):
        return False
    return plan.limit == 1 or (not plan.group and bool(plan.select) and all(item.aggregate for item in plan.select))


def _of_days(linked: Linked, items: list[Item]) -> bool:
    """Whether something is told per different dates where no day is spoken of."""
    for item in items:
        over = item.over.expression if item.over is not None else None
        if isinstance(over, ColumnRef) and over in linked.schema.index and linked.schema.view(over).temporal:
            return not DAYS & set(linked.question.lower)
    return False


def _not_ranked(linked: Linked, plans: list[Plan], tests: list[Condition]) -> bool:
    """Whether the number of the things that are the first in something is tested, or as many are not shown: which three drivers have the highest."""
    said = WHICH.search(linked.question.text)
    if said is None:
        return False
    number = (
        NUMBERS.get(said["number"].lower()) or int(said["number"]) if said["number"].isdigit() or said["number"].lower() in NUMBERS else 0
    )
    return bool(number) and (any(number in test.values for test in tests) or not any(plan.limit == number for plan in plans))


def _whole_cut(linked: Linked, plan: Plan) -> bool:
    """Whether a share is told of each period or group in all of them, and its whole is cut to what the part is."""
    said = AS_SHARE.search(linked.question.text)
    if said is None or not any(item.window == "share" for item in plan.select) or not plan.group:
        return False
    before = [i for i, token in enumerate(linked.question.tokens) if token.start < said.start()]
    for test in plan.where:
        ref = test.item.expression
        if test.operator not in ("=", "in") or not isinstance(ref, ColumnRef) or ref not in linked.schema.index or ref in plan.group:
            continue
        places = set(linked.columns[linked.schema.index[ref]].positions)
        places |= {i for m in linked.mentions if any(one == ref for one, _ in m.stored) for i in range(m.start, m.end)}
        if places & set(before):
            return True
    return False


def _figures(linked: Linked, plan: Plan) -> bool:
    """Whether several figures are asked for in a row and fewer are shown."""
    shown = sum(bool(item.aggregate or item.among or item.over) for item in plan.select)
    if TWO.search(linked.question.text) and 0 < shown < 2:
        return True
    said = SEVERAL.search(linked.question.text)
    if said is None or not shown:
        return False
    heads = [part.split()[-1].lower() for part in re.split(r", (?:and )?|,? and ", said["list"]) if part.strip()]
    words = {word for view in (*linked.schema.tables, *linked.schema.columns) for word in view.stems}
    values = {stem(w) for m in linked.mentions if m.stored for w in str(m.value).lower().split()}
    known = [head for head in heads if stem(head) in words and stem(head) not in values]
    return len(known) == len(heads) > shown and all(head.endswith("s") for head in heads)


def _half_group(linked: Linked, plan: Plan) -> bool:
    """Whether things are told apart by a figure that was named by half: workshops are no number of workshop bays."""
    for ref in plan.group:
        if not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
            continue
        view, match = linked.schema.view(ref), linked.columns[linked.schema.index[ref]]
        figure = view.numeric and not (view.primary or view.foreign or view.temporal) and len(view.stems) > 1
        if figure and match.cover < 1.0 and not {*linked.question.stems, *NUMBERED} & set(view.stems[-1:]) and "year" not in view.stems:
            return True
    return False


def _two_roads(linked: Linked, plan: Plan) -> bool:
    """Whether what a figure is told by is reached over who did it, that nobody named, and as well over what it was done to: the branch of a sale by its car or its seller."""
    homes = {leaf.table for item in plan.select if item.aggregate for leaf in leaves(item.expression)}
    ends = {ref.table for ref in plan.group if isinstance(ref, ColumnRef)}
    if len(homes) != 1 or plan.source is not None or plan.via:
        return False
    home = next(iter(homes))
    up: dict[str, set[str]] = {}
    for key in linked.schema.catalog.keys:
        if key.table != key.ref_table:
            up.setdefault(key.table, set()).add(key.ref_table)
    told = {ref.table for test in plan.where for ref in leaves(test.item.expression)} | ends
    told |= {view.name for view, match in zip(linked.schema.tables, linked.tables, strict=True) if match.exact == 1.0}
    for end in ends - {home} - up.get(home, set()):
        between = {middle for middle in up.get(home, set()) if end in up.get(middle, set())}
        path = linked.schema.graph.path((home, end))
        taken = between & set(path.tables) if path is not None else set()
        if len(between) > 1 and not between & told and taken and all(_hired(linked, name) for name in taken):
            return True
    return False


def _hired(linked: Linked, name: str) -> bool:
    """Whether a table holds people who work here."""
    return any(STAFF & set(linked.schema.columns[i].stems) for i in linked.schema.table(name).columns)


def _one_of_two_groups(linked: Linked, plan: Plan) -> bool:
    """Whether a figure is told by one of the two columns that it is asked by: by make and fuel."""
    said = PAIR.search(linked.question.text)
    if said is None or len(plan.group) != 1 or not any(item.aggregate for item in plan.select):
        return False
    used, group = set(tables_of(plan)), plan.group[0]
    words = [tuple(stem(word) for word in said[one].lower().split()) for one in ("one", "other")]
    named = [{view.ref for view in linked.schema.columns if view.ref.table in used and view.stems[-len(one) :] == one} for one in words]
    return all(named) and not named[0] & named[1] and any(group in refs for refs in named)


def undeducted(text: str, held: list[object], items: list[Item]) -> bool:
    """Whether ``text`` asks for one thing less another and nothing is taken from anything."""
    if not MINUS.search(text):
        return False
    taken = any(isinstance(part, (Days, Defined)) or (isinstance(part, Formula) and (part.less or part.discount)) for part in held)
    return not taken and not any(item.less is not None for item in items)


def _one_of_all(linked: Linked, plan: Plan, tests: list[Condition]) -> bool:
    """Whether the first of each of several values is asked for and the first of all of them is shown."""
    several = any(test.operator == "in" and len(test.values) > 1 for test in tests)
    return several and plan.limit is not None and not plan.rank_within and bool(EACH.search(linked.question.text))


def _rows_for_days(linked: Linked, plan: Plan, held: list[object]) -> bool:
    """Whether days or months are to be counted, and rows are that are none."""
    if not HOW_MANY_DAYS.search(linked.question.text) or len(plan.select) != 1 or plan.source is not None:
        return False
    item = plan.select[0]
    if item.aggregate != "count" or item.distinct or not isinstance(item.expression, Star):
        return False
    units = {stem(word) for word in bag("day week month quarter year date time calendar")}
    table = linked.schema.table(item.expression.table) if item.expression.table in linked.schema.table_index else None
    return table is not None and not units & {*table.stems, *_named_columns(linked, held)}


def _named_columns(linked: Linked, held: list[object]) -> set[str]:
    """The words of the numbers that a plan reads, such as days late."""
    return {
        word
        for part in held
        if isinstance(part, ColumnRef) and part in linked.schema.index and linked.schema.view(part).numeric
        for word in linked.schema.view(part).stems
    }
