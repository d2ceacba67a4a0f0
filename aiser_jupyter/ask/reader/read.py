"""Reads a question in all its likely meanings, and keeps the plans that explain every word."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.early import misread
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.grammar import measures, relations
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.assemble import Assembly
from aiser_jupyter.ask.reader.clause import NoClauseError
from aiser_jupyter.ask.reader.marks import EMPTY, Mark, marks
from aiser_jupyter.ask.reader.names import BESIDE, names_of
from aiser_jupyter.ask.reader.parser import FREQUENT, Parser, Part
from aiser_jupyter.ask.reader.senses import Finder
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.reader.senses import Chunk, Sense
    from aiser_jupyter.ask.schema import Schema

# What this reader cannot read, though its words are common: it stays silent then.
BEYOND = bag(
    "vs versus compare compared comparing comparison growth grow grew cumulative running than percentile percentiles both neither nor again until"
    " difference differences change changed trend moving per-cent those these that's them ratio second third except besides minus plus increase increased"
    " decrease decreased instead while consecutive previous whether if then times quartile quartiles correlation histogram distribution"
)
ASKING = bag("is are was were do does did can could should would will has have had am may must")
PARTLY = frozenset({"grain", "sum", "max", "min", "rate", "avg", "number"})
MADE = bag("production produced output generated generation")
MEASURED = bag("minutes hours days seconds percent")
SURE, GOOD, NEARLY = 0.92, 0.72, 0.9
OUTLAY = re.compile(r"\b(?:we|our) (?:\w+ )?(?:spend|spent|spending)\b", re.IGNORECASE)  # is a cost, and no revenue
ORDERED = re.compile(r"\b(?:ordered|sorted|ranked|arranged|order|sort|rank) (?:\w+ )?by\b", re.IGNORECASE)
MOST, CHOICES = 24, 4


@dataclass(frozen=True)
class Read:
    """A plan with its SQL, how likely it is right, what it took for granted, and which words stand for what."""

    plan: Plan
    sql: str
    confidence: float
    kind: str
    score: float
    notes: tuple[str, ...]
    trace: tuple[tuple[str, str], ...]


def read(linked: Linked, today: date) -> list[Read]:
    """The plans that explain every word of the question, likeliest first; none where the reader does not know its form."""
    question = linked.question
    if not 1 < len(question.tokens) <= 40 or linked.spoken.found:
        return []
    if question.lower[0] in ASKING and question.lower[1] not in ("we", "there", "you", "any"):
        return []  # a yes or no that is no matter of being there
    if ORDERED.search(question.text) or OUTLAY.search(question.text):
        return []
    cues = named_whole(linked, marks(question, today))
    if any(m.kind == "days" and "duration" in m.text for m in cues) and _told(linked.schema, "duration"):
        cues = tuple(m for m in cues if not (m.kind == "days" and "duration" in m.text))  # a column of its own
    if any(m.kind == "days" for m in cues):
        spans = {"days", "nights", "hours", "minutes"}
        units = [i for i, w in enumerate(question.lower) if w in spans and not any(m.start <= i < m.end for m in cues)]
        cues = tuple(sorted((*cues, *(Mark("filler", i, i + 1) for i in units)), key=lambda m: m.start))
    chunks = Finder(linked, cues).chunks()
    cues = tuple(m for m in cues if not any(c.start <= m.start and m.end <= c.end for c in chunks))  # "no" of a no-show is none
    if not chunks or len(chunks) > 8 or left_over(linked, cues, chunks):
        return []
    found: dict[str, Read] = {}
    for choice in choices(chunks):
        one = _one(linked, cues, chunks, choice)
        if one is not None and (one.sql not in found or found[one.sql].score < one.score):
            found[one.sql] = one
    ranked = sorted(found.values(), key=lambda r: (-r.score, r.sql))[:4]
    return [r for r in weighed(ranked) if r.score >= 0.3 * ranked[0].score]


def _told(schema: Schema, word: str) -> bool:
    """Whether a number of the data has a word in its name."""
    near = names_of(schema).near(word)
    names = names_of(schema)
    return any(
        named.column is not None and schema.view(named.column).numeric
        for part, likely in near.items()
        if likely >= 0.8
        for named in (names.named[i] for i in names.holding[part])
    )


def weighed(ranked: list[Read]) -> list[Read]:
    """The plans with the confidence that was measured: by score, and by how far the next one is behind."""
    found = []
    for i, one in enumerate(ranked):
        rival = max((r.score for r in ranked if r is not one and not _alike(r.plan, one.plan)), default=0.0)
        ratio = rival / one.score if one.score else 1.0
        sure = SURE * min(1.0, one.score / GOOD) ** 0.8 * (1.0 if ratio < NEARLY else 0.62) if i == 0 else 0.35 * one.score
        found.append(replace(one, confidence=round(sure, 4)))
    return found


def named_whole(linked: Linked, cues: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The cues without those that are words of a name: the monthly charge, the total quota, the tax rate."""
    names, lower, kept = names_of(linked.schema), linked.question.lower, []
    for mark in cues:
        words = tuple(w for w in lower[mark.start : mark.end] if w not in STOP - {"total", "number"})
        beside = [(*words, *lower[mark.end : mark.end + n]) for n in (2, 1)] + [
            (*lower[max(0, mark.start - n) : mark.start], *words) for n in (2, 1)
        ]
        whole = mark.kind in PARTLY and len(words) == 1 and lower[mark.start] == words[0]
        if whole and any(
            len(b) > 1 and not set(b[:-1]) & STOP and (m := names.meant(b)) and m[0][0] >= 0.99 and m[0][1].column for b in beside
        ):
            continue
        kept.append(mark)
    return tuple(kept)


