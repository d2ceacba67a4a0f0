"""Whether a plan can answer its question at all: what is counted, added up, shown and tested are what the words ask for, whatever the data."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.measures import RATES, amount, line_revenue
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Days, Item, Plan, Star
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Expression

MANY = re.compile(r"\b(?:how many|numbers? of|no\.? of|counts? of|#)\b", re.IGNORECASE)
NUMBERED = re.compile(r"\b(?:how many|numbers?|counts?|no\.? of|most|fewest|often|frequent|frequently|common)\b|#", re.IGNORECASE)
MONEY = re.compile(
    r"\b(?:amounts?|money)\b(?! of (?!money\b)\w+s\b)|\bhow much\b(?! (?:more|less|longer|time)\b)"
    r"|\b(?:fees?|charges|deposits|premiums?|commissions?|interest|rents?|royalties|dues|taxes|tips|wages|donations|refunds) (?:charged|received|collected|paid|earned|taken|due|owed)\b",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"\W*(?:(?:what|is|was|the|show|give|me|total|overall) )*amount\b|\W*how much\b", re.IGNORECASE)
IN_ORDER = re.compile(r"\b(?:(?:most|least) \w+|\w+est) first\b", re.IGNORECASE)
SINGLE = re.compile(r"\bwhich\b[^,]*\b(?:is|was|has|had)\b", re.IGNORECASE)
RATED = re.compile(r"\b(?P<rate>monthly|yearly|annual|weekly|daily|hourly|quarterly)\b", re.IGNORECASE)
PERIODS = {"monthly": "month", "yearly": "year", "annual": "year", "weekly": "week", "daily": "day", "quarterly": "quarter"}
NOW = re.compile(
    r"\b(?:currently|at the moment|right now|at present|presently|as of (?:now|today)|nowadays|current|active)\b", re.IGNORECASE
)
COUNT_AND = re.compile(
    r"(?:[:,]|\bwith) ?(?:the |their )?(?:counts?|number) (?:and|plus) \w|\band (?:the )?(?:count|number)\b(?! of)", re.IGNORECASE
)
TRAILING = re.compile(r"(?:,| and)? (?:with|along with|together with) (?:their |its |the )?(?P<what>[\w ]+?)[?.!]?\s*$", re.IGNORECASE)
AND_THEIR = re.compile(r",? and (?:their|its) (?P<what>[\w ]+?)[?.!]?\s*$", re.IGNORECASE)
KEYED = bag("id ids key keys code codes number numbers identifier identifiers no #")
WHO = re.compile(r"\W*who\b(?! (?:many|much))", re.IGNORECASE)
PER = re.compile(r"\bper (?!(?:cent|100|1,?000|\d)\b)(?P<what>[a-z]+)\b", re.IGNORECASE)
SIGNED = re.compile(r"\bsign-?ups?\b(?! (?:source|channel|date|country))", re.IGNORECASE)
SIGNING = frozenset(map(stem, bag("sign signed signup")))
CAME = re.compile(
    r"\b(?:who|that|which|members|guests|customers|patients|visitors) (?:came|come|showed up|turned up)\b(?! (?:from|through|via|with)\b)",
    re.IGNORECASE,
)
VISITS = frozenset(map(stem, bag("visit attendance checkin appointment stay")))
LISTED = re.compile(r": ?(?:the )?(?:number of )?(?P<one>[a-z]+) and (?:the )?(?P<other>[a-z]+)\W*$", re.IGNORECASE)
WHOLE = 0.8  # how much of a name must be said, slips and all
OVER = frozenset(
    map(
        stem,
        bag(
            "left leave cancel cancelled canceled end ended closed close cls terminated termination quit exit departed departure until resigned"
        ),
    )
)


def made(plan: Plan, linked: Linked, held: list[object]) -> bool:
    """Whether nothing in ``plan``, whose parts are given, goes against its question or against itself."""
    text, lower = linked.question.text, set(linked.question.lower)
    figures = [item for item in chain(plan.select, (o.item for o in plan.order), (c.item for c in plan.having)) if item.aggregate]
    return not any(
        (
            any(_one_each(linked, part) for part in held if isinstance(part, Plan)),
            any(_day_and_bucket(part) for part in held if isinstance(part, Plan)),
            _other_counted(linked, held),
            money_counted(linked, plan),
            bool(AMOUNT.match(text)) and not figures and _rows_listed(linked, plan),
            bool(IN_ORDER.search(text)) and plan.limit == 1 and not SINGLE.search(text),
            _rate_by_time(linked, plan, text),
            any(_rate_over(linked, part) for part in held if isinstance(part, Item)),
            linked.schema.trade and not lower & KEYED and _key_shown(linked, plan),
            _kind_of_table(linked, plan),
            bool(COUNT_AND.search(text)) and not any(item.aggregate == "count" for item in plan.select),
            bool(NOW.search(text)) and _over_too(linked, plan, held),
            any(_told_inside(linked, plan, part) for part in plan.where),
            _unshown(linked, plan, text, held),
            linked.schema.trade and bool(WHO.match(text)) and _keys_alone(linked, plan),
            plan.source is not None and any(_is_amount(linked, e) for e in plan.source.group),
            _detour(linked, plan),
            _had_summed(linked, plan),
            _per_nothing(linked, plan, text, held),
            _another_table(linked, plan, held),
            any(_told_by_verb(linked, part, held) for part in plan.where),
            _uncounted(linked, plan, text),
            bool(SIGNED.search(text)) and _other_date(linked, held, SIGNING, dated=True),
            bool(CAME.search(text)) and _other_date(linked, held, VISITS, dated=False),
        )
    )  # fmt: skip


def money_counted(linked: Linked, plan: Plan) -> bool:
    """Whether money is asked for and the rows that have it are counted instead."""
    text = linked.question.text
    return bool(MONEY.search(text)) and not NUMBERED.search(text) and _only_counted(linked, plan, list(_figures(plan)))


def _one_each(linked: Linked, plan: Plan) -> bool:
    """Whether different things are counted of which each row of the group has but one, as the customers of each bill."""
    graph, schema = linked.schema.graph, linked.schema
    keys = [e.table for e in plan.group if isinstance(e, ColumnRef) and e in schema.index and schema.view(e).primary]
    for item in _figures(plan):
        ref = item.expression
        if not (
            keys
            and item.aggregate == "count"
            and item.distinct
            and isinstance(ref, ColumnRef)
            and ref in schema.index
            and schema.view(ref).primary
        ):
            continue
        for table in keys:
            path = graph.path((table, ref.table))
            if table != ref.table and path is not None and not graph.multiplies(path, table):
                return True
    return False


def _figures(plan: Plan) -> Iterator[Item]:
    return (item for item in (*plan.select, *(o.item for o in plan.order), *(c.item for c in plan.having)) if item.aggregate)


def _day_and_bucket(plan: Plan) -> bool:
    """Whether rows are grouped by a date as it is beside the weekday or month of it."""
    return any(isinstance(e, Bucket) and e.column in plan.group for e in plan.group)


def _other_counted(linked: Linked, held: list[object]) -> bool:
    """Whether the number of one table's things is asked for and those of others alone are counted; or of what has no name in the data, as a key of something else."""
    counts = [part.expression for part in held if isinstance(part, Item) and part.aggregate == "count"]
    if not counts or any(isinstance(part, Item) and part.aggregate in ("sum", "defined") for part in held):
        return False
    if any(isinstance(part, Plan) and part.source is not None for part in held):
        return False
    tables = linked.schema.tables
    counted = {table for one in counts for table in _stands_for(linked, one)}
    for found in MANY.finditer(linked.question.text):
        place = next((i for i, token in enumerate(linked.question.tokens) if token.start >= found.end()), -1)
        if place < 0:
            continue
        asked = {view.name for view, match in zip(tables, linked.tables, strict=True) if match.exact == 1.0 and match.start == place}
        columns = [
            v.ref
            for v, m in zip(linked.schema.columns, linked.columns, strict=True)
            if m.exact == 1.0 and m.start == place and not v.foreign
        ]
        after = linked.question.lower[place + 1 : place + 2]
        if not asked and not columns and _only_keys(linked, counts, place):
            return True
        if asked and not columns and not asked & counted and BASE not in counted and after not in (("days",), ("of",)):
            return True
    return False


