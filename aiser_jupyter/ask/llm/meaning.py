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
    """What ``semantic`` (metrics, dimensions, filters, tables with columns, and queries that people found right; or None) says that the question may need.

    What a column's values are called is left out: it names cells.
    """
    if not semantic:
        return Meaning()
    asked = {stem(word) for word in split(question.replace(" ", "_"))}
    metrics = [*_all(semantic, "metrics"), *_all(semantic, "dimensions"), *_all(semantic, "filters")]
    checked = _all(semantic, "queries")
    return Meaning(
        tuple(_metric(one) for one in _best(metrics, asked, METRICS)),
        tuple(line for one in _best(checked, asked, EXAMPLES) if (line := _example(one, values, dialect))),
        _notes(_all(semantic, "tables")),
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
    is_ = _part(one, "sql") or _part(one, "formula") or _part(one, "column")
    parts = [
        name(_part(one, "name")),
        f"is {text(is_, 300)}" if is_ else "",
        f"of {name(_part(one, 'table'))}" if _part(one, "table") else "",
    ]
    return " ".join(part for part in [*parts, f"also called {also}" if also else "", f"note {text(words)}" if words else ""] if part)


def _example(one: Any, values: Values, dialect: str) -> str:
    question, sql = _part(one, "question"), values.sql(_part(one, "sql"), dialect)
    return f"{text(question, 300)}: {text(sql, 1500)}" if question and sql else ""


def _notes(tables: Iterable[Any]) -> dict[str, str]:
    """What is said of tables, by name, and of their columns, by ``table.column``: other names first, then the description."""
    found: dict[str, str] = {}
    for table in tables:
        own = _part(table, "name")
        found[own] = _said(table)
        found |= {f"{own}.{_part(column, 'name')}": _said(column) for column in _all(table, "columns")}
    return {place: note for place, note in found.items() if note}


def _said(thing: Any) -> str:
    also = ", ".join(_synonyms(thing)[:6])
    return "; ".join(part for part in (f"also called {also}" if also else "", _part(thing, "description")) if part)


def _part(thing: Any, part: str) -> str:
    value = getattr(thing, part, "")
    return value if isinstance(value, str) else ""


def _synonyms(thing: Any) -> list[str]:
    held = getattr(thing, "synonyms", ()) or ()
    return [word for word in held if isinstance(word, str)]
