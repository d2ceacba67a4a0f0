"""What the grammar of business questions makes of a question: one query or none, and beside it what else a value or a name may mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.grammar import relations
from aiser_jupyter.ask.grammar.forms import Forms
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.reading import Trace
from aiser_jupyter.ask.scored import Scored
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

COLUMN_WORDS = frozenset(
    {"name", "names", "id", "ids", "title", "titles", "detail", "details", "code", "codes", "description", "descriptions"}
)
# How often the grammar's query was right, by kind: on Spider's training set, and BUSINESS on the examples of business questions.
BUSINESS, COUNTED, GROUPED, FILTERED, SHAPED, PLAIN = 0.9, 0.95, 0.8, 0.7, 0.45, 0.4
DOING = frozenset({"does", "do", "did", "by"})
FORMED = 0.5  # a form that a cue called for, on data that is no business's
PLAINLY = 0.88  # things counted by group, on data of a business
TRADED = 0.78  # the same on data of a business
AMBIGUOUS, DOUBTED = 0.75, 0.7  # what a value in two columns costs the likelier reading, and the other
RIVAL = 0.65  # another column of the same name, beside the one that was taken
UNEXPLAINED = 0.45  # what each word without a place costs


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
    related = relations.words(linked, plan)
    missing = tuple(
        word
        for word in frames.unused(linked, replace(frame, used=frame.used | composer.frame.used))
        if word.lower() not in composer.explained | related and not any(kin(stem(word), known) for known in composer.explained)
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


def summed(plan: Plan) -> bool:
    """Whether a plan adds anything up, averages it, or divides it by another."""
    return any(item.over is not None or item.less is not None for item in plan.select) or any(
        item.aggregate in ("sum", "avg", "median") for item in (*plan.select, *(o.item for o in plan.order), *(c.item for c in plan.having))
    )
