"""What holds between any question and the query that answers it: money is no number of rows, what was sold is among the sales, a list is tested whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask import relations, states
from aiser_jupyter.ask.measures import RATES
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Plan
from aiser_jupyter.ask.render import leaves, tables_of
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.link import Linked

BROKEN = 0.45  # what is left of the confidence in a plan for each that it breaks
EARNED = frozenset({"revenue", "revenues", "turnover", "takings", "earnings", "proceeds", "income"})
NOW = re.compile(r"\b(?:currently|presently|at present|right now|at the moment|these days)\b", re.IGNORECASE)
ORDERED = re.compile(r"\b(?:worst|best|\w{3,}est|most \w+|least \w+|high|low|big|small) first\W*$", re.IGNORECASE)
WHICH = re.compile(
    r"^\W*(?:which|what|who are the|name the|list the|show the) (?P<number>\d+|two|three|four|five|six|seven|eight|nine|ten) (?P<what>[a-z]+)\b.*\b(?:most|least|fewest|highest|lowest|best|worst|\w{3,}est)\b",
    re.IGNORECASE,
)
NUMBERS = dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(2, 11), strict=True))
AS_SHARE = re.compile(r"\bas (?:an? )?(?:share|percent(?:age)?|proportion|fraction|%) of (?:the |all |our )*(?P<whole>\w+)", re.IGNORECASE)
TWO = re.compile(
    r"\b(?:number|count)s? and (?:the |their |its )?(?:total|average|mean|sum|overall|median)\b|\bhow many and (?:how much|what)\b|\b(?:total|average|mean) \w+ and (?:the )?(?:number|count)\b",
    re.IGNORECASE,
)
SEVERAL = re.compile(
    r"\b(?:number|count)s? of (?P<list>[a-z]+(?: [a-z]+)?(?:, (?:the )?[a-z]+(?: [a-z]+)?)*,? and (?:the )?[a-z]+(?: [a-z]+)??)(?=\W*$|,? (?:for|by|per|in|of|from|at|on|during|since|last|this|each|we|did|were|was|are)\b)",
    re.IGNORECASE,
)
DAYS = bag("day days date dates daily")
LIST_MARKS = frozenset({",", "and", "or", "&", "/"})
DONE = re.compile(r"(?:ed|sold|bought|paid|sent|lent|built|given|taken|taught)$")
MARKS = RATES | {stem("mark")}
SOLD = frozenset(map(stem, bag("sale sales selling sold sell")))
SHORTEST = 4  # letters that a short name must share with a word to be short for it
NUMBERED = frozenset(map(stem, bag("id no number code key nr")))
STATUSES = 8  # kinds up to which a column tells a state


def kept(linked: Linked, frame: Frame, plan: Plan, held: list[object]) -> float:
    """What is left of the confidence in ``plan``, whose parts are ``held``: 1.0 where it breaks nothing."""
    items = [part for part in held if isinstance(part, Item)]
    tests = [part for part in held if isinstance(part, Condition)]
    plans = [part for part in held if isinstance(part, Plan)]
    broken = (
        _rows_for_money(linked, held, items),
        _always_one(linked, plans),
        _not_among(linked, held, plans),
        _listed_in_part(linked, tests),
        _past_too(linked, plan, tests),
        _one_row(linked, plan),
        _rate_added(linked, items),
        _of_days(linked, items),
        _not_ranked(linked, plans, tests),
        _whole_cut(linked, plan),
        _figures(linked, plan),
        _other_day(linked, held, tests),
        _state_of_another(linked, plan, tests),
        _half_group(linked, plan),
        _two_roads(linked, plan),
    )
    del frame
    share = 1.0
    for one in broken:
        share *= BROKEN if one else 1.0
    return share


def _named(linked: Linked, held: list[object]) -> set[str]:
    """The words of the names of the columns in a plan."""
    return {word for part in held if isinstance(part, ColumnRef) and part in linked.schema.index for word in linked.schema.view(part).stems}


def _rows_for_money(linked: Linked, held: list[object], items: list[Item]) -> bool:
    """Whether revenue is asked for and rows are counted."""
    said = EARNED & set(linked.question.lower)
    aggregates = {item.aggregate for item in items} - {""}
    return bool(said) and aggregates == {"count"} and not {stem(word) for word in said} & _named(linked, held)


def _always_one(linked: Linked, plans: list[Plan]) -> bool:
    """Whether things are counted for each row of a table that belongs to one of them: vehicles by sale are one each."""
    for plan in plans:
        keys = [ref for ref in plan.group if isinstance(ref, ColumnRef) and ref in linked.schema.index and linked.schema.view(ref).primary]
        for item in plan.select if len(plan.group) == len(keys) == 1 else ():
            counted = item.expression
            if item.aggregate != "count" or not item.distinct or not isinstance(counted, ColumnRef) or counted.table == keys[0].table:
                continue
            path = linked.schema.graph.path((keys[0].table, counted.table))
            if path is not None and not linked.schema.graph.multiplies(path, keys[0].table):
                return True
    return False


def _not_among(linked: Linked, held: list[object], plans: list[Plan]) -> bool:
    """Whether something was done of which a table tells, and neither that table nor a name, value or date of it is read: cars sold are no cars that arrived."""
    used = {name for plan in plans for name in tables_of(plan)}
    named, values = _named(linked, held), {stem(w) for p in held if isinstance(p, Condition) for v in p.values for w in str(v).lower().split()}
    for word in linked.question.lower:
        if not DONE.search(word) or word not in relations.forms():
            continue
        base = relations.forms()[word]
        roots = {stem(word), stem(base), base} | (SOLD if base == "sell" else set())
        events = {
            view.name
            for view in linked.schema.tables
            if roots & set(view.stems[-1:]) or any(kin(root, one) for root in roots for one in view.stems[-1:])
            if any(linked.schema.columns[i].temporal for i in view.columns)
        }
        if not events or roots & (named | values) or any(kin(root, one) for root in roots for one in named | values):
            continue
        if not events & used:
            return True
        dates = {part.column for part in held if isinstance(part, Bucket)}
        dates |= {p.item.expression for p in held if isinstance(p, Condition) and isinstance(p.item.expression, ColumnRef)}
        told = [ref for ref in dates if ref in linked.schema.index and linked.schema.view(ref).temporal]
        if told and base == "sell" and not any(ref.table in events for ref in told) and any(ref.table in used for ref in told):
            return True
    return False


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


def _past_too(linked: Linked, plan: Plan, tests: list[Condition]) -> bool:
    """Whether what is so now is asked for where the data knows who left or what ended, and nothing is tested for it."""
    if not NOW.search(linked.question.text) or tests_on_state(linked, tests):
        return False
    homes = {item.expression.table for item in plan.select if hasattr(item.expression, "table")} & set(linked.schema.table_index)
    return any(states.dated(linked.schema, home, states.ENDED) is not None for home in homes)


def tests_on_state(linked: Linked, tests: list[Condition]) -> bool:
    """Whether anything tests a status, a flag, or whether a date is there."""
    for test in tests:
        ref = test.item.expression
        if test.operator in ("is null", "is not null"):
            return True
        if isinstance(ref, ColumnRef) and ref in linked.schema.index:
            view = linked.schema.view(ref)
            if view.type == "boolean" or set(view.stems) & states.STATUS or view.temporal:
                return True
    return False


def _one_row(linked: Linked, plan: Plan) -> bool:
    """Whether an order of rows is asked for and there is but one figure."""
    return bool(ORDERED.search(linked.question.text)) and not plan.group and bool(plan.select) and all(i.aggregate for i in plan.select)


def _rate_added(linked: Linked, items: list[Item]) -> bool:
    """Whether marks, prices or ages are added up to be divided by a number of things."""
    for item in items:
        ref = item.expression
        counted = item.over is not None and item.over.aggregate == "count" and item.aggregate == "sum"
        if counted and isinstance(ref, ColumnRef) and ref in linked.schema.index and set(linked.schema.view(ref).stems) & MARKS:
            return True
    return False


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
    number = NUMBERS.get(said["number"].lower()) or int(said["number"]) if said["number"].isdigit() or said["number"].lower() in NUMBERS else 0
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


def _other_day(linked: Linked, held: list[object], tests: list[Condition]) -> bool:
    """Whether a state has a date of its own and the rows in it are dated by another: terminated ones by the day they began."""
    dates = {part.column for part in held if isinstance(part, Bucket)}
    dates |= {t.item.expression for t in tests if isinstance(t.item.expression, ColumnRef) and t.operator in (">=", "<", "<=", ">")}
    told = [ref for ref in dates if ref in linked.schema.index and linked.schema.view(ref).temporal]
    lower = set(linked.question.lower)
    for test in tests:
        ref = test.item.expression
        if test.operator != "=" or not isinstance(ref, ColumnRef) or len(test.values) != 1 or not told:
            continue
        word = str(test.values[0]).lower()
        own = {v.ref for v in linked.schema.columns if v.temporal and v.ref.table == ref.table and _short_for(v.stems, word)}
        own_said = word in lower and own and not own & set(told)
        if own_said and any(one.table == ref.table for one in told):
            said = {w for one in told for w in linked.schema.view(one).stems} & set(linked.question.stems)
            return not said
    return False


def _short_for(stems: tuple[str, ...], word: str) -> bool:
    """Whether a part of a name is the beginning of a word, or made of the same."""
    return any((len(part) >= SHORTEST and word.startswith(part)) or kin(part, stem(word)) for part in stems)


def _state_of_another(linked: Linked, plan: Plan, tests: list[Condition]) -> bool:
    """Whether a state is tested of a table that nobody named, though what was named has a state of its own: open complaints are no open invoices."""
    named = {view.name for view, match in zip(linked.schema.tables, linked.tables, strict=True) if match.exact == 1.0}
    shown = {item.expression.table for item in plan.select if hasattr(item.expression, "table")} & set(linked.schema.table_index)
    for test in tests:
        ref = test.item.expression
        if test.operator != "=" or not isinstance(ref, ColumnRef) or ref.table in named | shown or ref not in linked.schema.index:
            continue
        view = linked.schema.view(ref)
        if not (set(view.stems) & states.STATUS) or view.distinct > STATUSES:
            continue
        words = {word for value in test.values for word in str(value).lower().split()}
        beside = set(tables_of(plan)) - {ref.table}
        own = [v for v in linked.schema.columns if v.ref.table in beside and v.temporal and any(_short_for(v.stems, w) for w in words)]
        if own and words & set(linked.question.lower):
            return True
    return False


def _half_group(linked: Linked, plan: Plan) -> bool:
    """Whether things are told apart by a figure that was named by half: workshops are no number of workshop bays."""
    for ref in plan.group:
        if not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
            continue
        view, match = linked.schema.view(ref), linked.columns[linked.schema.index[ref]]
        figure = view.numeric and not (view.primary or view.foreign or view.temporal) and len(view.stems) > 1
        if figure and match.cover < 1.0 and not {*linked.question.stems, *NUMBERED} & {view.stems[-1]} and "year" not in view.stems:
            return True
    return False


def _two_roads(linked: Linked, plan: Plan) -> bool:
    """Whether what a figure is told by is reached over a table that nobody named, and as well over another: the branch of a sale by its car or its seller."""
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
        if len(between) > 1 and not between & told:
            return True
    return False
