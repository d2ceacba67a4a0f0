"""From a question and a schema to ranked candidate queries, without touching data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import almost, cued, demands, faithful, follow, measures, moves, rank, referee, render
from aiser_jupyter.ask import frame as frames
from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.alone import alone
from aiser_jupyter.ask.around.read import around
from aiser_jupyter.ask.forms import Forms
from aiser_jupyter.ask.generate import candidates
from aiser_jupyter.ask.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.normal import normalise
from aiser_jupyter.ask.nouns import renamed
from aiser_jupyter.ask.plan import ColumnRef, Star
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.offer import offered
from aiser_jupyter.ask.reading import Reading, Trace
from aiser_jupyter.ask.rewording import in_own_words
from aiser_jupyter.ask.segments import segments
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.fill import Filled
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.model import Model
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.segments import Option


COLUMN_WORDS = frozenset(
    {"name", "names", "id", "ids", "title", "titles", "detail", "details", "code", "codes", "description", "descriptions"}
)
COUNTING = frozenset({("number", "of"), ("count", "of"), ("how", "many")})
MODIFIERS = frozenset(
    {
        "different",
        "distinct",
        "unique",
        "new",
        "total",
        "times",
        "days",
        "months",
        "years",
        "more",
        "people",
        "rows",
        "records",
        "items",
        "things",
    }
)
KEY_WORDS = frozenset(map(stem, ("id", "ids", "code", "number", "key", "identifier")))
# How often the grammar's query was right, by kind: on Spider's training set, and BUSINESS on the examples of business questions.
BUSINESS, COUNTED, GROUPED, FILTERED, SHAPED, PLAIN = 0.9, 0.95, 0.8, 0.7, 0.45, 0.4
DOING = frozenset({"does", "do", "did", "by"})
HEARD = 0.5  # how strongly training must tie a word to a name for it to stand for it
FORMED = 0.5  # a form that a cue called for, on data that is no business's
PLAINLY = 0.88  # things counted by group, on data of a business
TRADED = 0.78  # the same on data of a business
AMBIGUOUS, DOUBTED = 0.75, 0.7  # what a value in two columns costs the likelier reading, and the other
# What an edit costs: a form that was found whole, on a plan that was answered.
EDITED = 0.985
AGREED, DOUBT, FORM = 0.5, 0.5, 0.25  # measured on the databases held out from training
FIGURES = 12  # different numbers in a column from which on it is a figure, and no kind of anything
UNSAID = 2  # words without a place from which on a learned query answers something else
RIVAL = 0.65  # another column of the same name, beside the one that was taken
UNCUED = 0.5  # a query without the share, mean or grain that was asked for
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
    summed: bool = False  # whether the question names a business measure
    rivals: tuple[tuple[int, Option], ...] = ()  # other columns that a noun phrase may mean, by where it starts


@dataclass(frozen=True)
class Candidates:
    """The candidates for a question by falling confidence, each query once, and what each reading said of them at first."""

    linked: Linked
    found: list[Scored]
    heard: referee.Heard


def interpret(schema: Schema, text: str, model: Model, today: date) -> list[Scored]:
    """The candidates for ``text`` by falling confidence, each query once."""
    made = gathered(schema, text, model, today)
    return referee.judged(made.linked, made.found, made.heard, model.referee, _same)


def gathered(schema: Schema, text: str, model: Model, today: date) -> Candidates:
    """The candidates for ``text`` as sure as the readings make them."""
    plain, words = renamed(normalise(text, schema, model.lexicon), schema)
    linked = Linked(tokens.read(plain), schema, model.lexicon)
    ranked: dict[str, Scored] = {}
    by_grammar, by_skeleton = spelled(linked, text, composed(linked, today)), [] if linked.spoken.decided else learned(linked, model)
    grammar, skeletons = ({s.sql: s.confidence for s in found[::-1]} for found in (by_grammar, by_skeleton))
    frame = frames.read(linked, today)
    lacking = {s.sql for s in (*by_grammar, *by_skeleton) if not cued.answers(s.plan, frame, linked, text)}
    by_grammar, by_skeleton = (
        [replace(s, confidence=s.confidence * UNCUED) if s.sql in lacking else s for s in found] for found in (by_grammar, by_skeleton)
    )
    by_grammar, by_skeleton = (
        [replace(s, confidence=s.confidence * faithful.kept(linked, frame, s.plan, s.missing)) for s in found]
        for found in (by_grammar, by_skeleton)
    )
    if linked.schema.trade:
        by_skeleton = [replace(s, confidence=s.confidence * UNCUED) if len(s.missing) >= UNSAID else s for s in by_skeleton]
    if by_grammar and by_grammar[0].summed:
        by_skeleton = [s if summed(s.plan) else replace(s, confidence=s.confidence / 2) for s in by_skeleton]
    by_skeleton = [replace(s, confidence=s.confidence * UNEXPLAINED) if figured(linked, s.plan) else s for s in by_skeleton]
    by_grammar, by_skeleton = (
        [replace(s, confidence=s.confidence * DOUBTED / 2) if self_named(linked, s.plan) else s for s in found]
        for found in (by_grammar, by_skeleton)
    )
    by_skeleton = [replace(s, confidence=s.confidence * UNEXPLAINED) if ungrouped(linked, s.plan) else s for s in by_skeleton]
    # On data of a business the grammar's confidence was measured as it is; training knows other data.
    by_grammar, by_skeleton = by_grammar if schema.trade else weighed(by_grammar, by_skeleton), doubted(by_skeleton, by_grammar)
    agreed = [
        replace(c if c.business or linked.schema.trade or bare(linked, s.plan) else s, confidence=_both(c, s), assumptions=c.assumptions)
        for c in by_grammar
        for s in by_skeleton[:3]
        if _same(c.plan, s.plan) and not (c.missing and c.business)
    ]
    doubt = UNEXPLAINED if unknown(linked) else 1.0
    for scored in sorted((*agreed, *by_grammar, *by_skeleton), key=lambda s: -s.confidence):
        # That both engines leave out the same part makes it no more likely.
        most = UNCUED if scored.sql in lacking else 1.0
        notes = tuple(dict.fromkeys((*scored.assumptions, *(one.note() for one in words))))
        ranked.setdefault(scored.sql, replace(scored, confidence=min(scored.confidence * doubt, most), assumptions=notes))
    own = Linked(tokens.read(normalise(text, schema, model.lexicon)), schema, model.lexicon) if words else linked
    whole = around(own, today)
    beside = offered(own, whole, list(ranked.values()), Scored, _same)
    beside = [replace(s, confidence=s.confidence * demands.met(own, frame, s.plan)) for s in beside]
    kept: dict[str, Scored] = {}
    for scored in sorted(beside, key=lambda s: -s.confidence):
        kept.setdefault(scored.sql, scored)
    reader, kinds = {one.sql: one.confidence for one in whole}, {one.sql: one.kind for one in whole}
    timed = bool(frame.grain or frame.periods or frame.window)
    return Candidates(own, list(kept.values())[:8], referee.Heard(grammar, skeletons, reader, kinds, timed))


def spelled(linked: Linked, text: str, found: list[Scored]) -> list[Scored]:
    """The readings with an assumption for each value that was written otherwise than it is stored."""
    written = [(almost.spelled(text, m), m) for m in linked.mentions if m.stored]
    notes = {f"“{word}” is read as {m.stored[0][1]}": str(m.stored[0][1]) for word, m in written if word}
    return [
        replace(s, assumptions=(*s.assumptions, *(note for note, value in notes.items() if f"'{value}'" in s.sql))) if notes else s
        for s in found
    ]


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


def followed(schema: Schema, text: str, model: Model, today: date, follows: Reading | None) -> Reading | None:
    """The reading before, edited by a follow-up; None where ``text`` is a question of its own."""
    if follows is None or follows.plan is None:
        return None
    plain, _ = renamed(normalise(text, schema, model.lexicon), schema)
    change = follow.changed(Linked(tokens.read(plain), schema, model.lexicon), follows, today)
    if change is None:
        return None
    if change.back:
        return replace(follow.back_to(follows, change.back), question=text)
    try:
        sql = render.sql(change.plan, schema.graph)
    except render.NoJoinError:
        return None
    assumptions = tuple(dict.fromkeys((*follow.kept(follows.assumptions, change.assumptions, change.plan), *change.assumptions)))
    return Reading(
        question=text,
        answered=True,
        sql=sql,
        plan=change.plan,
        confidence=round(follows.confidence * EDITED, 4),
        assumptions=assumptions,
        trace=follows.trace,
        before=follow.shortened(follows),
        correction=change.correction,
    )


def summed(plan: Plan) -> bool:
    """Whether a plan adds anything up, averages it, or divides it by another."""
    return any(item.over is not None or item.less is not None for item in plan.select) or any(
        item.aggregate in ("sum", "avg", "median") for item in (*plan.select, *(o.item for o in plan.order), *(c.item for c in plan.having))
    )


def self_named(linked: Linked, plan: Plan) -> bool:
    """Whether a plan counts the rows of a table by the very column that names them, as in albums titled Iron Maiden, where the question asks who has them."""
    if len(plan.select) != 1 or plan.select[0].aggregate != "count" or not set(linked.question.lower) & DOING:
        return False
    counted = plan.select[0].expression
    if not isinstance(counted, (Star, ColumnRef)) or counted.table not in linked.schema.table_index:
        return False
    display = linked.schema.table(counted.table).display
    held = [c.item.expression for c in plan.where if c.operator == "=" and c.item.expression in display]
    return bool(held) and any(ref not in display for m in linked.mentions for ref, _ in m.stored)


def ungrouped(linked: Linked, plan: Plan) -> bool:
    """Whether a plan leaves out a "per", or the "by" of a count, before a name of the data: it groups by nothing and shows no figure."""
    lower = linked.question.lower
    if any(inner.group for inner in rank.nested(plan)) and any(item.aggregate for item in plan.select):
        return False
    names = [m for m in (*linked.tables, *linked.columns) if m.exact == 1.0]
    starts, inside = {m.start for m in names}, {i for m in names for i in m.positions}
    counted = any(lower[i : i + 2] in COUNTING for i in range(len(lower))) and not plan.order
    figures = any(item.aggregate for item in plan.select)
    bare_list = linked.schema.trade and not figures and not plan.where
    summed_up = any(item.aggregate in ("avg", "sum") for item in plan.select)
    cues = {"per", "by"} if counted or (not plan.order and (summed_up or bare_list)) else {"per"}
    if linked.schema.trade and not plan.order:
        cues = {"per", "by", "each"}
    return any(word in cues and i not in inside and starts & {i + 1, i + 2} for i, word in enumerate(lower))


def figured(linked: Linked, plan: Plan) -> bool:
    """Whether a plan groups what it adds up by another figure, of data that is a business's: total calls by number of operators."""
    if not linked.schema.trade or not any(item.aggregate for item in plan.select):
        return False
    lower, index = linked.question.lower, linked.schema.index
    for ref in (e for e in plan.group if isinstance(e, ColumnRef) and e in index):
        view, place = linked.schema.view(ref), linked.columns[index[ref]].start
        if measures.amount(view) and (view.distinct > FIGURES or (place > 0 and lower[place - 1] == "per")):
            return True
    return False


