"""What a semantic model says of the data, as lines of a prompt: metrics, dimensions, notes, questions that were checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.llm.written import name, text
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.ask.llm.mask import Values

METRICS, EXAMPLES = 12, 3


@dataclass(frozen=True)
class Meaning:
    """``metrics`` and ``examples`` are lines, most relevant first; ``notes`` describe tables and columns by ``table`` or ``table.column``."""

    metrics: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def of(semantic: Any, question: str, values: Values, dialect: str) -> Meaning:
    """What ``semantic`` (a model with ``metrics``, ``dimensions`` and ``verified_queries``, or None) says that the question may need."""
    if semantic is None:
        return Meaning()
    asked = {stem(word) for word in split(question.replace(" ", "_"))}
    metrics = [*_all(semantic, "metrics"), *_all(semantic, "dimensions")]
    checked = [*_all(semantic, "verified_queries", "verified")]
    return Meaning(
        tuple(_metric(one) for one in _best(metrics, asked, METRICS)),
        tuple(line for one in _best(checked, asked, EXAMPLES) if (line := _example(one, values, dialect))),
        {place: note for one in _all(semantic, "tables", "columns") for place, note in [_note(one)] if place and note},
    )


def _all(semantic: Any, *names: str) -> list[Any]:
    found: list[Any] = []
    for each in names:
        held = getattr(semantic, each, None) or ()
        found += list(held.values()) if isinstance(held, dict) else list(held)
    return found


def _best(things: Iterable[Any], asked: set[str], most: int) -> list[Any]:
    """Those that share most words with the question, in the order given where equal; of those that share none only a few."""

    def shared(thing: Any) -> int:
        said = " ".join([_part(thing, "question"), _part(thing, "name"), _part(thing, "description"), *_synonyms(thing)])
        return len(asked & {stem(word) for word in split(said.replace(" ", "_"))})

    scored = [(shared(thing), thing) for thing in things]
    return [thing for score, thing in sorted(scored, key=lambda pair: -pair[0]) if score or len(scored) <= most][:most]


def _metric(one: Any) -> str:
    words = _part(one, "description")
    also = ", ".join(text(word, 40) for word in _synonyms(one)[:6])
    is_ = _part(one, "sql") or _part(one, "expression") or _part(one, "column")
    parts = [
        name(_part(one, "name")),
        f"is {text(is_, 300)}" if is_ else "",
        f"of {name(_part(one, 'table'))}" if _part(one, "table") else "",
    ]
    return " ".join(part for part in [*parts, f"also called {also}" if also else "", f"note {text(words)}" if words else ""] if part)


def _example(one: Any, values: Values, dialect: str) -> str:
    question, sql = _part(one, "question"), values.sql(_part(one, "sql"), dialect)
    return f"{text(question, 300)}: {text(sql, 1500)}" if question and sql else ""


def _note(one: Any) -> tuple[str, str]:
    table, own = _part(one, "table"), _part(one, "column") or _part(one, "name")
    return (f"{table}.{own}" if table else own), _part(one, "description")


def _part(thing: Any, part: str) -> str:
    value = getattr(thing, part, "")
    return value if isinstance(value, str) else ""


def _synonyms(thing: Any) -> list[str]:
    held = getattr(thing, "synonyms", ()) or ()
    return [word for word in held if isinstance(word, str)]