def _only_keys(linked: Linked, counts: list[Expression], place: int) -> bool:
    """Whether the keys of things are counted that the counted word, which is no name of anything, does not stand for."""
    schema = linked.schema
    if not linked.question.tokens[place].content or place in {i for m in linked.tables for i in m.positions}:
        return False
    refs = [ref for ref in counts if isinstance(ref, ColumnRef) and ref in schema.index]
    return (
        bool(refs)
        and len(refs) == len(counts)
        and all(schema.view(ref).foreign and place not in linked.columns[schema.index[ref]].positions for ref in refs)
    )


def _stands_for(linked: Linked, expression: object) -> set[str]:
    """The tables whose things an expression tells apart."""
    if isinstance(expression, Star):
        line = line_revenue(linked.schema)  # the lines of an order stand for what was ordered
        keys = linked.schema.catalog.keys if line is not None and line.table == expression.table else ()
        return {expression.table, *(key.ref_table for key in keys if key.table == expression.table)}
    if not isinstance(expression, ColumnRef):
        return {BASE}
    to = {key.ref_table for key in linked.schema.catalog.keys if key.table == expression.table and key.columns == (expression.column,)}
    return {expression.table, *to}


def _only_counted(linked: Linked, plan: Plan, figures: list[Item]) -> bool:
    """Whether rows are counted that have an amount, and nothing is added up."""
    if not figures or any(item.aggregate != "count" or item.among or item.over for item in figures):
        return False
    if any(test.plan is not None or _is_amount(linked, test.item.expression) for test in plan.where):
        return False
    used = set(tables_of(plan))
    return any(amount(view) and view.ref.table in used for view in linked.schema.columns)


