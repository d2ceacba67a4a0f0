"""The share of rows that pass a test inside each group: share of enrollments bought with a coupon by month, terminated leases as % of all leases per landlord."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.columns import against
from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.around.shared import VERB
from aiser_jupyter.ask.around.things import counted_table, things
from aiser_jupyter.ask.plan import Bucket, Condition, Order, Plan
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.plan import ColumnRef, Star
    from aiser_jupyter.ask.reader.read import Read

SHARE = r"(?:share|percentage|percent|proportion|fraction|portion|%)"
LEADING = re.compile(
    rf"^\W*(?:(?:what|which)(?: is| was| are)? |show (?:me )?|give (?:me )?)?(?:the |monthly |our )*{SHARE} (?:of|from) (?:all (?:of )?)?(?:the |our |my |these |those )*(?P<told>.+?)\W*$",
    re.IGNORECASE,
)
TRAILING = re.compile(
    rf"^\W*(?P<part>(?:(?!\b(?:by|per|each|every)\b).)+?),? (?:as|in) (?:an? |the )?{SHARE} of (?:all |the total |total |the |our )*(?P<told>.+?)\W*$",
    re.IGNORECASE,
)
TAIL = re.compile(
    r",? (?:(?:broken down |split |grouped )?(?:by|per)|(?:for|in|at|of) (?:each|every)(?: of (?:the|our))?|across(?: all)?(?: the)?|(?P<grain>day|week|month|quarter|year) by (?P=grain)|(?:monthly|quarterly|yearly|weekly|daily)\b) ?",
    re.IGNORECASE,
)
TESTING = re.compile(
    rf"{VERB.pattern}|\b(?:with|without|whose|where|over|under|above|below|more than|less than|at least|at most|late|on time|in which|for which)\b",
    re.IGNORECASE,
)
SPLITS = 3
ARRIVED = re.compile(
    r"\b(?:came|come|coming|arrived|arriving|received) (?:in |back )?(?:(?:too )?late|after|before|past|later|earlier)\b", re.IGNORECASE
)
DONE_BY = re.compile(r"^[\s,]*(?:by|in|at|of|for|across)\b", re.IGNORECASE)
DOER = re.compile(r"\w(?:ed|en|ade|old|ent|aid|un)$", re.IGNORECASE)


def portion(asked: Asked) -> list[Read]:
    """The share that pass the test, by group; none where no group or no test is told."""
    said = TRAILING.match(asked.text)
    if said is not None:
        for what, tail in _tails(said["told"]):
            made = _made(asked, what, tail, (said["part"],))
            if made is not None:
                return [made]
        return []
    leading = LEADING.match(asked.text)
    for what, tail in _tails(leading["told"]) if leading else ():
        splits = [m for m in TESTING.finditer(what) if m.start() > 2]
        for split in splits[:SPLITS]:
            whole, test = what[: split.start()].strip(" ,"), what[split.start() :].strip()
            if not test or (split.end() == len(what) and DOER.search(what) and tail.lstrip(" ,").lower().startswith("by")):
                continue  # shipped by each of them is no test
            made = _made(asked, whole, tail, (f"{whole} {test}", f"{whole} that {test}"))
            if made is not None:
                return [made]
    return []


def called_for(text: str) -> bool:
    """Whether a test's share inside groups is asked for, and not the share that each group has in the whole."""
    said = TRAILING.match(text)
    if said is not None:
        words = set(map(stem, said["part"].lower().split()))
        return any(what and stem(what.lower().split()[-1]) in words for what, _ in _tails(said["told"]))
    leading = LEADING.match(text)
    for what, tail in _tails(leading["told"]) if leading else ():
        splits = [m for m in TESTING.finditer(what) if m.start() > 2]
        if splits and not (splits[0].end() == len(what) and DOER.search(what) and DONE_BY.match(tail)):
            return True
    return False


def _tails(told: str) -> Iterator[tuple[str, str]]:
    """What is told before a group, and the group with what follows it, the last group first."""
    for cut in list(TAIL.finditer(told))[::-1]:
        if cut.start() > 2 and cut.end() <= len(told):
            yield told[: cut.start()].strip(" ,"), told[cut.start() :].strip(" ,")


def _made(asked: Asked, whole: str, tail: str, ways: tuple[str, ...]) -> Read | None:
    """The share of those of ``whole`` that one of the ``ways`` to tell the part selects, by the group of ``tail``."""
    base = core(asked.part(f"number of {whole} {tail}"))
    table = counted_table(asked, base.plan) if base is not None else None
    if base is None or table is None or not base.plan.group:
        return None
    plain = things(asked, f"number of {whole}")
    if plain is None or plain.table != table:
        return None
    for way in ways:
        found = against(asked, f"number of {way}")
        one = found[0] if found else things(asked, f"number of {way}")
        extra = (found[1].test,) if found else ()
        if one is None or one.table != table:
            continue
        among = tuple(c for c in (*one.where, *extra) if c not in plain.where)
        if not among or any(c.plan is not None for c in among) or any(c not in one.where for c in plain.where):
            continue
        came = _came(way, among)
        plan = _shares(asked, replace(base.plan, where=(*base.plan.where, *came)), table, among)
        if plan is not None:
            return turned(asked, base, plan, "portion", (*one.base.notes, *((found[1].note,) if found else ())))
    return None


def _came(text: str, among: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """That a date is there at all, where the share is of those that came in."""
    dated = [c for c in among if c.other is not None and c.operator in ("<", ">")]
    return tuple(Condition(c.item, "is not null") for c in dated) if ARRIVED.search(text) else ()


def _shares(asked: Asked, plan: Plan, table: str, among: tuple[Condition, ...]) -> Plan | None:
    """The plan with the share of those that pass in the place of their number."""
    figure = next(i for i in plan.select if i.aggregate)
    if figure.distinct:
        return None
    item = replace(figure, among=among)
    shown = tuple(i for i in plan.select if not i.aggregate)
    timed = any(isinstance(e, Bucket) for e in plan.group)
    order = plan.order if timed else (Order(item, descending=True),)
    order = tuple(replace(o, item=item) if o.item.aggregate else o for o in order)
    made = replace(plan, select=(*shown, item), order=order)
    tested_on = tuple(dict.fromkeys(leaf.table for c in among for leaf in _leaves(c)))
    path = asked.schema.graph.path(tuple(dict.fromkeys((*tables_of(made), *tested_on))))
    return None if path is None or asked.schema.graph.multiplies(path, table) else made


def _leaves(test: Condition) -> Iterator[ColumnRef | Star]:
    for item in (test.item, test.other):
        if item is not None:
            yield from leaves(item.expression)
