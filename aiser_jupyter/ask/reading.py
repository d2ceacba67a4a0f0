"""What the engine made of a question: the query it stands for, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.ask.llm.usage import Usage
    from aiser_jupyter.ask.plan import Plan


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same question; ``restated`` and ``said``, its answer in one sentence, are filled by who shows it."""

    sql: str
    confidence: float
    restated: str = ""
    said: str = ""
    plan: Plan | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Trace:
    """The words of the question behind one fragment of the query."""

    words: str
    fragment: str


@dataclass(frozen=True)
class Reading:
    """A question read against one source.

    ``sql`` is in the source's own dialect with literals inlined, empty where ``answered`` is False. ``confidence`` is the calibrated
    probability (0–1) that the query means what was asked. ``reason`` says why the question was refused, and what is doubted about the likeliest query, ``missing``
    are the words that have no place in the data, ``suggestions`` are questions that can be answered instead. ``before`` is the reading that
    a follow-up edited, and ``correction`` what it said it had meant. ``verified`` is the question of the
    verified query that was used, ``units`` pairs columns of the result with the unit that the semantic model gives them.
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
    before: Reading | None = field(default=None, repr=False, compare=False)
    correction: str = ""
    verified: str = ""
    units: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