def unknown(linked: Linked) -> bool:
    """Whether a question counts something, or asks for something per thing, that has no place in the data: no other word can stand for it."""
    lower, tokens = linked.question.lower, linked.question.tokens
    spans = moves.read(linked.question.text).spans
    placed = {i for i, t in enumerate(tokens) for a, b in spans if a <= t.start < b}
    placed |= {i for m in (*linked.tables, *linked.columns) for i in m.positions} | {
        i for m in (*linked.mentions, *linked.spoken.found) for i in range(m.start, m.end)
    }
    for i in range(len(tokens)):
        if (
            (lower[max(0, i - 2) : i] in COUNTING or _headed(lower, i))
            and tokens[i].kind == "word"
            and i not in placed
            and tokens[i].content
            and lower[i] not in MODIFIERS
        ):
            heard = {w for w, s in linked.lexicon.get(tokens[i].stem, {}).items() if s >= HEARD} & linked.schema.vocabulary - KEY_WORDS - {
                "name"
            }
            plain = lower[i] in frames.FILLER or any(lower[i] in words for words in frames.CUE_WORDS.values())
            following = lower[i + 1 : i + 2]
            if (
                not heard
                and not plain
                and (not following or following[0] in ("per", "by", "in", "for", "of", "have", "has", "are", "is", "do", "did", "were"))
            ):
                return not _measured(linked, i)
    return False


