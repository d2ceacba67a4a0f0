"""What the engine made of a question: the query it stands for, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.ask.llm.usage import Usage
    from aiser_jupyter.ask.plan import Plan


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same question; ``restated`` is filled by who shows it."""

    sql: str
    confidence: float
    restated: str = ""


@dataclass(frozen=True)
class Trace:
    """The words of the question behind one fragment of the query."""

    words: str
    fragment: str


@dataclass(frozen=True)
class Reading:
    """A question read against one source.

    ``sql`` is in the source's own dialect with literals inlined, empty where ``answered`` is False. ``confidence`` is the calibrated
    probability (0–1) that the query means what was asked. ``reason`` says in one sentence why the question was refused, ``missing``
    are the words that have no place in the data, ``suggestions`` are questions that can be answered instead.
    ``engine`` is whose reading it is, ``usage`` what a model took where one was asked, ``notes`` say what became of it.
    """

    question: str
    answered: bool
    sql: str = ""
    plan: Plan | None = None
    confidence: float = 0.0
    assumptions: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""
    missing: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    trace: tuple[Trace, ...] = ()
    engine: str = "offline"
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
