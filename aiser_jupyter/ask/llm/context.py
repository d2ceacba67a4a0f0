"""What a model is told: the part of the schema that matters, values only where they may be sent, and the offline readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as words
from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.llm import meaning, plan_json, prompts, relevance, written
from aiser_jupyter.ask.llm.call import Message, Request
from aiser_jupyter.ask.llm.mask import Values
from aiser_jupyter.ask.llm.reply import SCHEMA
from aiser_jupyter.ask.restate import restate

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.learned.model import Model
    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.ask.schema import Schema

CANDIDATES, MENTIONS, PLACES = 3, 8, 3
LONGEST_QUESTION = 2000
TABLES = 0.5  # of the budget at least is for tables


@dataclass(frozen=True)
class Told:
    """The first request, the values it hides or shows, and a sentence on what had no place in it."""

    request: Request
    values: Values
    left_out: str


def tell(
    schema: Schema,
    question: str,
    offline: Reading,
    model: Model,
    *,
    today: date,
    budget: int,
    values: bool,
    follows: Reading | None = None,
) -> Told:
    """The request that asks for a reading of ``question``, in about ``budget`` tokens.

    With ``values`` the stored values that the question was linked to are sent as they are; without, marks stand for them, and no literal of
    the offline readings is sent that the question does not hold itself.
    """
    question = question[:LONGEST_QUESTION]
    linked = Linked(words.read(question), schema, model.lexicon)
    held, dialect = Values(values, question), schema.catalog.dialect
    meant = meaning.of(getattr(schema, "model", None), question, held, dialect)
    parts: dict[str, list[str]] = {
        "values": _mentioned(linked, held),
        "candidates": _candidates(schema, offline, held),
        "before": _before(schema, follows, held),
        "examples": list(meant.examples),
        "meanings": list(meant.metrics),
    }
    fixed = {"dialect": dialect, "today": today.isoformat()}
    bare = prompts.fill("read", **fixed, tables=[], left_out="", values=[], candidates=[], before=[], examples=[], meanings=[])
    room = budget - written.tokens(bare.text) - written.tokens(question)
    dropped = _fit(parts, int(room * (1 - TABLES)))
    room -= sum(written.tokens(line) + 1 for lines in parts.values() for line in lines)
    lines, left = written.tables(schema, relevance.rank(linked, offline), meant.notes, room)
    left_out = "; ".join(part for part in (left, *dropped) if part)
    prompt = prompts.fill("read", **fixed, tables=lines, left_out=left_out, **parts)
    return Told(Request(prompt.version, (Message("system", prompt.text), Message("user", question)), SCHEMA), held, left_out)


def _fit(parts: dict[str, list[str]], room: int) -> list[str]:
    """Take lines from the ends of the longest lists until they fit ``room`` tokens; what was taken, in words."""
    taken: dict[str, int] = {}
    while sum(written.tokens(line) + 1 for lines in parts.values() for line in lines) > max(room, 0):
        longest = max(parts, key=lambda part: sum(map(len, parts[part])))
        if not parts[longest]:
            break
        parts[longest].pop()
        taken[longest] = taken.get(longest, 0) + 1
    said = {"values": "linked values", "candidates": "offline readings", "before": "parts of the question before"}
    return [f"{count} {said.get(part, part)} are left out" for part, count in taken.items()]


def _mentioned(linked: Linked, held: Values) -> list[str]:
    """The words of the question that are stored values, with their columns."""
    lines = []
    for mention in [m for m in linked.mentions if m.stored][:MENTIONS]:
        tokens = linked.question.tokens
        said = linked.question.text[tokens[mention.start].start : tokens[mention.end - 1].end]
        for ref, stored in mention.stored[:PLACES]:
            lines.append(
                f"{written.text(said)} is {written.text(held.mark(stored))} in {written.name(ref.table)}.{written.name(ref.column)}"
            )
    return lines


def _candidates(schema: Schema, offline: Reading, held: Values) -> list[str]:
    """The offline readings, best first: in English, as SQL and, for the best, as a plan."""
    catalog = schema.catalog
    lines = []
    first = (offline.sql,) if offline.sql else ()
    for sql in [*first, *(other.sql for other in offline.alternatives)][:CANDIDATES]:
        shown = held.sql(sql, catalog.dialect)
        if shown:
            lines.append(f"{written.text(restate(shown, catalog.dialect, catalog), 400)} as {written.text(shown, 1500)}")
    if offline.plan is not None and lines and plan_json.sayable(offline.plan):
        lines.append(f"the first of them as a plan: {written.plain(form.dump(held.plan(offline.plan)))}")
    return lines


def _before(schema: Schema, follows: Reading | None, held: Values) -> list[str]:
    if follows is None or not follows.sql:
        return []
    return [f"{written.text(follows.question, 400)} was read as {written.text(held.sql(follows.sql, schema.catalog.dialect), 1500)}"]
