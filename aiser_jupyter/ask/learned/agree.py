"""How well a candidate agrees with what the encoder foretold, and how near in meaning the question's words are to what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.learned.traits import PLACES, TABLE_PLACES, places, traits
from aiser_jupyter.ask.plan import ColumnRef, Star
from aiser_jupyter.ask.sql import ways
from aiser_jupyter.ask.sql.render import leaves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.fill import Filled
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

SIZE = 14
ANY, USED, INSIDE = PLACES.index("any"), TABLE_PLACES.index("used"), TABLE_PLACES.index("used inside")


def log_odds_of(wanted: NDArray[np.bool_], odds: NDArray[np.float32]) -> NDArray[np.float32]:
    """The log-probability of each yes or no, from its log-odds."""
    return -np.logaddexp(np.float32(0), np.where(wanted, -odds, odds))


def trait_fit(linked: Linked, plan: Plan) -> float:
    """The log-probability of a plan's traits; 0 without an encoder."""
    if linked.foretold is None:
        return 0.0
    return float(log_odds_of(np.array(traits(plan)), linked.foretold.traits).sum())


def agreement(linked: Linked, candidates: list[Filled]) -> NDArray[np.float32]:
    """A row a candidate: log-probabilities of skeleton, traits, columns in their places and tables, then the first ones less the best of all candidates."""
    rows = np.array([_row(linked, c) for c in candidates], np.float32)
    compared = rows[:, :6]
    along = np.array([ways.fit(linked, c.plan) for c in candidates], np.float32)
    return np.concatenate([rows, compared - compared.max(axis=0), along], axis=1)


def _row(linked: Linked, filled: Filled) -> list[float]:
    schema, plan, told = linked.schema, filled.plan, linked.foretold
    near = _near(linked, filled)
    if told is None:
        return [*([0.0] * (SIZE - len(near))), *near]
    skeleton = filled.state.skeleton
    by_trait = log_odds_of(np.array(traits(plan)), told.traits)
    wanted = np.zeros(told.columns.shape, bool)
    for name, ref in filled.state.columns.items():
        wanted[schema.index[ref], sorted(places(skeleton.uses[name]))] = True
    by_column = log_odds_of(wanted, told.columns)
    used = wanted[:, ANY]
    tables = np.zeros(told.tables.shape, bool)
    for depth, (_, named) in enumerate(filled.plans):
        path = schema.graph.path(named)
        for name in path.tables if path else ():
            tables[schema.table_index[name], USED if depth == 0 else INSIDE] = True
    by_table = log_odds_of(tables, told.tables)[:, USED:]
    ones = by_column[used][wanted[used]]
    return [
        told.skeletons.get(skeleton.key, -14.0), float(by_trait.sum()), float(by_column.sum()), float(by_column[:, ANY].sum()), float(by_table.sum()),
        told.skeletons.get(skeleton.key, -14.0) + float(by_trait.sum() + by_column.sum() + by_table.sum()), float(by_trait.min()), float(ones.min()) if len(ones) else 0.0,
        float(by_column[~used][:, ANY].min(initial=0.0)), float(by_table.min(initial=0.0)), *near,
    ]  # fmt: skip


def _near(linked: Linked, filled: Filled) -> list[float]:
    """How near the content words are to the names used (mean, worst), and the names used to the words (mean, worst)."""
    schema, near = linked.schema, linked.nearness
    refs, tables = set(), set()
    for one, named in filled.plans:
        tables |= set(named)
        for item in (*one.select, *(c.item for c in (*one.where, *one.having)), *(o.item for o in one.order)):
            refs |= {ref for ref in leaves(item.expression) if isinstance(ref, ColumnRef)}
        refs |= {ref for e in one.group for ref in leaves(e) if not isinstance(ref, Star)}
    columns = sorted(schema.index[ref] for ref in refs if ref in schema.index)
    owners = sorted(schema.table_index[name] for name in tables if name in schema.table_index)
    best = np.concatenate([near.columns[:, columns], near.tables[:, owners]], axis=1).max(axis=1, initial=0.0)
    valued = {i for m in linked.mentions if m.stored or m.kind in ("number", "quoted") for i in range(m.start, m.end)}
    content = [i for i, t in enumerate(linked.question.tokens) if t.content and t.kind == "word" and i not in valued]
    covers = near.column_cover[columns]
    heard = best[content]
    return [
        float(heard.mean()) if len(heard) else 1.0, float(heard.min(initial=1.0)), float(covers.mean()) if len(covers) else 1.0, float(covers.min(initial=1.0)),
    ]  # fmt: skip