def _rows_listed(linked: Linked, plan: Plan) -> bool:
    """Whether rows are listed one by one, by their numbers."""
    refs = [item.expression for item in plan.select]
    return any(isinstance(e, ColumnRef) and e in linked.schema.index and linked.schema.view(e).primary for e in refs)


def _rate_by_time(linked: Linked, plan: Plan, text: str) -> bool:
    """Whether what is due each month is added up by the month of some date, such as that of hiring."""
    said = {PERIODS.get(found["rate"].lower(), "") for found in RATED.finditer(text)}
    times = {e.grain for e in plan.group if isinstance(e, Bucket)}
    if not said & times or re.search(rf"\b(?:by|per|each|every|over the) (?:{'|'.join(said & times)})s?\b", text, re.IGNORECASE):
        return False
    stems = {stem(word) for word, period in PERIODS.items() if period in said}
    return any(
        isinstance(item.expression, ColumnRef)
        and item.expression in linked.schema.index
        and stems & set(linked.schema.view(item.expression).stems)
        for item in _figures(plan)
    )


def _rate_over(linked: Linked, item: Item) -> bool:
    """Whether scores or prices are added up and told per thing, where their mean by thing is meant."""
    ref = item.expression
    if item.aggregate != "sum" or item.over is None or item.over.aggregate != "count" or not isinstance(ref, ColumnRef):
        return False
    return ref in linked.schema.index and bool(set(linked.schema.view(ref).stems) & RATES)


def _key_shown(linked: Linked, plan: Plan) -> bool:
    """Whether the number by which rows point to others is shown, beside what has a name."""
    shown = [item.expression for item in plan.select if not item.aggregate and isinstance(item.expression, ColumnRef)]
    keys = [
        e
        for e in shown
        if e in linked.schema.index
        and linked.schema.view(e).foreign
        and linked.schema.view(e).numeric
        and linked.schema.view(e).stems[-1] in ("id", "key")
    ]
    return bool(keys) and len(shown) > len(keys)


