"""Edits of the order and the number of rows: sorted, only the first, only those above a figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edits
from aiser_jupyter.ask.follow.edit_grammar import narrowed
from aiser_jupyter.ask.follow.said import grain_of
from aiser_jupyter.ask.grammar.frame import COMPARISONS, LOW
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Order, Plan
from aiser_jupyter.ask.question import NUMBERS

if TYPE_CHECKING:
    import re

    from aiser_jupyter.ask.follow.edit_grammar import Turn
    from aiser_jupyter.ask.follow.said import Said

THOSE = frozenset({"those", "the ones", "ones", "them", "these", "that", "rows", "groups"})
DOWN = frozenset({"highest", "largest", "biggest", "most", "best", "newest", "latest", "most recent", "greatest", "top"})


def sorted_by(turn: Turn, match: re.Match[str]) -> Plan:
    """Sorted by an item of the plan."""
    text, way = match["what"], (match["way"] or "").lower()
    turn.steady = True
    said = turn.said(text)
    try:
        item = said.item_of_plan()
    except NoPlanError:
        if edits.values(turn.plan):
            raise
        item = said.columns()[0]
    if turn.plan.limit and not item.aggregate:
        raise NoPlanError  # the first few by this one are others than the first few by the figure
    down = way.startswith(("desc", "high", "larg", "new", "big", "most", "down")) if way else bool(item.aggregate)
    return edits.ordered(turn.plan, item, descending=down)


def alphabetical(turn: Turn, _: re.Match[str]) -> Plan:
    """Sorted by its first text."""
    texts = [i for i in edits.labels(turn.plan) if isinstance(i.expression, ColumnRef) and turn.schema.view(i.expression).type == "text"]
    if not texts:
        raise NoPlanError
    return edits.ordered(turn.plan, texts[0], descending=False)


def directed(turn: Turn, match: re.Match[str]) -> Plan:
    """Sorted the other way, or with one end first."""
    turn.steady = True
    word = match["way"].lower()
    if word in ("newest", "latest", "most recent", "oldest", "earliest"):
        return _by_time(turn, descending=word in DOWN)
    if word[:4] in ("desc", "asce", "decr", "incr"):
        return edits.turned(turn.plan, descending=word.startswith("de"))
    figures = edits.values(turn.plan)
    if not figures:
        raise NoPlanError
    first = turn.plan.order[0].item if turn.plan.order and turn.plan.order[0].item in figures else figures[0]
    return edits.ordered(turn.plan, first, descending=word in DOWN)


def _by_time(turn: Turn, *, descending: bool) -> Plan:
    times = [i for i in turn.plan.select if isinstance(i.expression, Bucket)]
    times = times or [i for i in turn.plan.select if isinstance(i.expression, ColumnRef) and turn.schema.view(i.expression).temporal]
    if not times or turn.plan.limit:
        raise NoPlanError
    return replace(turn.plan, order=tuple(Order(item, descending) for item in times))


def reversed_(turn: Turn, _: re.Match[str]) -> Plan:
    """The order turned round."""
    return edits.turned(turn.plan, descending=None)


def tested(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “Only those above 1000”: a test on the figure of each group."""
    operator = dict(COMPARISONS).get(tuple(match["op"].lower().split()))
    figures = edits.values(turn.plan)
    said = match["what"]
    if operator is None or not figures:
        raise NoPlanError
    item = figures[0]
    if said:
        named = turn.said(said)
        mine = named.figures_of_plan()
        item = mine[0] if mine else next(iter(_counted_or_measured(named)))
    who = match["who"]
    if who and who.lower() not in THOSE and turn.said(who).item_of_plan().aggregate:
        raise NoPlanError
    return edits.tested(turn.plan, Condition(replace(item, window=""), operator, (_number(match["n"]),)))


def _counted_or_measured(said: Said) -> tuple[Item, ...]:
    if said.names_figure:
        return said.figures()
    said.understood()
    found = tuple(said.composer._count(noun) for noun in said.frame.nouns if noun.segment.best.table)  # noqa: SLF001  # the grammar's own way to a count
    if not found:
        raise NoPlanError
    return found


def _number(text: str) -> float | int:
    text = text.lower().replace(",", "")
    if text in NUMBERS:
        return NUMBERS[text]
    scale = {"k": 1_000, "m": 1_000_000}.get(text[-1], 1)
    number = float(text.rstrip("km")) * scale
    return int(number) if number.is_integer() else number


def topped_of(turn: Turn, match: re.Match[str]) -> Plan:
    """Only the first few, of fewer."""
    turn.plan = narrowed(turn, match["rest"], "narrow")
    return topped(turn, match)


def first_of(turn: Turn, match: re.Match[str]) -> Plan:
    """Only the one at an end."""
    return edits.limited(turn.plan, 1, descending=match["way"].lower() not in LOW)


def named_first(turn: Turn, match: re.Match[str]) -> Plan:
    """Only the one at an end, of what the figures are told by: the strongest month of those that were shown."""
    plan, what = turn.plan, match["what"]
    grain = grain_of(what)
    told = [e for e in plan.group if not grain or isinstance(e, Bucket)]
    held = grain is not None and any(isinstance(e, Bucket) and e.grain == grain for e in told)
    if not held and (grain is not None or not any(map(turn.said(what).group_of_plan(), told))):
        raise NoPlanError
    if len({i.expression for i in edits.labels(plan)} & {e for e in plan.group if isinstance(e, Bucket)}) not in (
        0,
        len(edits.labels(plan)),
    ):
        raise NoPlanError  # the best month of each country, or of them all
    return edits.limited(plan, 1, descending=match["way"].lower() not in LOW)


def topped(turn: Turn, match: re.Match[str]) -> Plan:
    """Only the first or last few."""
    number = _number(match["n"])
    low = bool(set(match[0].lower().split()) & LOW)
    return edits.limited(turn.plan, int(number), descending=not low)
