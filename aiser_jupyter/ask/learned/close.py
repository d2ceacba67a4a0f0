"""Closing a skeleton: its slots replaced by columns, tables and literals of one schema."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.learned.skeleton import KEY, LINK
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.ask.schema import Schema


class EmptySlotError(ValueError):
    """A slot that nothing in the schema can fill."""


def open_literals(plan: Plan) -> list[str]:
    """The names of the literal slots of a skeleton's plan, in order."""
    found: list[str] = []

    def note(leaf: Any) -> Any:
        value = leaf[1] if isinstance(leaf, tuple) else leaf
        if isinstance(value, str) and value.startswith("$V"):
            found.append(value[1:])
        return leaf

    form.replace(plan, note)
    return sorted(set(found))


def close(
    plan: Plan, schema: Schema, columns: Mapping[str, ColumnRef], tables: Mapping[str, str], values: Mapping[str, int | float | str]
) -> Plan:
    """``plan`` with its slots filled; raises EmptySlotError where a key, a link or a limit has nothing to stand on."""

    def swap(leaf: Any) -> Any:  # noqa: PLR0911  # one return a kind of leaf is the clearest table
        if isinstance(leaf, ColumnRef):
            if leaf.table == KEY:
                return schema.table(columns[leaf.column].table).key or columns[leaf.column]
            if leaf.table == LINK:
                side, name = leaf.column.split(".", 1)
                return ColumnRef(LINK, f"{side}.{tables[name]}")
            return columns[leaf.column]
        if isinstance(leaf, Star):
            return Star(tables[leaf.table[1:]])
        kind, value = leaf if isinstance(leaf, tuple) else ("literal", leaf)
        if kind == "table":
            return tables[value[1:]]
        if not (isinstance(value, str) and value.startswith("$V")):
            return value
        found, shape = values[value[1:]], value.split(":", 1)[1]
        if kind == "limit" and not isinstance(found, int):
            raise EmptySlotError
        return found if shape == "s" else shape.replace("s", str(found))

    return _linked(form.replace(plan, swap), schema)


def _linked(plan: Plan, schema: Schema) -> Plan:
    where = tuple(_link(plan, condition, schema) for condition in plan.where)
    group = tuple(dict.fromkeys((*plan.group, *_shown(plan)))) if plan.group else ()
    compound = (plan.compound[0], _linked(plan.compound[1], schema)) if plan.compound else None
    return replace(plan, where=where, group=group, compound=compound)


def _shown(plan: Plan) -> tuple[ColumnRef, ...]:
    """The bare columns of the select list: standard SQL wants them grouped too."""
    return tuple(item.expression for item in plan.select if isinstance(item.expression, ColumnRef) and not item.aggregate)


def _link(plan: Plan, condition: Condition, schema: Schema) -> Condition:
    inner = condition.plan
    if inner is None:
        return condition
    inner = _linked(inner, schema)
    left = condition.item.expression
    if not (isinstance(left, ColumnRef) and left.table == LINK):
        return Condition(condition.item, condition.operator, condition.values, inner)
    target = left.column.split(".", 1)[1]
    shown = [item.expression.table for item in plan.select if isinstance(item.expression, (ColumnRef, Star))]
    for table in dict.fromkeys(shown):
        found = _between(table, target, schema)
        if found:
            outer, within = found
            return Condition(
                Item(outer),
                condition.operator,
                (),
                replace(inner, select=(Item(within),), tables=tuple(t for t in inner.tables if t != target)),
            )
    raise EmptySlotError


def _between(left: str, right: str, schema: Schema) -> tuple[ColumnRef, ColumnRef] | None:
    """The columns that link two tables, the cheapest key first."""
    edges = sorted((edge for edge in schema.graph.edges.get(left, []) if edge[0] == right), key=lambda e: e[2])
    for _, key, _ in edges:
        if len(key.columns) == 1:
            here, there = ColumnRef(key.table, key.columns[0]), ColumnRef(key.ref_table, key.ref_columns[0])
            return (here, there) if key.table == left else (there, here)
    return None
