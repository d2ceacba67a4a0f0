"""Two kinds of thing in one event: how many orders contain both a helmet and a bike, in how many invoices were they bought together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.scored import Scored

EVENT = r"(?P<event>[a-z]+(?: [a-z]+)?)"
A = r"(?:an? |the |some |any )?"
HELD = r"(?:contain(?:s|ed|ing)?|includ(?:e|es|ed|ing)|have|has|had|with|hold(?:s|ing)?|list(?:s|ed|ing)?|feature[sd]?)"
DONE = r"(?:bought|ordered|sold|purchased|booked|rented|taken)"
TOGETHER = (
    re.compile(rf"^\W*in how many {EVENT} (?:was|were|is|are) {A}(?P<one>[^,?]+?) {DONE} (?:together|along|in combination|jointly) with {A}(?P<other>[^,?]+?)(?P<when> (?:in|during|since) [^,?]+)?\W*$", re.IGNORECASE),
    re.compile(rf"^\W*in how many {EVENT} (?:was|were|is|are|did (?:customers|people|we)) (?:both )?{A}(?P<one>[^,?]+?) and {A}(?P<other>[^,?]+?) {DONE} together(?P<when> (?:in|during|since) [^,?]+)?\W*$", re.IGNORECASE),
    re.compile(rf"^\W*(?:how many|number of) {EVENT} (?:(?:that|which) )?{HELD} both {A}(?P<one>[^,?]+?) and {A}(?P<other>[^,?]+?)(?P<when> (?:in|during|since) [^,?]+)?\W*$", re.IGNORECASE),
    re.compile(rf"^\W*how often (?:was|were|is|are) {A}(?P<one>[^,?]+?) {DONE} together with {A}(?P<other>[^,?]+?)(?P<when> (?:in|during|since) [^,?]+)?\W*$", re.IGNORECASE),
)  # fmt: skip


def asked(text: str) -> re.Match[str] | None:
    """What a question for two kinds in one event says; None where it is none."""
    return next((match for pattern in TOGETHER if (match := pattern.match(text))), None)


def together(outer: Outer) -> list[Scored]:
    """The events that have rows of the one kind and rows of the other."""
    said = asked(outer.text)
    if said is None:
        return []
    event = said.groupdict().get("event") or "orders"
    parts = [outer.sure(f"number of {event} with {said[thing]}{said['when'] or ''}") for thing in ("one", "other")]
    one, other = parts
    if one is None or other is None:
        return []
    keys = {_key(outer, part.plan) for part in (one, other)}
    key = keys.pop()
    if key is None or keys or one.plan.where == other.plan.where or one.plan.group or other.plan.group:
        return []
    if not all(_lines(outer, part.plan, key) for part in (one, other)):
        return []
    tests = tuple(Condition(Item(key), "in", (), Plan((Item(key),), (), part.plan.where)) for part in (one, other))
    plan = Plan((Item(key, "count", distinct=True),), (), tests)
    return outer.made(plan, one, other, notes=(f"together means in the same {key.table}.{key.column}",))


def _key(outer: Outer, plan: Plan) -> ColumnRef | None:
    """What tells the events that are counted apart."""
    item = figure(plan)
    if item is None or item.aggregate != "count":
        return None
    if isinstance(item.expression, Star):
        return outer.schema.table(item.expression.table).key
    return item.expression if isinstance(item.expression, ColumnRef) and item.distinct else None


def _lines(outer: Outer, plan: Plan, key: ColumnRef) -> bool:
    """Whether an event has several rows of what is tested, so that it may have one of each kind: a line's product, and no event's country."""
    tested = {leaf.table for c in plan.where for leaf in leaves(c.item.expression)}
    if any(c.plan is not None for c in plan.where):
        return False
    path = outer.schema.graph.path(tuple(dict.fromkeys((*tables_of(plan), key.table))))
    view = outer.schema.view(key)
    repeated = view.distinct < view.rows or (path is not None and outer.schema.graph.multiplies(path, key.table))
    return path is not None and repeated and (tested != {key.table} or view.distinct < view.rows)