def _headed(lower: tuple[str, ...], place: int) -> bool:
    """Whether a word is the figure that a question opens with and breaks down: "profit by product", "the average salary per country"."""
    opened = all(word in STOP or word in frames.AGGREGATES for word in lower[:place])
    return opened and lower[place] not in frames.AGGREGATES and lower[place + 1 : place + 2] in (("by",), ("per",))


def _measured(linked: Linked, place: int) -> bool:
    """Whether a word names a business measure, or a thing that a column numbers."""
    return any(s.start <= place < s.end for s in segments(linked, frozenset()))


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


def composed(linked: Linked, today: date) -> list[Scored]:
    """What the grammar of business questions makes of it: one query or none; beside it another where a value stands in two columns."""
    frame = frames.read(linked, today)
    first = _composed(linked, frame)
    if first is None:
        return []
    found = [first]
    for other in _elsewhere(linked, frame, first):
        second = _composed(linked, other)
        if second is not None and second.sql != first.sql:
            found.append(replace(second, confidence=second.confidence * DOUBTED))
    ambiguous = len(found) > 1
    for start, option in first.rivals:
        nouns = tuple(replace(n, segment=replace(n.segment, options=(option,))) if n.segment.start == start else n for n in frame.nouns)
        second = _composed(linked, replace(frame, nouns=nouns))
        if second is not None and second.sql != first.sql:
            found.append(replace(second, confidence=first.confidence * RIVAL))
    if ambiguous:
        found[0] = replace(first, confidence=first.confidence * AMBIGUOUS)
    return found


