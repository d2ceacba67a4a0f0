"""From a question and a schema to ranked candidate queries, without touching data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask import follow, rank, render
from aiser_jupyter.ask import frame as frames
from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.compose import Composer, NoPlanError
from aiser_jupyter.ask.generate import candidates
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.reading import Trace

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.fill import Filled
    from aiser_jupyter.ask.model import Model
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reading import Reading
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


def interpret(schema: Schema, text: str, model: Model, today: date) -> list[Scored]:
    """The candidates for ``text`` by falling confidence, each query once."""
    linked = Linked(tokens.read(text), schema, model.lexicon)
    ranked: dict[str, Scored] = {}
    for scored in sorted((*composed(linked, today), *learned(linked, model)), key=lambda s: -s.confidence):
        ranked.setdefault(scored.sql, scored)
    return list(ranked.values())[:4]


def followed(schema: Schema, text: str, model: Model, today: date, follows: Reading | None) -> list[Scored]:
    """The reading before, changed by a short follow-up; nothing where ``text`` is a question of its own."""
    if follows is None or follows.plan is None:
        return []
    found = follow.changed(Linked(tokens.read(text), schema, model.lexicon), follows.plan, today)
    if found is None:
        return []
    plan, assumptions = found
    try:
        sql = render.sql(plan, schema.graph)
    except render.NoJoinError:
        return []
    return [Scored(plan, sql, follows.confidence * 0.95, (), (*follows.assumptions, *assumptions), follows.trace)]


def learned(linked: Linked, model: Model) -> list[Scored]:
    """What the learned skeletons make of the question."""
    import numpy as np

    found, places = candidates(linked, model)
    if not found or model.ranker is None:
        return []
    chances = 1 / (1 + np.exp(-model.ranker.score(rank.features(linked, found, places))))
    order = np.argsort(-chances, kind="stable")[:6]
    return [_scored(linked, found[i], render.sql(found[i].plan, linked.schema.graph), float(chances[i])) for i in order]


def composed(linked: Linked, today: date) -> list[Scored]:
    """What the grammar of business questions makes of it: one query, or none."""
    frame = frames.read(linked, today)
    composer = Composer(linked, frame)
    try:
        plan = composer.plan()
        sql = render.sql(plan, linked.schema.graph)
    except (NoPlanError, render.NoJoinError):
        return []
    missing = frames.unused(linked, frame)
    sure = 0.9 if frame.business else 0.5
    confidence = sure * composer.fit * 0.45 ** len(missing)
    return [Scored(plan, sql, confidence, missing, tuple(dict.fromkeys(composer.assumptions)), ())]


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
