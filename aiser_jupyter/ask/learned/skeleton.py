"""Skeletons: plans with their columns, tables and literals taken out, to be filled for another question."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star

if TYPE_CHECKING:
    from aiser_jupyter.ask.sql.joins import JoinGraph

OPEN, KEY, LINK = "$", "$key", "$link"
PATTERNS = {(True, True): "%s%", (False, True): "s%", (True, False): "%s"}


@dataclass(frozen=True)
class Use:
    """One place where a slot stands: the clause and what is done with it there."""

    clause: str
    aggregate: str = ""
    operator: str = ""
    distinct: bool = False
    depth: int = 0
    index: int = 0
    descending: bool = False


@dataclass(frozen=True)
class Skeleton:
    """A plan with open slots: columns ``C0…``, tables ``T0…``, literals ``V0…``; ``weight`` is its share of the training questions."""

    plan: Plan
    weight: float = 0.0
    uses: dict[str, tuple[Use, ...]] = field(default_factory=dict, compare=False)
    roles: dict[str, tuple[float, ...]] = field(default_factory=dict, compare=False, repr=False)
    near: list[Plan] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def key(self) -> str:
        """The skeleton as text, its identity."""
        return json.dumps(form.dump(self.plan), sort_keys=True)

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The open slots in the order they are filled: columns and tables as they stand, literals with their columns."""
        return tuple(name for name in slot_uses(self.plan) if name[0] in "CT")


def slot_uses(plan: Plan) -> dict[str, tuple[Use, ...]]:
    """Where each slot of a skeleton's plan stands, in order of first appearance."""
    found: dict[str, list[Use]] = {}
    _collect(plan, 0, found)
    return {name: tuple(uses) for name, uses in found.items()}


def _collect(plan: Plan, depth: int, found: dict[str, list[Use]]) -> None:  # noqa: C901  # one pass over the clauses, in their order
    def note(item: Item, clause: str, index: int = 0, **more: Any) -> None:
        use = Use(clause, item.aggregate, distinct=item.distinct, depth=depth, index=index, **more)
        name = slot_of(item.expression)
        if name:
            found.setdefault(name, []).append(use)

    for i, item in enumerate(plan.select):
        note(item, "select", i)
    for i, table in enumerate(plan.tables):
        found.setdefault(table[1:], []).append(Use("join", depth=depth, index=i))
    for clause, conditions in (("where", plan.where), ("having", plan.having)):
        for i, condition in enumerate(conditions):
            note(condition.item, clause, i, operator=condition.operator)
            for value in condition.values:
                if isinstance(value, str) and value.startswith("$V"):
                    found.setdefault(value[1:], []).append(Use(clause, operator=condition.operator, depth=depth, index=i))
            if condition.plan:
                _collect(condition.plan, depth + 1, found)
    for i, expression in enumerate(plan.group):
        note(Item(expression), "group", i)
    for i, order in enumerate(plan.order):
        note(order.item, "order", i, descending=order.descending)
    if plan.compound:
        _collect(plan.compound[1], depth + 1, found)


def slot_of(expression: object) -> str:
    """The slot an expression of a skeleton stands for, empty for none."""
    if isinstance(expression, ColumnRef) and expression.table == OPEN:
        return expression.column
    if isinstance(expression, Star) and expression.table.startswith(OPEN):
        return expression.table[1:]
    return ""


class Opener:
    """Takes the names out of one plan: the same column opens the same slot."""

    def __init__(self, graph: JoinGraph) -> None:
        self.graph = graph
        self.columns: dict[ColumnRef, str] = {}
        self.tables: dict[str, str] = {}
        self.values: list[tuple[str, int | float | str]] = []

    def open(self, plan: Plan) -> Plan:
        """The skeleton of ``plan``; the slots' fillings stay in ``columns``, ``tables`` and ``values``."""
        return form.replace(self._keys(plan, ()), self._swap)

    def _keys(self, plan: Plan, outer: tuple[str, ...]) -> Plan:
        """Name grouping by an entity's key, and the columns that link a nested plan, for what they are."""
        shown = [item.expression for item in plan.select if isinstance(item.expression, ColumnRef) and not item.aggregate]
        tables = sorted({ref.table for ref in shown})
        group = []
        for expression in plan.group:
            owner = next(
                (ref for ref in shown if isinstance(expression, ColumnRef) and expression != ref and self._keyed(expression, ref.table)),
                None,
            )
            group.append(ColumnRef(KEY, f"{owner.table}.{owner.column}") if owner else expression)
        if any(isinstance(e, ColumnRef) and e.table == KEY for e in group) and len(tables) == 1:
            group = [e for e in group if e not in shown][:1]
        where = tuple(self._nested(condition) for condition in plan.where)
        compound = (plan.compound[0], self._keys(plan.compound[1], outer)) if plan.compound else None
        return replace(plan, group=tuple(group), where=where, compound=compound)

    def _nested(self, condition: Condition) -> Condition:
        inner = condition.plan
        if inner is None:
            return condition
        inner = self._keys(inner, ())
        left, right = condition.item.expression, inner.select[0].expression
        if (
            condition.operator in ("in", "not in")
            and isinstance(left, ColumnRef)
            and isinstance(right, ColumnRef)
            and len(inner.select) == 1
            and left.table != right.table
            and not inner.compound
            and not inner.group
        ):
            tables = tuple(sorted({*inner.tables, right.table}))
            inner = replace(inner, select=(Item(ColumnRef(LINK, f"in.{right.table}")),), tables=tables)
            return Condition(Item(ColumnRef(LINK, f"out.{right.table}")), condition.operator, (), inner)
        return Condition(condition.item, condition.operator, condition.values, inner)

    def _keyed(self, ref: ColumnRef, table: str) -> bool:
        """Whether ``ref`` names rows of ``table`` one by one: its key, or a key pointing to it."""
        if ref.table == table:
            found = self.graph.catalog.table(table)
            column = found.column(ref.column) if found else None
            return bool(column and (column.primary or column.unique))
        return any(key.ref_table == table and key.table == ref.table and ref.column in key.columns for key in self.graph.catalog.keys)

    def _swap(self, leaf: Any) -> Any:
        if isinstance(leaf, ColumnRef):
            if leaf.table == KEY:
                return ColumnRef(KEY, self._column(ColumnRef(*leaf.column.split(".", 1))))
            if leaf.table == LINK:
                side, table = leaf.column.split(".", 1)
                return ColumnRef(LINK, f"{side}.{self._table(table)}")
            return ColumnRef(OPEN, self._column(leaf))
        if isinstance(leaf, Star):
            return Star(OPEN + self._table(leaf.table)) if leaf.table else leaf
        if isinstance(leaf, tuple):
            kind, value = leaf
            return OPEN + self._table(value) if kind == "table" else (1 if value == 1 else self._value("limit", value))
        return self._value("literal", leaf)

    def _column(self, ref: ColumnRef) -> str:
        return self.columns.setdefault(ref, f"C{len(self.columns)}")

    def _table(self, name: str) -> str:
        return self.tables.setdefault(name, f"T{len(self.tables)}")

    def _value(self, kind: str, value: float | str) -> str:
        shape = "s"
        if kind == "literal" and isinstance(value, str) and "%" in value:
            shape = PATTERNS.get((value.startswith("%"), value.endswith("%")), "s")
            value = value.strip("%")
        self.values.append((kind, value))
        return f"$V{len(self.values) - 1}:{shape}"
