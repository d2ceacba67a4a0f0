"""A figure seen against the others, told in a word beside it: running total of payments by month in 2025, expenses by category in percent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import Bucket, Item, Order, Star
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reader.read import Read

RUNNING = re.compile(
    r"^\W*(?:(?:what (?:is|was)|show(?: me)?|give me) )?(?:the |a )?(?:running|cumulative|accumulated) (?P<how>total|sum|count|number)?(?:(?<=\w) (?:of )?| ?)(?:the |our |all )?(?P<what>.+?)\W*$",
    re.IGNORECASE,
)
PERCENT = re.compile(
    r"^\W*(?:show(?: me)? )?(?:the )?(?P<what>.+? (?:by|per) .+?),? (?:in|as) (?:an? )?(?:%|percent|per cent|percentages?|shares?)(?: of (?:the )?(?:total|whole|all))?\W*$",
    re.IGNORECASE,
)
MONEY = frozenset(
    map(
        stem, ("payment", "sale", "revenue", "expense", "cost", "donation", "gift", "refund", "takings", "income", "spend", "fee", "charge")
    )
)


def percent(asked: Asked) -> list[Read]:
    """The share of each group in the whole, of the money where the rows are money."""
    said = PERCENT.match(asked.text)
    if said is None:
        return []
    base = core(asked.part(said["what"]))
    plan = summed(asked, base.plan) if base is not None else None
    figures = [i for i in plan.select if i.aggregate] if plan is not None else []
    if base is None or plan is None or len(figures) != 1 or not plan.group or plan.limit or plan.source or plan.having or plan.rank_within:
        return []
    item = figures[0]
    if item.aggregate not in ("sum", "count") or item.distinct or item.window or item.among or item.over or item.only or item.less:
        return []
    share = replace(item, window="share")
    swap = tuple(share if i == item else i for i in plan.select)
    order = tuple(replace(o, item=share) if o.item == item else o for o in plan.order)
    made = turned(asked, base, replace(plan, select=swap, order=order), "share")
    return [made] if made else []


def running(asked: Asked) -> list[Read]:
    """The figure of the core added up from its first period to each."""
    said = RUNNING.match(asked.text)
    if said is None:
        return []
    found = by_time(asked, said["what"], totals=(said["how"] or "").lower() not in ("count", "number"))
    if found is None:
        return []
    base, plan, figure, bucket = found
    if (
        figure.aggregate not in ("sum", "count")
        or figure.distinct
        or figure.window
        or figure.among
        or figure.over
        or figure.only
        or figure.less
    ):
        return []
    whole = replace(plan, select=(Item(bucket), replace(figure, window="running")), order=(Order(Item(bucket)),))
    made = turned(asked, base, whole, "running")
    return [made] if made else []


def by_time(asked: Asked, what: str, *, totals: bool) -> tuple[Read, Plan, Item, Bucket] | None:
    """What was read of the figure that ``what`` names, its plan, and its one figure and one period; with ``totals``, added up where it can be."""
    base = core(asked.part(f"total {what}")) if totals else core(asked.part(f"number of {what}"))
    plan = base.plan if base is not None else None
    if base is None and totals:
        base = core(asked.part(f"number of {what}"))
        plan = summed(asked, base.plan) if base is not None else None
    if base is None or plan is None:
        return None
    figures = [i for i in plan.select if i.aggregate]
    timed = [e for e in plan.group if isinstance(e, Bucket)]
    if len(figures) != 1 or len(timed) != 1 or len(plan.group) != 1 or plan.limit or plan.source or plan.having or plan.compound:
        return None
    return base, plan, figures[0], timed[0]


def summed(asked: Asked, plan: Plan) -> Plan | None:
    """Payments as their amount, where each has one and money is what they are; other things as their number."""
    item = next((i for i in plan.select if i.aggregate), None)
    if item is None or not isinstance(item.expression, Star):
        return plan
    table = asked.schema.table(item.expression.table)
    if not set(table.stems) & MONEY:
        return plan
    amounts = [asked.schema.columns[i].ref for i in table.columns if measures.amount(asked.schema.columns[i])]
    if len(amounts) != 1:
        return None
    swap = replace(item, expression=amounts[0], aggregate="sum")
    order = tuple(replace(o, item=swap) if o.item == item else o for o in plan.order)
    return replace(plan, select=tuple(swap if i == item else i for i in plan.select), order=order)
