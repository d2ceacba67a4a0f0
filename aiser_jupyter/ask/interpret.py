"""From a question and a schema to ranked candidate queries, without touching data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import follow, rank, render
from aiser_jupyter.ask import frame as frames
from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.alone import alone
from aiser_jupyter.ask.compose import Composer
from aiser_jupyter.ask.generate import candidates
from aiser_jupyter.ask.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.reading import Trace
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.fill import Filled
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.model import Model
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.ask.schema import Schema


KEY_WORDS = frozenset(map(stem, ("id", "ids", "code", "number", "key", "identifier")))
# How often the grammar's query was right, by kind: on Spider's training set, and BUSINESS on the examples of business questions.
BUSINESS, COUNTED, GROUPED, FILTERED, SHAPED, PLAIN = 0.9, 0.95, 0.8, 0.7, 0.45, 0.4
AGREED, DOUBT, FORM = 0.5, 0.5, 0.25  # measured on the databases held out from training
UNEXPLAINED = 0.45  # what each word without a place costs


@dataclass(frozen=True)
class Scored:
    """A candidate query with the probability that it is right, the words it leaves out, and what it took for granted."""

    plan: Plan
    sql: str
    confidence: float
    missing: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    trace: tuple[Trace, ...] = ()
    business: bool = False


def interpret(schema: Schema, text: str, model: Model, today: date) -> list[Scored]:
    """The candidates for ``text`` by falling confidence, each query once."""
    linked = Linked(tokens.read(text), schema, model.lexicon)
    ranked: dict[str, Scored] = {}
    by_grammar, by_skeleton = composed(linked, today), learned(linked, model)
    by_grammar, by_skeleton = weighed(by_grammar, by_skeleton), doubted(by_skeleton, by_grammar)
    agreed = [
        replace(c if c.business or bare(linked, s.plan) else s, confidence=_both(c, s), assumptions=c.assumptions)
        for c in by_grammar
        for s in by_skeleton[:3]
        if _same(c.plan, s.plan)
    ]
    for scored in sorted((*agreed, *by_grammar, *by_skeleton), key=lambda s: -s.confidence):
        ranked.setdefault(scored.sql, scored)
    return list(ranked.values())[:4]


def weighed(by_grammar: list[Scored], by_skeleton: list[Scored]) -> list[Scored]:
    """The grammar's readings of plain questions, less sure of themselves: by half where training reads it so too, else the more the surer training is of another."""
    found = []
    for scored in by_grammar:
        agreed = any(_same(scored.plan, other.plan) for other in by_skeleton[:3])
        share = AGREED if agreed else 1.0 - DOUBT * by_skeleton[0].confidence if by_skeleton else 1.0
        found.append(scored if scored.business else replace(scored, confidence=scored.confidence * share))
    return found


def doubted(by_skeleton: list[Scored], by_grammar: list[Scored]) -> list[Scored]:
    """What training reads, less sure of itself where a business form that it does not know was called for."""
    forms = [scored for scored in by_grammar if scored.business]
    if not forms:
        return by_skeleton
    share = 1.0 - FORM * forms[0].confidence
    return [s if any(_same(form.plan, s.plan) for form in forms) else replace(s, confidence=s.confidence * share) for s in by_skeleton]


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


def bare(linked: Linked, plan: Plan) -> bool:
    """Whether a plan shows nothing but keys where no key was asked for, or columns that the question does not name."""
    shown = [item.expression for item in plan.select]
    keys = [e for e in shown if isinstance(e, ColumnRef) and (linked.schema.view(e).primary or linked.schema.view(e).foreign)]
    if keys:
        return len(keys) == len(shown) and not set(linked.question.stems) & KEY_WORDS
    columns = [e for e in shown if isinstance(e, ColumnRef)]
    return bool(columns) and all(linked.columns[linked.schema.index[e]].cover < 0.5 for e in columns)


