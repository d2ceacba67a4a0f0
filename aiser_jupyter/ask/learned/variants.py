"""What a skeleton leaves open beside its slots: comparison, aggregate, direction and DISTINCT, told by words near by.

Merging them makes one skeleton of many, so that a form never seen with one operator is known from another.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Aggregate, Condition, Item, Operator, Order, Plan
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiser_jupyter.ask.link import Linked, Mention

COMPARED: frozenset[Operator] = frozenset({"=", "!=", ">", "<", ">=", "<="})
SUMMED: frozenset[Aggregate] = frozenset({"sum", "avg", "min", "max"})
HEARD: tuple[Aggregate, ...] = ("avg", "sum", "max", "min")
FALLING, RISING = (
    frozenset({"descending", "decreasing", "reverse", "desc"}),
    frozenset({"ascending", "increasing", "alphabetical", "alphabetically", "asc", "lexicographical", "alphabetic"}),
)
MORE = CUE_WORDS["more"] | {"maximum"}
LESS = CUE_WORDS["less"]
ENTRY = 4


def merged(plan: Plan) -> Plan:
    """The plan with every comparison made ``=``, every sum, average or extreme ``avg``, every order rising and no DISTINCT."""

    def item(old: Item) -> Item:
        return replace(old, aggregate="avg") if old.aggregate in SUMMED else old

    def condition(old: Condition) -> Condition:
        operator = "=" if old.operator in COMPARED else old.operator
        return Condition(item(old.item), operator, old.values, merged(old.plan) if old.plan else None)

    return replace(
        plan,
        select=tuple(map(item, plan.select)),
        where=tuple(map(condition, plan.where)),
        having=tuple(map(condition, plan.having)),
        order=tuple(Order(item(o.item)) for o in plan.order),
        distinct=False,
        compound=(plan.compound[0], merged(plan.compound[1])) if plan.compound else None,
    )


def expand(plan: Plan, linked: Linked, values: Mapping[str, tuple[Mention, object]]) -> list[tuple[float, Plan]]:
    """The likeliest plans that ``plan`` is the merged form of, with log-scores, best first."""
    lower = set(linked.question.lower)
    plan = _compared(plan, linked, values)
    options = [(score + more, after) for score, once in _aggregated(plan, linked) for more, after in _directed(once, lower)]
    if lower & CUE_WORDS["not"] and any(c.operator == "=" and c.values for c in plan.where):
        options += [(score - 0.8, _negated(once)) for score, once in options]
    if lower & CUE_WORDS["distinct"]:
        options = [
            (score - 0.3 * (not d), replace(once, distinct=d))
            for score, once in options
            for d in ((True, False) if _plain(once) else (False,))
        ]
    elif _plain(plan) and (plan.tables or len(plan.where) > 0):
        options += [(score - 2.0, replace(once, distinct=True)) for score, once in options[:1]]
    return sorted(options, key=lambda option: -option[0])[:ENTRY]


def _plain(plan: Plan) -> bool:
    return not plan.group and not plan.order and not any(i.aggregate for i in plan.select) and plan.compound is None


def _compared(plan: Plan, linked: Linked, values: Mapping[str, tuple[Mention, object]]) -> Plan:
    """Comparisons with numbers read off the words before and after each number; with a nested result, off the whole question."""

    def condition(old: Condition) -> Condition:
        inner = _compared(old.plan, linked, values) if old.plan else None
        if old.operator not in COMPARED:
            return replace(old, plan=inner)
        if inner is not None:
            return Condition(old.item, _nested(linked, old), (), inner)
        name = old.values[0] if old.values else ""
        found = values.get(name[1:]) if isinstance(name, str) and name.startswith("$V") else None
        return replace(old, operator=_operator(linked, found[0]) if found and (found[0].kind == "number" or not found[0].stored) else "=")

    return replace(
        plan, where=tuple(map(condition, plan.where)), having=tuple(map(condition, plan.having)),
        compound=(plan.compound[0], _compared(plan.compound[1], linked, values)) if plan.compound else None,
    )  # fmt: skip


def _operator(linked: Linked, mention: Mention) -> Operator:
    before = linked.question.lower[max(0, mention.start - 4) : mention.start]
    after = linked.question.lower[mention.end : mention.end + 2]
    spoken, follows = " ".join(before), " ".join(after)
    if (
        "at least" in spoken
        or "no less" in spoken
        or follows.startswith(("or more", "or above", "and above", "or higher", "or greater"))
        or "minimum of" in spoken
    ):
        return ">="
    if (
        "at most" in spoken
        or "no more" in spoken
        or "up to" in spoken
        or follows.startswith(("or less", "or fewer", "or below", "or lower"))
    ):
        return "<="
    for word in reversed(before):
        if word in MORE or word == ">":
            return ">"
        if word in LESS or word == "<":
            return "<"
        if word in ("and", "or", ","):
            break
    return "="


def _nested(linked: Linked, condition: Condition) -> Operator:
    lower = set(linked.question.lower)
    inner = condition.plan.select[0] if condition.plan else None
    if (
        inner is not None
        and inner.aggregate in ("min", "max")
        and not lower & {"than", "above", "below", "after", "before", "exceed", "exceeds"}
    ):
        return "="
    if lower & (LESS - {"most", "until", "within"}) and not lower & MORE:
        return "<"
    return ">" if lower & (MORE | {"than"}) else "="


def _aggregated(plan: Plan, linked: Linked) -> list[tuple[float, Plan]]:
    """Aggregates read off the cue words in their order; several plans where the words don't settle it."""
    spots = _spots(plan)
    if not spots:
        return [(0.0, plan)]
    heard: list[Aggregate] = []
    for word in linked.question.lower:
        for name in HEARD:
            if word in CUE_WORDS[name] and name not in heard:
                heard.append(name)
    choices: list[tuple[float, tuple[Aggregate, ...]]] = []
    if len(heard) >= spots:
        choices += [(-0.4 * i, chosen) for i, chosen in enumerate(itertools.islice(itertools.permutations(heard, spots), 4))]
    elif heard:
        choices.append((-0.3, tuple(heard + heard[-1:] * (spots - len(heard)))))
    else:
        guesses: tuple[tuple[float, Aggregate], ...] = ((-0.5, "sum"), (-1.2, "avg"))
        for score, guess in guesses:
            repeated: tuple[Aggregate, ...] = tuple(guess for _ in range(spots))
            choices.append((score, repeated))
    if spots == 2 and len(heard) >= 1:
        choices.append((-1.0, (heard[0], heard[0])))
    return [(score, _assigned(plan, iter(chosen))) for score, chosen in choices]


