"""From a question and a schema to ranked candidate queries, without touching data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.around.read import around
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import belief, broken, fidelity, lacking
from aiser_jupyter.ask.doubts.trained import COUNTING, by_figure
from aiser_jupyter.ask.follow import follow
from aiser_jupyter.ask.grammar import almost, blanks, moneyed, moves, nobody, output, spoken_keys, voided
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.grammar.composed import UNEXPLAINED, composed, summed
from aiser_jupyter.ask.grammar.segments import segments
from aiser_jupyter.ask.learned import referee
from aiser_jupyter.ask.learned.learned import learned
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.outer import read as outer
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.offer import offered
from aiser_jupyter.ask.reading import Reading
from aiser_jupyter.ask.scored import Scored
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.vocabulary.nouns import renamed
from aiser_jupyter.ask.wording.normal import normalise
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.learned.model import Model
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema


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
HEARD = 0.5  # how strongly training must tie a word to a name for it to stand for it
# What an edit costs: a form that was found whole, on a plan that was answered.
EDITED = 0.985
AGREED, DOUBT, FORM = 0.5, 0.5, 0.25  # measured on the databases held out from training
UNSURE = 0.6  # below this it is tried whether the question opens with what it wants to see
UNCUED = 0.5  # a query without the share, mean or grain that was asked for


@dataclass(frozen=True)
class Candidates:
    """The candidates for a question by falling confidence, each query once, and what each reading said of them at first."""

    linked: Linked
    found: list[Scored]
    heard: referee.Heard


def interpret(schema: Schema, text: str, model: Model, today: date) -> list[Scored]:
    """The candidates for ``text`` by falling confidence, each query once."""
    return voided.heard(schema, text, lambda asked: outer.heard(schema, asked, lambda part: _judged(schema, part, model, today)))


def doubts(schema: Schema, text: str, scored: Scored, model: Model, today: date) -> tuple[str, ...]:
    """What is wrong with a candidate for ``text``, one clause each, the heaviest first."""
    linked = Linked(tokens.read(normalise(text, schema, model.lexicon)), schema, model.lexicon)
    seen = Seen(linked, scored.plan, frames.read(linked, today), text, scored.missing)
    return tuple(doubt.says for doubt in broken(seen))


def _judged(schema: Schema, text: str, model: Model, today: date) -> list[Scored]:
    """The candidates for ``text`` as one question."""
    if (told := output.told(text)) is not None and (shown := _shown(told, schema, model, today)):
        return shown
    made = gathered(schema, text, model, today)
    found = nobody.left_out(schema, referee.judged(made.linked, made.found, made.heard, model.referee, same))
    told = output.opened(text)
    if told is None or (found and found[0].confidence >= UNSURE and len(found[0].plan.select) >= len(told.phrases)):
        return found
    fewer = [replace(s, confidence=s.confidence * UNCUED) if len(s.plan.select) < len(told.phrases) else s for s in found]
    return sorted((*fewer, *_shown(told, schema, model, today, heard=True)), key=lambda s: -s.confidence)


def _shown(told: output.Told, schema: Schema, model: Model, today: date, *, heard: bool = False) -> list[Scored]:
    """The candidates for the question alone that can show what it says the answer is to show, and showing it; with ``heard`` as sure as the referee is."""
    alone = gathered(schema, told.question, model, today)
    found = referee.judged(alone.linked, alone.found, alone.heard, model.referee, same) if heard else alone.found
    made = []
    for scored in found:
        shown = output.Shown(schema, model.lexicon, scored.plan, today)
        if (plan := shown.plan_of(told.phrases)) is not None:
            notes = tuple(dict.fromkeys((*scored.assumptions, *shown.assumptions)))
            sql = render.sql(plan, schema.graph)
            made.append(replace(scored, plan=plan, sql=sql, confidence=shown.sure(plan, scored, told.question), assumptions=notes))
    return sorted(made, key=lambda s: -s.confidence)


def gathered(schema: Schema, text: str, model: Model, today: date) -> Candidates:
    """The candidates for ``text`` as sure as the readings make them."""
    plain, words = renamed(normalise(text, schema, model.lexicon), schema)
    linked = Linked(tokens.read(plain), schema, model.lexicon)
    ranked: dict[str, Scored] = {}
    by_grammar, by_skeleton = spelled(linked, text, composed(linked, today)), [] if linked.spoken.decided else learned(linked, model)
    grammar, skeletons = ({s.sql: s.confidence for s in found[::-1]} for found in (by_grammar, by_skeleton))
    frame = frames.read(linked, today)
    read = [
        [(s, Seen(linked, s.plan, frame, text, s.missing, learned=found is by_skeleton)) for s in found]
        for found in (by_grammar, by_skeleton)
    ]
    other = {scored.sql for found in read for scored, seen in found if lacking(seen)}
    by_grammar, by_skeleton = (
        [replace(s, confidence=s.confidence * (UNCUED if s.sql in other else 1.0) * fidelity(seen)) for s, seen in found] for found in read
    )
    if by_grammar and by_grammar[0].summed:
        by_skeleton = [s if summed(s.plan) else replace(s, confidence=s.confidence / 2) for s in by_skeleton]
    # On data of a business the grammar's confidence was measured as it is; training knows other data.
    by_grammar, by_skeleton = by_grammar if schema.trade else weighed(by_grammar, by_skeleton), doubted(by_skeleton, by_grammar)
    agreed = [
        replace(c if c.business or linked.schema.trade or bare(linked, s.plan) else s, confidence=_both(c, s), assumptions=c.assumptions)
        for c in by_grammar
        for s in by_skeleton[:3]
        if same(c.plan, s.plan) and not (c.missing and c.business)
    ]
    doubt = UNEXPLAINED if unknown(linked) else 1.0
    for scored in sorted((*agreed, *by_grammar, *by_skeleton), key=lambda s: -s.confidence):
        # That both engines leave out the same part makes it no more likely.
        most = UNCUED if scored.sql in other else 1.0
        notes = tuple(dict.fromkeys((*scored.assumptions, *(one.note() for one in words))))
        ranked.setdefault(scored.sql, replace(scored, confidence=min(scored.confidence * doubt, most), assumptions=notes))
    own = Linked(tokens.read(normalise(text, schema, model.lexicon)), schema, model.lexicon) if words else linked
    whole = around(own, today)
    told = {sql: spoken_keys.named(own, s) for sql, s in ranked.items()}
    # A reading that is doubted itself is no reason to doubt another, and no other makes it likelier.
    left = {s.sql: _believed(own, frame, s) for s in (*told.values(), *(Scored(one.plan, one.sql, one.confidence) for one in whole))}
    others = [replace(s, confidence=s.confidence * left[s.sql]) for s in told.values()]
    beside = offered(own, [replace(one, confidence=one.confidence * left[one.sql]) for one in whole], others, Scored, same)
    beside = moneyed.added(own, [replace(s, confidence=min(s.confidence, left[s.sql])) for s in beside])
    kept: dict[str, Scored] = {}
    for scored in sorted(beside, key=lambda s: -s.confidence):
        kept.setdefault(scored.sql, scored)
    timed = bool(frame.grain or frame.periods or frame.window)
    filled = {s.sql: blanks.named(schema, s) for s in list(kept.values())[:8]}
    became = {sql: filled[s.sql].sql if s.sql in filled else s.sql for sql, s in {**kept, **told}.items()}
    reader, kinds = {one.sql: one.confidence for one in whole}, {became.get(one.sql, one.sql): one.kind for one in whole}
    said = [
        {became.get(sql, sql): value for sql, value in sorted(one.items(), key=lambda two: two[1])} for one in (grammar, skeletons, reader)
    ]
    return Candidates(
        own,
        sorted({s.sql: s for s in [*filled.values()][::-1]}.values(), key=lambda s: -s.confidence),
        referee.Heard(said[0], said[1], said[2], kinds, timed),
    )


def _believed(linked: Linked, frame: frames.Frame, scored: Scored) -> float:
    """What is left of how sure a plan is by the doubts about it, with money in the place of rows where that is asked for."""
    return belief(Seen(linked, moneyed.added(linked, [scored])[0].plan, frame))


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
        agreed = any(same(scored.plan, other.plan) for other in by_skeleton[:3])
        share = AGREED if agreed else 1.0 - DOUBT * by_skeleton[0].confidence if by_skeleton else 1.0
        found.append(scored if scored.business else replace(scored, confidence=scored.confidence * share))
    return found


def doubted(by_skeleton: list[Scored], by_grammar: list[Scored]) -> list[Scored]:
    """What training reads, less sure of itself where a business form that it does not know was called for."""
    forms = [scored for scored in by_grammar if scored.business]
    if not forms:
        return by_skeleton
    share = 1.0 - FORM * forms[0].confidence
    return [s if any(same(form.plan, s.plan) for form in forms) else replace(s, confidence=s.confidence * share) for s in by_skeleton]


def followed(schema: Schema, text: str, model: Model, today: date, follows: Reading | None) -> Reading | None:
    """The reading before, edited by a follow-up; None where ``text`` is a question of its own."""
    if follows is None or follows.plan is None:
        return None
    plain, _ = renamed(normalise(text, schema, model.lexicon), schema)
    linked = Linked(tokens.read(plain), schema, model.lexicon)
    change = follow.changed(linked, follows, today)
    if change is None or (by_figure(Seen(linked, change.plan)) and not by_figure(Seen(linked, follows.plan))):
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


def same(left: Plan, right: Plan) -> bool:
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