def _alike(left: Plan, right: Plan) -> bool:
    """Whether two plans show the same of the same rows, and only group it by other keys."""
    return (left.select, left.where, left.having, left.source) == (right.select, right.where, right.having, right.source)


def left_over(linked: Linked, cues: tuple[Mark, ...], chunks: tuple[Chunk, ...]) -> tuple[str, ...]:
    """The words that nothing explains."""
    taken = {i for p in (*cues, *chunks) for i in range(p.start, p.end)}
    lower, left = linked.question.lower, []
    for i, token in enumerate(linked.question.tokens):
        word = lower[i]
        if word in BEYOND and i not in taken:
            left.append(word)
        if word in ("days", "nights", "day", "night", "ahead") and any(m.kind == "days" for m in cues):
            continue
        if _of_amount(linked, chunks, i):
            continue  # the column is in that unit; the production of energy is the energy
        if word in ("people", "persons") and any(s.kind == "table" and s.strength > 0.7 for c in chunks for s in c.senses):
            continue
        if i in taken or token.kind == "mark" or word in STOP or word in EMPTY or word in FREQUENT:
            continue
        if relations.verb(linked, i) or (word in relations.PARTICLES and i and relations.verb(linked, i - 1)):
            continue  # what it says must stand in the plan
        if word == "us" and lower[i - 1] == "with":
            left.append(word)
        beside = word in BESIDE and any(i in (c.start - 1, c.end) and any(s.kind == "table" for s in c.senses) for c in chunks)
        if not beside:
            left.append(word)
    return tuple(left)


def _of_amount(linked: Linked, chunks: tuple[Chunk, ...], place: int) -> bool:
    """Whether a word only tells the unit of a number of the data, or that the number was made."""
    lower = linked.question.lower
    if lower[place] in MEASURED:
        return place > 0 and lower[place - 1] == "in" and any(_unit(linked, s, lower[place]) for c in chunks for s in c.senses[:1])
    before = [c.senses[0] for c in chunks if c.end == place] if lower[place] in MADE else []
    return any(s.kind == "column" and s.column is not None and measures.amount(linked.schema.view(s.column)) for s in before)


def _unit(linked: Linked, sense: Sense, unit: str) -> bool:
    """Whether a unit is in the name of a column of numbers."""
    return sense.kind == "column" and sense.column is not None and stem(unit) in linked.schema.view(sense.column).stems


def choices(chunks: tuple[Chunk, ...]) -> list[tuple[Sense, ...]]:
    """The likeliest ways to take each chunk in one of its meanings, at most MOST."""
    wide = len(chunks) <= 3
    options = [c.senses[: CHOICES + 1 if wide else 3] for c in chunks]
    options = [tuple(s for s in senses if s.strength >= 0.55 * senses[0].strength) for senses in options]
    ways = sorted(itertools.islice(itertools.product(*options), 4000), key=lambda way: -_product(way))
    return ways[: MOST * 2]


def _meaning(sense: Sense) -> str:
    """What a sense is called in a trace."""
    if sense.test is not None and sense.test.values:
        return str(sense.test.values[0])
    if sense.measure is not None:
        return f"a measure of {sense.table}"
    return f"{sense.column.table}.{sense.column.column}" if sense.column else sense.table


def _product(way: tuple[Sense, ...]) -> float:
    score = 1.0
    for sense in way:
        score *= min(sense.strength, 1.06)
    return score


def _one(linked: Linked, cues: tuple[Mark, ...], chunks: tuple[Chunk, ...], choice: tuple[Sense, ...]) -> Read | None:
    pieces = sorted((*cues, *(Part(c.start, c.end, s) for c, s in zip(chunks, choice, strict=True))), key=lambda p: p.start)
    try:
        clause = Parser(linked, pieces).parse()
        assembly = Assembly(linked.schema, clause, linked.question.lower)
        plan = assembly.plan()
        sql = render.sql(plan, linked.schema.graph)
    except (NoClauseError, render.NoJoinError):
        return None
    said = {i for piece in pieces for i in range(piece.start, piece.end)}
    verbs = {i for i in range(len(linked.question.tokens)) if i not in said and relations.verb(linked, i)}
    if verbs - relations.explained(linked, plan):
        return None
    if misread(Seen(linked, plan)):
        return None
    path = linked.schema.graph.path(render.tables_of(plan))
    cost = path.cost if path else 0.0
    score = _product(choice) * assembly.doubt * 0.88**cost
    tokens, text = linked.question.tokens, linked.question.text
    spans = [(c.start, c.end, _meaning(s)) for c, s in zip(chunks, choice, strict=True)]
    spans += [(m.start, m.end, m.values[0].text()) for m in cues if m.kind == "period"]
    trace = tuple((text[tokens[start].start : tokens[end - 1].end], meaning) for start, end, meaning in sorted(spans))
    return Read(plan, sql, min(score, 0.95), assembly.kind, score, tuple(dict.fromkeys(assembly.notes)), trace)