def _kind_of_table(linked: Linked, plan: Plan) -> bool:
    """Whether rows are told apart by a kind or state of theirs of which only the table's own word is said: shipments by their status."""
    shown = {item.expression for item in plan.select if not item.aggregate}
    tested = {test.item.expression for test in plan.where}
    mentioned = {ref for mention in linked.mentions for ref, _ in mention.stored}
    for ref in plan.group:
        if not isinstance(ref, ColumnRef) or ref not in linked.schema.index or ref not in shown or ref in tested or ref in mentioned:
            continue
        view = linked.schema.view(ref)
        table = linked.schema.tables[view.table]
        own = set(view.stems)
        said = {word for word in own if linked.strengths(word)}
        if not said or said == own or not said <= set(table.stems) or view.primary or view.foreign or view.numeric or ref in table.display:
            continue
        if view.distinct < view.rows:
            return True
    return False


def _over_too(linked: Linked, plan: Plan, held: list[object]) -> bool:
    """Whether those of now are asked for and nothing is tested, though rows have a day on which they ended."""
    if any(isinstance(part, Condition) for part in held) or not any(item.aggregate for item in plan.select):
        return False
    used = set(tables_of(plan))
    return any(
        v.temporal and v.ref.table in used and set(v.stems) & OVER and not linked.schema.filled(v.ref) for v in linked.schema.columns
    )


def _told_inside(linked: Linked, plan: Plan, test: Condition) -> bool:
    """Whether what holds of the rows themselves is only tested of those that they must not be: never ordered, and lives in Germany."""
    inner = test.plan
    ref = test.item.expression
    if test.operator != "not in" or inner is None or not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
        return False
    if not linked.schema.view(ref).primary or inner.select[0].expression == ref:
        return False
    del plan
    return any(isinstance(one.item.expression, ColumnRef) and one.item.expression.table == ref.table and one.values for one in inner.where)


def _unshown(linked: Linked, plan: Plan, text: str, held: list[object]) -> bool:
    """Whether a column that is named last, after a with, has no place: guests without a booking, with their nationality."""
    found = TRAILING.search(text) or AND_THEIR.search(text)
    if found is None or plan.source is not None:
        return False
    tokens = linked.question.tokens
    places = {i for i, token in enumerate(tokens) if token.start >= found.start("what")}
    used = {part for part in held if isinstance(part, ColumnRef)}
    tables = set(tables_of(plan))
    whole = [
        v.ref
        for v, m in zip(linked.schema.columns, linked.columns, strict=True)
        if m.exact == 1.0 and set(m.positions) == places and v.ref.table in tables
    ]
    return (
        bool(whole)
        and not set(whole) & used
        and not any(linked.schema.view(ref).stems == linked.schema.view(whole[0]).stems for ref in used if ref in linked.schema.index)
    )


def _keys_alone(linked: Linked, plan: Plan) -> bool:
    """Whether nothing but numbers of things is shown."""
    shown = [item.expression for item in plan.select]
    keys = [
        e
        for e in shown
        if isinstance(e, ColumnRef) and e in linked.schema.index and (linked.schema.view(e).primary or linked.schema.view(e).foreign)
    ]
    return bool(keys) and len(keys) == len(shown)


def _is_amount(linked: Linked, expression: object) -> bool:
    return isinstance(expression, ColumnRef) and expression in linked.schema.index and amount(linked.schema.view(expression))


def _detour(linked: Linked, plan: Plan) -> bool:
    """Whether things are told by a group that they belong to through rows of a third table, though they say themselves which one is theirs."""
    schema = linked.schema
    for item in plan.select:
        ref = item.expression
        if not (
            item.aggregate == "count" and item.distinct and isinstance(ref, ColumnRef) and ref in schema.index and schema.view(ref).primary
        ):
            continue
        for one in plan.group:
            if not isinstance(one, ColumnRef) or one not in schema.index or one.table == ref.table:
                continue
            third = schema.view(one).foreign and not any(
                match.exact == 1.0 and view.name == one.table for view, match in zip(schema.tables, linked.tables, strict=True)
            )
            own = [v for v in schema.columns if v.ref.table == ref.table and set(schema.view(one).stems) < set(v.stems)]
            if third and own:
                return True
    return False