def _composed(linked: Linked, frame: Frame) -> Scored | None:
    composer = Forms(linked, frame)
    try:
        plan = composer.plan()
        sql = render.sql(plan, linked.schema.graph)
    except (NoPlanError, render.NoJoinError):
        written = tuple(m for m in frame.values if m.kind == "quoted" or not linked.question.tokens[m.start].text.islower() or m.width > 1)
        if written == frame.values:
            return None
        loose = {i for m in frame.values if m not in written for i in range(m.start, m.end)}
        return _composed(linked, replace(frame, values=written, used=frame.used - loose))  # a small word that is no value after all
    missing = tuple(
        word
        for word in frames.unused(linked, replace(frame, used=frame.used | composer.frame.used))
        if word.lower() not in composer.explained and not any(kin(stem(word), known) for known in composer.explained)
    )
    plainly = not set(linked.question.lower) & COLUMN_WORDS
    sold = linked.schema.trade or (bool(composer.formed) and linked.schema.sells)
    confidence = sure(composer.frame, formed=bool(composer.formed), trade=sold and plainly) * composer.fit * UNEXPLAINED ** len(missing)
    if linked.question.lower[:2] == ("how", "much") and not summed(plan):
        confidence *= UNEXPLAINED  # an amount was asked for, and only rows are counted
    business = frame.business or bool(composer.formed)
    return Scored(
        plan,
        sql,
        confidence,
        missing,
        tuple(dict.fromkeys(composer.assumptions)),
        parts(linked, frame),
        business,
        any(n.segment.best.measure for n in frame.nouns),
        tuple((start, option) for start, options in composer.rivals.items() for option in options),
    )


def _elsewhere(linked: Linked, frame: Frame, first: Scored) -> list[Frame]:
    """The question with one value meant in another column that names things: an artist of the title that an album has too."""
    found = []
    for number, mention in enumerate(frame.values):
        names = [place for place in mention.stored if place[0] in linked.schema.table(place[0].table).display]
        used = [place for place in names if f"'{place[1]}'" in first.sql and place[0].column in first.sql]
        counted = {n.segment.best.table for n in frame.nouns if n.role == "count"} if set(linked.question.lower) & DOING else set()
        for place in (place for place in names if place[0].table not in counted):
            if len(names) > 1 and used and place != used[0]:
                values = list(frame.values)
                values[number] = replace(mention, stored=(place,))
                found.append(replace(frame, values=tuple(values)))
    return found[:2]


def sure(frame: Frame, *, formed: bool = False, trade: bool = False) -> float:  # noqa: PLR0911  # one return a kind is the clearest table
    """How often a composed query of this kind is right.

    ``formed`` where a cue of its own called for it, ``trade`` on data of a business, where the wider results that the grammar shows are wanted.
    """
    shaped = bool(frame.tests or frame.adjective or frame.extreme or frame.without is not None or frame.limit)
    roles = {noun.role for noun in frame.nouns}
    if frame.business or (formed and trade):
        return BUSINESS
    if formed:
        return FORMED
    if trade and roles == {"count", "group"} and not shaped and not frame.values:
        return PLAINLY
    if trade and (shaped or frame.values or "group" in roles or "measure" in roles):
        return TRADED
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
    found += [Trace(text[tokens[f.start].start : tokens[f.end - 1].end], f.note) for f in linked.spoken.filters]
    return tuple(found)


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
