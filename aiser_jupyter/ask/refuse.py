"""Saying no: which questions no query can answer, why, and what can be asked instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.ask.words import LAYERS, bag, split

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

THRESHOLD = 0.63
WRITES = re.compile(
    r"^\W*(please |can you |could you |kindly |now |just |let's )*(delete|remove|drop|truncate|update|insert|alter|create|add|set|change|rename|charge|refund|cancel|send|email|mail|pay|"
    r"grant|revoke|erase|wipe|increase|decrease|raise|lower|double|assign|replace|fire|hire|order|ship|approve|mark|reset|clear|purge|archive|modify|fix|merge|move|apply|block|disable|enable)\s+"
    r"(?!of\b|by\b|in\b|date\b|status\b|count\b|volume\b|number\b|id\b|value\b|amount\b|total\b|up\b|per\b|city\b|country\b|address(?:es)?\b|rates?\b|reasons?\b|types?\b|methods?\b)",
    re.IGNORECASE,
)
FORECAST = re.compile(
    r"\b(will|would|going to|forecast|predict\w*|project(?:ed|ion)s?|expected to|next (?:year|month|quarter|week)|in the future|tomorrow)\b",
    re.IGNORECASE,
)
# The period after one that is named lies in the past: who came in March and again in the next month.
LATER = re.compile(r"(?<=\d) .*\b(?:again|back|returned|also)\b.*\bthe (?:next|following) (?:week|month|quarter|year)\b", re.IGNORECASE)
# Words that stand for the answer before: without it, or where it cannot be changed that way, nothing is asked.
REFERRING = re.compile(
    r"^\W*and\b|^\W*(?:ok,? )?now (?:just|only|for|by|in|per|with|without|the)\b|^\W*(?:by|per|for|in|just|only) (?:[\w'-]+ ?){1,3}(?:please)?[?.]?\s*$|^\W*(?:and |but |so |ok,? )*(?:(?:the )?same(?: thing| question| again)?\b|(?:what|how) (?:did|do|does|was|were|about) (?:that|it|those|these|they|them)\b)|^\W*(?:and|but) .*\b(?:those|these|them|they|that)\b|^\W*(?:(?:how many|which|what|who) )(?:of )?(?:those|these|them)\b|\b(?:that|this|the same) one\b|^\W*(?:(?:ok,? |now |please |and |then )*)(?:split|break|group|slice|show|list|sort|give(?: me)?) (?:that|this|it|those|these|them)(?: up| down| out)? by\b",
    re.IGNORECASE,
)
# After an answer such a question changes it, or says nothing.
FOLLOWING = re.compile(r"^\W*(?:and|but|just|only|same|compared|now only)\b|^\W*(?:[\w'-]+ ){1,3}(?:only|alone)\W*$", re.IGNORECASE)
OPINION = re.compile(
    r"^\W*(?:is|are|was|were) .*\btoo (?:expensive|cheap|slow|fast|high|low|many|few|big|small|long|short|old|late)\b|\b(should (?:we|i|they)|do you (?:think|like|believe|recommend)|in your opinion|is it (?:fair|good|bad|worth|ok)|do (?:people|customers|users) (?:like|love|prefer|hate|enjoy|want|think)|"
    r"(?:why|how come) (?:do|did|does|is|are|has|have|was|were)|what (?:is|are) the (?:best way|meaning)|recommend|how (?:can|could|should|do) (?:we|i|you)|how (?:has|have|does|did|can) \w+ \w+ (?:influence|affect|impact|improve|contribute|change)\w*|"
    r"(?:is|are|was|were) .*\btoo (?:expensive|cheap|high|low|slow|fast|long|short|big|small|many|few|much)|explain|describe how|discuss|opinion|feel about|tell me a|write (?:a|me)|who are you|(?:best|worst|greatest|finest) (?:\w+ ){1,3}(?:ever|of all time)|favou?rite|nicest|prettiest|beautiful|coolest|nicest|funniest|best looking)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+")
ENGLISH = bag(
    "the of in by for how many what which show list total average number per and with to are is did we our all top each any do from on that have a an who find give"
)
FOREIGN = bag(
    "der die das und wie viele welche zeige alle von mit ist sind nach für el la los las cuantos cuántos cuál qué que de por con para le les des combien quel quelle est sont du quanti quante dei delle hoeveel het een wat quantos quais os são por"
)


def foreign(question: str) -> bool:
    """Whether ``question`` is in another language than English."""
    words, letters = WORD.findall(question.lower()), [c for c in question if c.isalpha()]
    if sum(not c.isascii() for c in letters) > 0.3 * len(letters):
        return True
    return sum(w in FOREIGN for w in words) >= max(2, 1 + sum(w in ENGLISH for w in words))


def on_sight(question: str) -> str:
    """Why no query can answer ``question`` whatever the data, empty where one may."""
    if not WORD.search(question):
        return "There is no question here."
    if foreign(question):
        return "I only read English for now."
    if WRITES.search(question):
        return "This asks to change something; I only read data."
    if FORECAST.search(LATER.sub("", question)):
        return "This asks about the future; I only read what is recorded."
    if OPINION.search(question):
        return "This asks for an opinion or an explanation that the data does not record."
    return ""


def because(
    question: str,
    schema: Schema,
    reason: str,
    missing: tuple[str, ...],
    confidence: float = 0.0,
    alternatives: tuple[Alternative, ...] = (),
) -> Reading:
    """A refusal with suggestions."""
    return Reading(
        question,
        answered=False,
        confidence=confidence,
        reason=reason,
        missing=missing,
        suggestions=suggestions(schema),
        alternatives=alternatives,
    )


def unsure(question: str, schema: Schema, ranked: list[Scored], doubts: tuple[str, ...] = ()) -> Reading:
    """A refusal because no candidate is likely enough; it names the words that found no place, else the first of ``doubts`` about the likeliest one."""
    best = ranked[0] if ranked else None
    missing = best.missing if best else ()
    known = {word for view in (*schema.columns, *schema.tables) for word in view.stems}
    foreign = tuple(word for word in missing if word.lower() not in STOP and word.lower() not in known)
    if foreign:
        listed = ", ".join(f"“{word}”" for word in foreign[:3])
        reason = f"I find no place in this data for {listed}."
    else:
        reason = "I am not sure enough which query this asks for."
        reason += f" I doubt the likeliest one: {doubts[0]}." if doubts else ""
    others = tuple(Alternative(s.sql, round(s.confidence, 4), plan=s.plan) for s in ranked)
    return because(question, schema, reason, foreign, round(best.confidence, 4) if best else 0.0, others)


def suggestions(schema: Schema) -> tuple[str, ...]:
    """A few questions that this data answers: what was earned, where something is, then counts of the tables that most others point to."""
    found: list[str] = []
    earned = measures.revenue(schema)
    if earned:
        found.append("total revenue")
        dated = any(schema.columns[i].temporal for i in schema.table(earned.table).columns)
        found += ["monthly revenue"] if dated else []
    tables = sorted((t for t in schema.tables if t.rows), key=lambda t: (-t.children, -t.rows, t.name))
    found += [f"How many {plural(called(table.name))} are there?" for table in tables]
    return tuple(dict.fromkeys(found))[:3]


def called(table: str) -> str:
    """A table's name in words, without what a warehouse writes before it."""
    words = split(table)
    return " ".join(words[1:] if len(words) > 1 and words[0] in LAYERS else words)


def plural(noun: str) -> str:
    """The plural of an English noun that is no exception."""
    if noun.endswith("s"):
        return noun
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o", "u") else noun + "s"
