"""From a question and a schema to ranked candidate queries, without touching data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask import rank, render
from aiser_jupyter.ask.generate import candidates
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.reading import Trace

if TYPE_CHECKING:
    from aiser_jupyter.ask.fill import Filled
    from aiser_jupyter.ask.model import Model
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema


@dataclass(frozen=True)
class Scored:
    """A candidate query with the probability that it is right, the words it leaves out, and what it took for granted."""

    plan: Plan
    sql: str
    confidence: float
    missing: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    trace: tuple[Trace, ...] = ()


def interpret(schema: Schema, text: str, model: Model) -> list[Scored]:
    """The candidates for ``text`` by falling confidence, each query once."""
    import numpy as np

    linked = Linked(tokens.read(text), schema, model.lexicon)
    found, places = candidates(linked, model)
    if not found or model.ranker is None:
        return []
    chances = 1 / (1 + np.exp(-model.ranker.score(rank.features(linked, found, places))))
    ranked: dict[str, Scored] = {}
    for i in np.argsort(-chances, kind="stable"):
        sql = render.sql(found[i].plan, schema.graph)
        if sql not in ranked:
            ranked[sql] = _scored(linked, found[i], sql, float(chances[i]))
        if len(ranked) == 4:
            break
    return list(ranked.values())


def _scored(linked: Linked, filled: Filled, sql: str, chance: float) -> Scored:
    missing = tuple(linked.question.tokens[i].text for i in rank.unexplained(linked, filled))
    return Scored(filled.plan, sql, chance, missing, (), traces(linked, filled))


def traces(linked: Linked, filled: Filled) -> tuple[Trace, ...]:
    """The words behind each column, table and literal of a candidate."""
    question, schema = linked.question, linked.schema
    scores, places = linked.synonym_scores
    found = []
    for ref in sorted(set(filled.columns.values())):
        match, i = linked.columns[schema.index[ref]], schema.index[ref]
        positions = match.positions or ((places[i],) if scores[i] > 0 else ())
        if positions:
            found.append(Trace(" ".join(question.tokens[p].text for p in positions), f"{ref.table}.{ref.column}"))
    for name in sorted(set(filled.tables.values())):
        positions = linked.tables[schema.table_index[name]].positions
        if positions:
            found.append(Trace(" ".join(question.tokens[p].text for p in positions), name))
    for _, (mention, value) in sorted(filled.values.items()):
        words = " ".join(token.text for token in question.tokens[mention.start : mention.end])
        found.append(Trace(words, str(value)))
    return tuple(found)
