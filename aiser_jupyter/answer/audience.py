"""One answer for three kinds of readers: an executive gets the sentence, rounded; an engineer also what ran, where and how long."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from aiser_jupyter.errors import QueryError, RefusedError, UsageError
from aiser_jupyter.format.number import CURRENCIES, MINUS, decimal, plain, significant

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer, Part
    from aiser_jupyter.context import Context
    from aiser_jupyter.facts import Fact

DIGITS = 3
THOUSAND = 1000
# Looking at the plan may take as long as this.
PLAN_S = 2.0


def to(answer: Answer, context: Context) -> Answer:
    """``answer`` for the audience of the settings."""
    audience = context.settings.audience
    if audience == "executive" and answer.answered:
        return brief(replace(answer, audience=audience))
    if audience == "engineer" and answer.result is not None:
        return replace(answer, audience=audience, plan=plan_of(answer, context))
    return replace(answer, audience=audience)


def brief(answer: Answer) -> Answer:
    """``answer`` with the numbers of its sentence at three digits."""
    facts = {f.id: f for f in answer.facts}
    parts = tuple(short(p, facts.get(p.fact)) if p.fact else p for p in answer.sentence_parts)
    return replace(answer, sentence_parts=parts, sentence="".join(p.text for p in parts) if parts else answer.sentence)


def short(part: Part, fact: Fact | None) -> Part:
    """A number of a thousand or more in thousands, as those from ten thousand on are anyway: ``1.30k`` for 1,297."""
    value = fact.value if fact is not None else None
    if (
        fact is None
        or isinstance(value, bool)
        or not isinstance(value, int | float)
        or part.text != fact.text
        or not at_thousands(value, fact.unit)
    ):
        return part
    size = abs(decimal(value))
    rounded = significant(size, DIGITS).scaleb(-3)
    digits = plain(rounded.quantize(Decimal("0.01"), ROUND_HALF_UP), size.scaleb(-3))
    money = fact.unit if fact.unit in CURRENCIES else ""
    after = f" {fact.unit}" if fact.unit and not money else ""
    return replace(part, text=f"{MINUS if value < 0 else ''}{money}{digits}k{after}")


def at_thousands(value: float, unit: str) -> bool:
    """Whether a number is between a thousand, from where it is long, and ten thousand, from where it is short already; a year is none."""
    return unit not in {"%", "pp", "share"} and THOUSAND <= abs(value) < 10 * THOUSAND - 5


def plan_of(answer: Answer, context: Context) -> str:
    """The engine's plan of the answer's query as text; empty where the engine tells none."""
    from aiser_jupyter.query import explain, run

    try:
        asked = explain.asked(answer.sql or "", answer.dialect, ran=False)
        rows = run(context, asked, on=answer.source, origin="ask", timeout=PLAN_S).rows()
    except (UsageError, QueryError, RefusedError):
        return ""
    return explain.read(rows, answer.dialect).text()
