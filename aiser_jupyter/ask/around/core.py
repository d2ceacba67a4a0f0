"""The core of a question, read alone: by the reader, else by the grammar where no word is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.grammar import measures, relations
from aiser_jupyter.ask.grammar.forms import Forms
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.reader.read import Read, read
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema

TOTAL = re.compile(r"\b(?:total|sum)\b", re.IGNORECASE)
COUNTED = re.compile(r"\b(?:numbers?|counts?|how many)\b", re.IGNORECASE)
LEAST = 0.6  # what a core must be sure of
COMPOSED = 0.8  # how sure the grammar is of a core that it has a place for each word of
WHOLE = 0.97  # how well the words must fit: a thing that a flat file only numbers fits less than its table
TURNED = 0.95  # what turning a plan costs


@dataclass(frozen=True)
class Asked:
    """A question with the day that relative periods count from, and how many times a core was cut out of it."""

    linked: Linked
    today: date
    depth: int = 0

    @property
    def text(self) -> str:
        """The question as it is read."""
        return self.linked.question.text

    @property
    def schema(self) -> Schema:
        """The data it is about."""
        return self.linked.schema

    def part(self, text: str) -> Asked:
        """Other words, on the same data."""
        return Asked(Linked(tokens.read(" ".join(text.split())), self.schema, self.linked.lexicon), self.today, self.depth + 1)


def core(asked: Asked) -> Read | None:
    """The likeliest plan that has a place for each word; None where there is none."""
    found = read(asked.linked, asked.today)
    if found and found[0].confidence >= LEAST:
        return found[0] if not _uncounted(asked, found[0].plan) else None
    made = _composed(asked)
    if made is not None and _uncounted(asked, made.plan):
        return None
    if made is not None and found and found[0].sql == made.sql:
        return replace(found[0], confidence=max(found[0].confidence, COMPOSED))
    return made


def _uncounted(asked: Asked, plan: Plan) -> bool:
    """Whether rows are counted where the total of them may as well be their amounts: the total of the paid invoices."""
    counted = any(item.aggregate == "count" for item in plan.select)
    if not counted or not TOTAL.search(asked.text) or COUNTED.search(asked.text):
        return False
    tables = {leaf.table for item in plan.select if item.aggregate for leaf in leaves(item.expression)}
    views = (asked.schema.columns[i] for name in tables if name in asked.schema.table_index for i in asked.schema.table(name).columns)
    return any(measures.amount(view) for view in views)


def _composed(asked: Asked) -> Read | None:
    frame = frames.read(asked.linked, asked.today)
    composer = Forms(asked.linked, frame)
    try:
        plan = composer.plan()
        sql = render.sql(plan, asked.schema.graph)
    except (NoPlanError, render.NoJoinError):
        return None
    related = relations.words(asked.linked, plan)
    left = [
        word
        for word in frames.unused(asked.linked, replace(frame, used=frame.used | composer.frame.used))
        if word.lower() not in composer.explained | related and not any(kin(stem(word), known) for known in composer.explained)
    ]
    if left or composer.fit < WHOLE:
        return None
    return Read(plan, sql, COMPOSED, "composed", COMPOSED, tuple(dict.fromkeys(composer.assumptions)), ())


def turned(asked: Asked, base: Read, plan: Plan, kind: str, notes: tuple[str, ...] = ()) -> Read | None:
    """The core with another plan; None where its tables hang together in no way."""
    try:
        sql = render.sql(plan, asked.schema.graph)
    except render.NoJoinError:
        return None
    return replace(
        base,
        plan=plan,
        sql=sql,
        confidence=round(base.confidence * TURNED, 4),
        kind=kind,
        notes=tuple(dict.fromkeys((*base.notes, *notes))),
    )
