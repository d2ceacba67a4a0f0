"""Whether a plan keeps to what a question says of the semantic model: a definition stands before any guess of the grammar."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.plan import Defined, Star

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.semantic.definitions import Spoken, Term


def heeds(plan: Plan, spoken: Spoken, schema: Schema) -> bool:
    """Whether each metric, filter and defined dimension that was named is in ``plan``, or in a query inside it."""
    wanted = [one.terms[0] for one in spoken.found if one.terms[0].decisive]
    if not wanted:
        return True
    held = set(parts(plan))
    names = {part.name for part in held if isinstance(part, Defined)}
    return all(_held(term, held, names, schema) for term in wanted)


def _held(term: Term, held: set[Any], names: set[str], schema: Schema) -> bool:
    expression = term.condition.item.expression if term.condition else term.measure.expression if term.measure else term.value
    if isinstance(expression, Defined):
        return expression.name in names
    # Rows that a join repeats are counted by their key.
    key = schema.table(expression.table).key if isinstance(expression, Star) and expression.table in schema.table_index else None
    return expression in held or (key is not None and key in held)


def parts(value: Any) -> list[Any]:
    """``value`` and every node inside it, outermost first: items, conditions, expressions, and the plans within a plan."""
    found: list[Any] = []
    left = [value]
    while left:
        one = left.pop()
        if type(one) is tuple:
            left.extend(reversed(one))
        elif names := _fields(type(one)):
            found.append(one)
            left.extend([getattr(one, name) for name in names])
    return found


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The names of a node's fields, the last one first; none for what is no node."""
    return tuple(field.name for field in reversed(fields(kind))) if is_dataclass(kind) else ()
