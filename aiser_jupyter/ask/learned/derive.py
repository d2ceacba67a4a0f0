"""Skeletons that training never saw, one step away from likely ones: a column more or less, a test more or less, a count beside the names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.learned.agree import trait_fit
from aiser_jupyter.ask.learned.close import open_literals
from aiser_jupyter.ask.learned.skeleton import LINK, OPEN, Skeleton, slot_uses
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked

BASES, KEPT, STEP = 6, 10, 2.0


def derived(linked: Linked, likely: list[tuple[float, Skeleton]], known: frozenset[str]) -> list[tuple[float, Skeleton]]:
    """New skeletons near the likeliest, each with its log-chance, best first."""
    found: dict[str, tuple[float, Skeleton]] = {}
    for chance, base in likely[:BASES]:
        before = trait_fit(linked, base.plan)
        for plan in steps(base):
            made = Skeleton(plan, 0.0, slot_uses(plan))
            score = chance - STEP + min(STEP, trait_fit(linked, plan) - before)
            if made.key not in known and (made.key not in found or found[made.key][0] < score):
                found[made.key] = (score, made)
    return sorted(found.values(), key=lambda pair: (-pair[0], pair[1].key))[:KEPT]


def steps(base: Skeleton) -> list[Plan]:
    """The plans one step away from a skeleton's."""
    if not base.near:
        base.near.extend(dict.fromkeys(numbered(plan) for plan in _steps(base) if whole(plan)))
    return base.near


def _steps(base: Skeleton) -> list[Plan]:
    plan = base.plan
    used = [int(name[1:]) for name in base.uses if name[0] == "C"]
    fresh = ColumnRef(OPEN, f"C{max(used, default=-1) + 1}")
    literal = f"$V{1 + max((int(name[1:].split(':')[0]) for name in open_literals(plan)), default=-1)}:s"
    counted = any(isinstance(item.expression, Star) for item in plan.select)
    made = []
    if not plan.compound and len(plan.select) < 4:
        made.append(replace(plan, select=(*plan.select, Item(fresh))))
    if len(plan.select) > 1:
        made += [replace(plan, select=tuple(item for j, item in enumerate(plan.select) if j != i)) for i in range(len(plan.select))]
    if plan.group and not counted:
        star = next(
            (item for item in (*(o.item for o in plan.order), *(c.item for c in plan.having)) if isinstance(item.expression, Star)), None
        )
        made.append(replace(plan, select=(*plan.select, star or Item(Star(f"{OPEN}T{_tables(base)}"), "count"))))
    if not plan.compound and not plan.either and len(plan.where) < 3:
        made.append(replace(plan, where=(*plan.where, Condition(Item(fresh), "=", (literal,)))))
    if len(plan.where) > 1:
        made += [replace(plan, where=tuple(c for j, c in enumerate(plan.where) if j != i)) for i in range(len(plan.where))]
    if plan.group and plan.order and isinstance(plan.order[0].item.expression, Star):
        made.append(replace(plan, order=(replace(plan.order[0], item=Item(fresh, "avg")),)))
    return made


def whole(plan: Plan) -> bool:
    """Whether the columns whose key is grouped by, and the tables that links lead to, are still slots of the plan."""
    held, wanted = slot_uses(plan), set()

    def look(leaf: Any) -> Any:
        if isinstance(leaf, ColumnRef) and leaf.table != OPEN:
            wanted.add(leaf.column.split(".")[-1])
        return leaf

    form.replace(plan, look)
    return wanted <= set(held)


def numbered(plan: Plan) -> Plan:
    """The plan with its slots numbered as they appear, as those of training are."""
    names: dict[str, str] = {}
    values: dict[str, int] = {}

    def slot(name: str) -> str:
        return names.setdefault(name, f"{name[0]}{sum(1 for known in names if known[0] == name[0])}")

    def swap(leaf: Any) -> Any:
        if isinstance(leaf, ColumnRef):
            if leaf.table == LINK:
                side, name = leaf.column.split(".", 1)
                return ColumnRef(LINK, f"{side}.{slot(name)}")
            return ColumnRef(leaf.table, slot(leaf.column))
        if isinstance(leaf, Star):
            return Star(OPEN + slot(leaf.table[1:])) if leaf.table else leaf
        kind, value = leaf if isinstance(leaf, tuple) else ("literal", leaf)
        if kind == "table":
            return OPEN + slot(value[1:])
        if isinstance(value, str) and value.startswith("$V"):
            name, shape = value.split(":", 1)
            return f"$V{values.setdefault(name, len(values))}:{shape}"
        return value

    return form.replace(plan, swap)


def _tables(base: Skeleton) -> int:
    return 1 + max((int(name[1:]) for name in base.uses if name[0] == "T"), default=-1)