def _had_summed(linked: Linked, plan: Plan) -> bool:
    """Whether a number that rows are only said to have is added up: bookings with children are bookings."""
    lower, schema = linked.question.lower, linked.schema
    ends = {match.positions[-1] for match in linked.tables if match.cover >= WHOLE and match.positions}
    for item in plan.select:
        ref = item.expression
        if item.aggregate != "sum" or not isinstance(ref, ColumnRef) or ref not in schema.index:
            continue
        start = linked.columns[schema.index[ref]].start
        if start > 1 and lower[start - 1] in ("with", "having") and start - 2 in ends and "total" not in lower:
            return True
    return False


def _per_nothing(linked: Linked, plan: Plan, text: str, held: list[object]) -> bool:
    """Whether a figure is told per something, and the plan has neither a group nor a ratio."""
    if not PER.search(text) or stem("per") in linked.schema.vocabulary or not any(item.aggregate for item in plan.select):
        return False
    return not any((isinstance(part, Plan) and part.group) or (isinstance(part, Item) and part.over) for part in held)


def _another_table(linked: Linked, plan: Plan, held: list[object]) -> bool:
    """Whether the things of a table that nobody named are told apart and counted, where the rows of a table that was are meant."""
    schema = linked.schema
    if not any(isinstance(part, ColumnRef) for part in plan.group) or plan.source is not None:
        return False
    exact = {view.name for view, match in zip(schema.tables, linked.tables, strict=True) if match.exact == 1.0}
    said = {view.name for view, match in zip(schema.tables, linked.tables, strict=True) if match.positions}
    used = set(tables_of(plan))
    for part in held:
        ref = part.expression if isinstance(part, Item) and part.aggregate == "count" and part.distinct else None
        if isinstance(ref, ColumnRef) and ref in schema.index and schema.view(ref).primary and ref.table not in said:
            own = {i for v, m in zip(schema.columns, linked.columns, strict=True) if v.ref == ref for i in m.positions}
            if not own and exact & used:
                return True
    return False


def _told_by_verb(linked: Linked, test: Condition, held: list[object]) -> bool:
    """Whether the verb of a time between two dates is also taken for a state: how long it takes to ship is no test for shipped."""
    ref = test.item.expression
    days = [part for part in held if isinstance(part, Days)]
    if not days or test.operator != "=" or not isinstance(ref, ColumnRef) or ref not in linked.schema.index:
        return False
    ends = {word for one in days for end in (one.start, one.end) if end in linked.schema.index for word in linked.schema.view(end).stems}
    words = {stem(word) for value in test.values for word in str(value).lower().split()}
    said = [token for token in linked.question.tokens if token.stem in words]
    return bool(words & ends) and len(said) == 1


def _uncounted(linked: Linked, plan: Plan, text: str) -> bool:
    """Whether of two figures the one that is a number of things is left out: orders and revenue."""
    found = LISTED.search(text)
    if found is None or any(item.aggregate == "count" for item in plan.select):
        return False
    names = {stem(found[name].lower()) for name in ("one", "other")}
    columns = {view.stems for view in linked.schema.columns if amount(view)}
    return any((name,) in linked.schema.things and (name,) not in columns for name in names) and any(item.aggregate for item in plan.select)


def _other_date(linked: Linked, held: list[object], words: frozenset[str], *, dated: bool) -> bool:
    """Whether what happened has a table, or a date, of its own name, and others are counted or looked at."""
    schema = linked.schema
    if dated:
        homes = {view.ref.table for view in schema.columns if view.temporal and words & set(view.stems)}
        counted = [part.expression for part in held if isinstance(part, Item) and part.aggregate == "count"]
        return bool(homes and counted) and not homes & {table for one in counted for table in _stands_for(linked, one)}
    homes = {view.name for view in schema.tables if words & set(view.stems)}
    used = {part.table for part in held if isinstance(part, (Star, ColumnRef))}
    return bool(homes) and not homes & used
