"""How many days it takes to do something to a thing: days to close a request by priority, how long it takes to finish a course per subject."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.around.things import counted_table
from aiser_jupyter.ask.plan import Aggregate, ColumnRef, Days, Item, Order, Plan
from aiser_jupyter.ask.reader.when import event_date
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read

VERB = r"(?P<verb>close|resolve|finish|complete|fix|ship|deliver|pay|settle|return|approve|process|solve|fulfil|fulfill|dispatch|answer)"
TOOK = re.compile(
    rf"^\W*(?:(?:what (?:is|was)|show(?: me)?) )?(?:the )?(?P<agg>average|avg|mean|median|maximum|minimum|typical)(?: number of)? (?P<unit>days|hours)(?: (?:it takes|needed|taken|it took|required|that it takes))? to {VERB} (?P<what>.+?)\W*$"
    rf"|^\W*(?P<agg2>on average,?|typically,?) how many (?P<unit2>days|hours) (?:does|did|do) it take (?:us )?to {VERB.replace('verb', 'verb2')} (?P<what2>.+?)\W*$"
    rf"|^\W*how many (?P<unit3>days|hours) (?:does|did|do) it (?P<agg3>on average |typically |usually )?take (?:us )?(?P<agg4>on average )?to {VERB.replace('verb', 'verb3')} (?P<what3>.+?)(?P<agg5>,? on average)?\W*$",
    re.IGNORECASE,
)
ENDS = {
    "close": "closed close completed resolved", "resolve": "resolved closed completed", "finish": "finished completed ended", "complete": "completed finished",
    "fix": "fixed resolved completed closed", "ship": "shipped ship dispatched", "deliver": "delivered delivery arrived", "pay": "paid payment settled",
    "settle": "settled paid", "return": "returned return", "approve": "approved", "process": "processed completed", "solve": "solved resolved closed",
    "fulfil": "fulfilled shipped", "fulfill": "fulfilled shipped", "dispatch": "dispatched shipped", "answer": "answered resolved",
}  # fmt: skip
AGGREGATES: dict[str, Aggregate] = {"median": "median", "maximum": "max", "minimum": "min"}
ARTICLE = re.compile(r"^(?:an?|the|our|one|each) ", re.IGNORECASE)
GROUP = re.compile(r",? (?:by|per|for each|for every|in each) ", re.IGNORECASE)


def took(asked: Asked) -> list[Read]:
    """The mean of the days between when rows came to be and the one date that the verb names; none where several are kin to it."""
    said = TOOK.match(asked.text)
    if said is None:
        return []
    verb, what, unit = (next(said[f"{name}{n}"] for n in ("", "2", "3") if said[f"{name}{n}"]) for name in ("verb", "what", "unit"))
    agg = AGGREGATES.get((said["agg"] or "").lower(), "avg")
    pair = _dates(asked, verb.lower())
    if pair is None:
        return []
    start, end = pair
    cut = GROUP.search(what)
    noun, tail = (what[: cut.start()], what[cut.start() :].lstrip(", ")) if cut else (what, "")
    noun = ARTICLE.sub("", noun)
    seen = core(asked.part(f"number of {plural(noun)}"))
    table = counted_table(asked, seen.plan) if seen is not None else None
    if seen is None or table is None:
        return []
    name = " ".join(split(start.table))
    base = core(asked.part(f"number of {plural(noun if table == start.table else name)} {tail}"))
    if base is None or counted_table(asked, base.plan) != start.table or (table != start.table and seen.plan.where):
        return []
    return spanned(asked, base, (start, end), agg, unit.lower(), table)


def spanned(asked: Asked, base: Read, dates: tuple[ColumnRef, ColumnRef], agg: Aggregate, unit: str, table: str) -> list[Read]:
    """The plan of ``base`` with the time between two dates of its rows in the place of their number; none where days are to be hours."""
    start, end = dates
    plan = base.plan
    timed = all(asked.schema.view(ref).type == "timestamp" for ref in dates)
    if unit != "days" and not timed:
        return []  # days hold no hours
    scale = {"minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}[unit] if timed else 1.0
    item = Item(Days(start, end, "second" if timed else ""), agg, scale=scale)
    shown = tuple(i for i in plan.select if not i.aggregate)
    order = tuple(o for o in plan.order if not o.item.aggregate) or ((Order(item, descending=True),) if plan.group else ())
    made: Plan = replace(plan, select=(*shown, item), order=order)
    path = asked.schema.graph.path(tuple(dict.fromkeys((*tables_of(made), table))))
    rows = start.table if start.table == end.table else table
    if path is None or asked.schema.graph.multiplies(path, rows):
        return []
    found = turned(asked, base, made, "took", (f"the {unit} go from {start.column} to {end.column} of {end.table}",))
    return [found] if found else []


def _dates(asked: Asked, verb: str) -> tuple[ColumnRef, ColumnRef] | None:
    """When rows came to be and the one date in the data that is kin to the verb."""
    for wanted in ENDS[verb].split():
        found = [v.ref for v in asked.schema.columns if v.temporal and stem(wanted) in v.stems]
        if len(found) > 1:
            return None
        if found:
            begun = event_date(asked.schema, found[0].table, ())
            if begun is None or begun[0].table != found[0].table or begun[0] == found[0]:
                return None
            return begun[0], found[0]
    return None


def plural(noun: str) -> str:
    """More than one of what a noun names."""
    return noun if noun.endswith("s") else f"{noun}es" if noun.endswith(("sh", "ch", "x")) else f"{noun}s"
