"""Which of several keys between the same two tables a question means: the airport a flight starts from, or the one it goes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.learned.nodes import names
from aiser_jupyter.ask.plan import ColumnRef, Plan
from aiser_jupyter.ask.sql.render import tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.catalog import Key

MOST = 3


def others(linked: Linked, plan: Plan) -> list[tuple[float, Plan]]:
    """The plan along other keys than the first, each with how much better the question's words fit its key."""
    graph = linked.schema.graph
    if not graph.forked:
        return []
    path = graph.path(tables_of(plan), plan.via)
    found = []
    for step in path.steps if path else ():
        rivals = graph.parallel(step.key)
        for key in rivals:
            gain = heard(linked, key, step.key) - heard(linked, step.key, key)
            found.append((gain, routed(plan, ColumnRef(key.table, key.columns[0]))))
    return found[:MOST]


def fit(linked: Linked, plan: Plan) -> tuple[float, float]:
    """How many other keys the plan's joins could have taken, and how much better the words fit those taken."""
    graph = linked.schema.graph
    if not graph.forked:
        return 0.0, 0.0
    path = graph.path(tables_of(plan), plan.via)
    gaps = [
        heard(linked, step.key, key) - heard(linked, key, step.key)
        for step in (path.steps if path else ())
        for key in graph.parallel(step.key)
    ]
    return float(len(gaps)), min(gaps, default=0.0)


def routed(plan: Plan, ref: ColumnRef) -> Plan:
    """The plan, and all plans inside it, with joins along the key of ``ref``."""
    where = tuple(replace(c, plan=routed(c.plan, ref)) if c.plan else c for c in plan.where)
    compound = (plan.compound[0], routed(plan.compound[1], ref)) if plan.compound else None
    return replace(plan, where=where, compound=compound, via=(*plan.via, ref))


def heard(linked: Linked, key: Key, rival: Key) -> float:
    """How well the question's words fit those words of a key's column that its rival's does not have (0–1)."""
    known, near, schema = names(linked.schema), linked.nearness, linked.schema
    own = known.columns[schema.index[ColumnRef(key.table, key.columns[0])]]
    shared = known.columns[schema.index[ColumnRef(rival.table, rival.columns[0])]]
    apart = [word for word in own if word not in shared]
    return float(near.words[:, apart].max(axis=0, initial=0.0).mean()) if apart else 0.0
