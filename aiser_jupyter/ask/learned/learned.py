"""What the skeletons learned from Spider make of a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.learned import rank
from aiser_jupyter.ask.learned.alone import alone
from aiser_jupyter.ask.learned.generate import candidates
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.reading import Trace
from aiser_jupyter.ask.scored import Scored
from aiser_jupyter.ask.semantic.rewording import in_own_words
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from aiser_jupyter.ask.learned.fill import Filled
    from aiser_jupyter.ask.learned.model import Model
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan


def learned(linked: Linked, model: Model) -> list[Scored]:
    """What the learned skeletons make of the question."""
    import numpy as np

    with alone():
        heard = in_own_words(linked)
        found, places = candidates(heard, model)
        if not found or model.ranker is None:
            return []
        rows = rank.features(heard, found, places)
        scores = model.ranker.score(rows)
        chances = 1 / (1 + np.exp(-scores))
        if model.judge is not None:
            sure = 1 / (1 + np.exp(-model.judge.score(rank.standing(rows, scores)[None])[0]))
            chances = np.minimum(chances * sure / chances.max(), sure)
    order = [i for i in np.argsort(-chances, kind="stable") if not idle(linked, found[i].plan)][:6]
    return [_scored(linked, heard, found[i], float(chances[i])) for i in order]


def idle(linked: Linked, plan: Plan) -> bool:
    """Whether a plan tells nothing: it shows only what its tests fix, or counts within groups of one row each."""
    fixed = {c.item for c in plan.where if c.operator == "=" and c.values and not plan.either}
    if set(plan.select) <= fixed and not plan.compound:
        return True
    if plan.compound is not None:
        other = plan.compound[1]
        if (other.select, other.where, other.having, other.compound) == (plan.select, plan.where, plan.having, None):
            return True  # all that there is, or nothing
    if len(render.tables_of(plan)) != 1 or not plan.group:
        return False
    views = [linked.schema.view(e) for e in plan.group if isinstance(e, ColumnRef)]
    return any(view.distinct == view.rows > 1 for view in views)


def _scored(linked: Linked, heard: Linked, filled: Filled, chance: float) -> Scored:
    missing = tuple(heard.question.tokens[i].text for i in rank.unexplained(heard, filled))
    return Scored(filled.plan, render.sql(filled.plan, linked.schema.graph), chance, missing, (), traces(linked, heard, filled))


def traces(linked: Linked, heard: Linked, filled: Filled) -> tuple[Trace, ...]:
    """The words behind each column, table and literal of a candidate for a question that was ``heard`` in the catalog's words."""
    question, schema = linked.question, linked.schema
    scores, places = linked.synonym_scores
    found = []
    for ref in sorted(set(filled.state.columns.values())):
        match, i = linked.columns[schema.index[ref]], schema.index[ref]
        positions = match.positions or ((places[i],) if scores[i] > 0 else ())
        if positions:
            found.append(Trace(" ".join(question.tokens[p].text for p in positions), f"{ref.table}.{ref.column}"))
    for name in sorted(set(filled.state.tables.values())):
        positions = linked.tables[schema.table_index[name]].positions
        if positions:
            found.append(Trace(" ".join(question.tokens[p].text for p in positions), name))
    for _, (mention, value) in sorted(filled.values.items()):
        words = " ".join(token.text for token in heard.question.tokens[mention.start : mention.end])
        found.append(Trace(words, str(value)))
    return tuple(found)
