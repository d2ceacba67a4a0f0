"""What memory changes in a reading: taught words before it, a verified query of the same question after it; both are said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter import memory
from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.reading import Reading
from aiser_jupyter.memory.hear import Heard

if TYPE_CHECKING:
    from aiser_jupyter.context import Context

# A query that its user confirmed for this very question.
CONFIRMED = 0.98


def hear(context: Context, question: str, on: str) -> Heard:
    """The question with the taught words of the connection in place."""
    kept = memory.of(context)
    heard, why = kept.quietly(lambda: kept.hear(question, on), Heard(question))
    return replace(heard, notes=(why,)) if why else heard


def worded(context: Context, question: str, heard: Heard, reading: Reading) -> Reading:
    """The reading as one of the question that was asked, with what was taught said."""
    if not heard.notes:
        return reading
    kept = memory.of(context)
    kept.quietly(lambda: kept.note_used(heard.used), None)
    return replace(reading, question=question, assumptions=tuple(dict.fromkeys((*heard.notes, *reading.assumptions))))


def told(context: Context, question: str, heard: Heard, reading: Reading, on: str) -> Reading:
    """The reading, or in its place the verified query of the same question."""
    reading = worded(context, question, heard, reading)
    if reading.before is not None:
        return reading
    record = confirmed(context, question, on)
    if record is None:
        return reading
    if reading.sql == record["sql"]:
        return replace(reading, confidence=max(reading.confidence, CONFIRMED), assumptions=(record["note"], *reading.assumptions))
    return Reading(question, answered=True, sql=record["sql"], confidence=CONFIRMED, assumptions=(record["note"],))


def confirmed(context: Context, question: str, on: str) -> dict[str, str] | None:
    """The verified query that memory keeps for this question, None where there is none."""
    kept, asked = memory.of(context), _words(question)
    return next((record for record in kept.quietly(lambda: kept.verified(on), [])[0] if _words(record["question"]) == asked), None)


def _words(question: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens.read(question).tokens if token.kind != "mark")