def idle(linked: Linked, plan: Plan) -> bool:
    """Whether a plan tells nothing: it shows only what its tests fix, or counts within groups of one row each."""
    fixed = {c.item for c in plan.where if c.operator == "=" and c.values and not plan.either}
    if set(plan.select) <= fixed and not plan.compound:
        return True
    if len(render.tables_of(plan)) != 1 or not plan.group:
        return False
    views = [linked.schema.view(e) for e in plan.group if isinstance(e, ColumnRef)]
    return any(view.distinct == view.rows > 1 for view in views)


def _same(left: Plan, right: Plan) -> bool:
    """Whether two plans ask for the same figures of the same rows, however they show them."""
    figures = [
        {item for item in (*plan.select, *(c.item for c in plan.having), *(o.item for o in plan.order)) if item.aggregate}
        for plan in (left, right)
    ]
    return (
        set(render.tables_of(right)) <= set(render.tables_of(left))
        and set(left.where) == set(right.where)
        and set(left.having) == set(right.having)
        and figures[0] == figures[1]
        and left.limit == right.limit
        and bool(left.group) == bool(right.group)
    )


def _both(left: Scored, right: Scored) -> float:
    """The probability that a plan is right which two independent readings found."""
    return 1.0 - (1.0 - left.confidence) * (1.0 - right.confidence)


def learned(linked: Linked, model: Model) -> list[Scored]:
    """What the learned skeletons make of the question."""
    import numpy as np

    with alone():
        found, places = candidates(linked, model)
        if not found or model.ranker is None:
            return []
        rows = rank.features(linked, found, places)
        scores = model.ranker.score(rows)
        chances = 1 / (1 + np.exp(-scores))
        if model.judge is not None:
            sure = 1 / (1 + np.exp(-model.judge.score(rank.standing(rows, scores)[None])[0]))
            chances = np.minimum(chances * sure / chances.max(), sure)
    order = [i for i in np.argsort(-chances, kind="stable") if not idle(linked, found[i].plan)][:6]
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
    missing = tuple(word for word in frames.unused(linked, frame) if not any(kin(stem(word), known) for known in composer.explained))
    confidence = sure(frame) * composer.fit * UNEXPLAINED ** len(missing)
    return [Scored(plan, sql, confidence, missing, tuple(dict.fromkeys(composer.assumptions)), parts(linked, frame), frame.business)]


def sure(frame: Frame) -> float:
    """How often a composed query of this kind is right."""
    shaped = bool(frame.tests or frame.adjective or frame.extreme or frame.without is not None or frame.limit)
    roles = {noun.role for noun in frame.nouns}
    if frame.business:
        return BUSINESS
    if shaped or "count" not in roles:
        return SHAPED if shaped else PLAIN
    if frame.values:
        return FILTERED if len(frame.nouns) <= 2 and "group" not in roles else PLAIN
    if "group" in roles:
        return GROUPED
    return COUNTED if len(frame.nouns) == 1 else PLAIN


def parts(linked: Linked, frame: Frame) -> tuple[Trace, ...]:
    """The words behind each noun phrase, value and period of a composed query."""
    tokens, text = linked.question.tokens, linked.question.text
    found = [Trace(text[tokens[n.segment.start].start : tokens[n.segment.end - 1].end], n.segment.best.name) for n in frame.nouns]
    found += [
        Trace(text[tokens[m.start].start : tokens[m.end - 1].end], m.stored[0][1] if m.stored else str(m.value)) for m in frame.values
    ]
    found += [Trace(text[slice(*period.span)], period.text()) for period in frame.periods]
    return tuple(found)


def _scored(linked: Linked, filled: Filled, sql: str, chance: float) -> Scored:
    missing = tuple(linked.question.tokens[i].text for i in rank.unexplained(linked, filled))
    return Scored(filled.plan, sql, chance, missing, (), traces(linked, filled))


def traces(linked: Linked, filled: Filled) -> tuple[Trace, ...]:
    """The words behind each column, table and literal of a candidate."""
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
        words = " ".join(token.text for token in question.tokens[mention.start : mention.end])
        found.append(Trace(words, str(value)))
    return tuple(found)
