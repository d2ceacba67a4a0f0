"""Replies to sentences that teach, and what a correction may teach: nothing is kept before it is confirmed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter import memory
from aiser_jupyter.answer.about import said
from aiser_jupyter.answer.line import Line
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.words import stems
from aiser_jupyter.memory import teaching

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.memory.entry import Entry


# How an offer to keep something is told from what was assumed.
OFFER = "to keep that:"


def lesson(question: str) -> teaching.Lesson | None:
    """What the words teach; None where they teach nothing, or memory is off."""
    found = teaching.read(question)
    return found if found is not None and memory.enabled() else None


def reply(context: Context, blank: Answer, catalog: Catalog, learned: teaching.Lesson, follows: Answer | None) -> Answer | None:
    """What would be kept and how to confirm it; None where the words are a question after all."""
    blank = replace(blank, intent=replace(blank.intent, dispatch="help", business="none", objectives=()))
    if learned.kind == "verified":
        return _answer(context, blank, catalog, follows)
    kept = memory.of(context)
    if learned.kind == "preference":
        entry = kept.lesson("preference", learned.means, {"value": learned.means}, catalog.source)
        line = Line().say("I can keep this wish: ").name(learned.means).say(". ")
        return _proposed(context, blank, catalog, entry, line)
    if not known(catalog, learned.means):
        # Only a sentence that cannot be a question is told so.
        if learned.sure:
            line = Line().say("I find no place in this data for ").name(f"“{learned.means}”").say(", so keeping it would change nothing.")
            reason = line.text
            return replace(said(blank, line, catalog), answered=False, state="refused", reason=reason, sentence="", sentence_parts=())
        return None
    entry = kept.lesson("synonym", learned.phrase, {"means": learned.means}, catalog.source)
    line = Line().say("I can keep that ").name(f"“{learned.phrase}”").say(" means ").name(learned.means).say(". ")
    return _proposed(context, blank, catalog, entry, line)


def _answer(context: Context, blank: Answer, catalog: Catalog, follows: Answer | None) -> Answer:
    """An answer to be kept as a verified query."""
    if follows is None or not follows.sql or not follows.answered:
        line = Line().say("There is no earlier answer to keep. Ask first, then say “remember this”.")
        return replace(said(blank, line, catalog), answered=False, state="refused", reason=line.text, sentence="", sentence_parts=())
    edited = follows.reading is not None and follows.reading.before is not None
    text = follows.restated if edited and follows.restated else follows.question
    value = {"question": text, "sql": follows.sql, "on": follows.source}
    entry = memory.of(context).lesson("verified", text, value, follows.source)
    line = Line().say("I can keep the SQL behind ").name(f"“{text}”").say(" as a verified query. ")
    return _proposed(context, blank, catalog, entry, line)


def _proposed(context: Context, blank: Answer, catalog: Catalog, entry: Entry, line: Line) -> Answer:
    number = memory.of(context).propose(entry)
    line.say("Nothing is kept yet; to keep it, run ").name(cell(number)).say(" or ").name(call(number)).say(".")
    return replace(said(blank, line, catalog), confidence=1.0, suggestions=(), followups=())


def cell(number: int) -> str:
    """The cell that confirms a proposal."""
    return f"%aiser memory keep {number}"


def call(number: int) -> str:
    """The call that confirms a proposal."""
    return f"ws.memory.keep({number})"


def known(catalog: Catalog, words: str) -> bool:
    """Whether every word of a meaning has a place in the data."""
    from datetime import date

    from aiser_jupyter.ask import question as tokens
    from aiser_jupyter.ask.engine import schema_of
    from aiser_jupyter.ask.grammar import frame as frames
    from aiser_jupyter.ask.link import Linked

    linked = Linked(tokens.read(words), schema_of(catalog))
    frame = frames.read(linked, date(2000, 1, 1))
    found = frame.nouns or frame.values or frame.periods or frame.grain
    return bool(found) and not frames.unused(linked, frame)


def of_correction(context: Context, earlier: Reading, reading: Reading, source: str) -> tuple[str, ...]:
    """What a correction offers to keep: that the words which were taken otherwise mean what was said they mean."""
    if not reading.correction or not memory.enabled() or earlier.plan is None or reading.plan is None:
        return ()
    left = [e for e in earlier.plan.group if isinstance(e, ColumnRef) and e not in reading.plan.group]
    heads = {stem for e in left for stem in stems(e.column)}
    words = next((t.words for t in earlier.trace if set(stems(t.words)) & heads), "")
    if not words or words.casefold() == reading.correction.casefold():
        return ()
    return (offer(context, words, reading.correction, source),)


def offer(context: Context, words: str, means: str, source: str) -> str:
    """What an answer says of a word that it took in another meaning, and how to keep that."""
    number = memory.of(context).propose(memory.of(context).lesson("synonym", words, {"means": means}, source))
    return f"“{words}” is meant as {means} here; {OFFER} {cell(number)}, or {call(number)}"