def _spots(plan: Plan) -> int:
    found = sum(i.aggregate in SUMMED for i in plan.select) + sum(
        o.item.aggregate in SUMMED for o in plan.order if o.item not in plan.select
    )
    found += sum((c.item.aggregate in SUMMED) + (_spots(c.plan) if c.plan else 0) for c in (*plan.where, *plan.having))
    return found + (_spots(plan.compound[1]) if plan.compound else 0)


def _assigned(plan: Plan, chosen: Iterator[Aggregate]) -> Plan:
    def item(old: Item) -> Item:
        return replace(old, aggregate=next(chosen)) if old.aggregate in SUMMED else old

    def condition(old: Condition) -> Condition:
        return Condition(item(old.item), old.operator, old.values, _assigned(old.plan, chosen) if old.plan else None)

    select = tuple(map(item, plan.select))
    known = dict(zip(plan.select, select, strict=True))
    order = tuple(Order(known[o.item] if o.item in known else item(o.item), o.descending) for o in plan.order)
    where, having = tuple(map(condition, plan.where)), tuple(map(condition, plan.having))
    compound = (plan.compound[0], _assigned(plan.compound[1], chosen)) if plan.compound else None
    return replace(plan, select=select, where=where, having=having, order=order, compound=compound)


def _directed(plan: Plan, lower: set[str]) -> list[tuple[float, Plan]]:
    if not _ordered(plan):
        return [(0.0, plan)]
    high, low = bool(lower & CUE_WORDS["max"]), bool(lower & CUE_WORDS["min"])
    if lower & FALLING or lower & RISING:
        falling = 0.0 if lower & FALLING else -2.5
        rising = 0.0 if lower & RISING else -2.5
    elif high != low:
        falling, rising = (0.0, -2.5) if high else (-2.5, 0.0)
    else:
        falling, rising = (-0.3, -1.0) if plan.limit or plan.compound else (-2.0, -0.1)
    return [(falling, _turned(plan, down=True)), (rising, _turned(plan, down=False))]


def _ordered(plan: Plan) -> bool:
    return bool(plan.order) or any(c.plan and _ordered(c.plan) for c in plan.where) or bool(plan.compound and _ordered(plan.compound[1]))


def _turned(plan: Plan, *, down: bool) -> Plan:
    where = tuple(replace(c, plan=_turned(c.plan, down=down)) if c.plan else c for c in plan.where)
    return replace(plan, order=tuple(Order(o.item, down) for o in plan.order), where=where)


def _negated(plan: Plan) -> Plan:
    """The first test on a literal turned into its opposite."""
    turned = False
    where = []
    for condition in plan.where:
        opposite = not turned and condition.operator == "=" and condition.values
        where.append(replace(condition, operator="!=") if opposite else condition)
        turned = turned or bool(opposite)
    return replace(plan, where=tuple(where))
