"""Nouns that stand side by side, of which the last says what is meant: product category, customer orders, reseller country."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.segments import Option, Segment
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.schema import Schema

# Plural nouns that may as well be what somebody does: which customer orders the most.
VERBAL = bag(
    "orders visits returns reports books calls reviews rates sales charges stores stocks supplies offers ships rents leases classes"
)
DOERS = bag("which what each every who that does do did and")


def joined(linked: Linked, segments: list[Segment]) -> list[Segment]:
    """The noun phrases in the order of the question, each pair of a kind and its head as one."""
    found: list[Segment] = []
    for segment in sorted(segments, key=lambda s: s.start):
        before = found[-1] if found else None
        if before is not None and before.end == segment.start and (options := _head(linked, before, segment)):
            found[-1] = replace(segment, start=before.start, options=options)
        else:
            found.append(segment)
    return found


def _head(linked: Linked, kind: Segment, head: Segment) -> tuple[Option, ...]:
    """What a head means beside its kind: what the things of that kind are, have or belong to; empty where it is no such pair."""
    owner = kind.best.table
    if kind.best.column is not None and kind.best.column == head.best.column:
        return head.options  # job title, where the data has a title
    if not owner or kind.best.note or head.best.note or head.best.measure or head.best.table == owner:
        return ()
    if not beside(linked.question.lower, kind.start, kind.end):
        return ()
    return tuple(option for option in head.options if belongs(linked.schema, owner, option.table, option.column))


def beside(lower: tuple[str, ...], start: int, end: int) -> bool:
    """Whether the noun from ``start`` to ``end`` may tell the kind of what is named right after it, and does not do what that word says."""
    if lower[end - 1].endswith("s") and not lower[end - 1].endswith("ss"):
        return False
    return not (lower[end] in VERBAL and start and lower[start - 1] in DOERS)


def belongs(schema: Schema, owner: str, table: str, column: ColumnRef | None) -> bool:
    """Whether each of the things has one of it, or it has one of the things."""
    graph = schema.graph
    if column is None:
        path = graph.path((owner, table)) if table and table != owner else None
        return path is not None and not (graph.multiplies(path, owner) and graph.multiplies(path, table))
    view = schema.view(column)
    if view.numeric or view.temporal:
        return False
    path = graph.path((owner, column.table)) if column.table != owner else None
    return column.table == owner or (path is not None and not graph.multiplies(path, owner))
