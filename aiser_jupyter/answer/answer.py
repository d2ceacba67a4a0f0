"""A reply to a question: the sentence, the table behind it, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.answer.step import Step
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.answer.checks.checked import Checked
    from aiser_jupyter.answer.exhibit import Exhibit
    from aiser_jupyter.answer.intent import Intent
    from aiser_jupyter.ask.reading import Alternative, Reading, Trace
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.settings import Audience
    from aiser_jupyter.spec import ChartSpec

__all__ = ["Answer", "Part", "State", "Step"]

State = Literal["answered", "refused", "ambiguous", "error"]


@dataclass(frozen=True)
class Part:
    """A run of a sentence: its text, the fact it states if any, and whether it stands out."""

    text: str
    fact: str | None = None
    strong: bool = False


def no_choice(number: int) -> Answer:
    """What choosing a reading does where none is offered."""
    raise UsageError(f"There is no reading {number}: this answer has no others.")


@dataclass(frozen=True)
class Answer:
    """A reply with everything needed to check it.

    ``restated`` is made from ``sql`` alone. ``sentence_parts`` joined are ``sentence``; every number in it, and in the ``explanation`` of a model, is one of ``facts``. ``trace`` pairs words
    of the question with what they became. ``confidence`` (0 to 1) is calibrated: of the answers at 0.8, eight in ten are right. A reply that is
    not ``answered`` says why in ``reason``, what is ``missing``, and which ``suggestions`` can be answered now. ``choose(2)`` is the answer that the
    second of ``alternatives`` gives; ``checks`` say what was looked for in the rows, ``steps`` how it all came about. ``audience`` is
    whom it is worded for, ``plan`` the engine's plan where that is an engineer. ``remember`` keeps a reading that was chosen, where there is a memory.
    ``exhibits`` are the parts an assistant adds: charts, figures, findings, remarks on a statement.
    """

    question: str
    answered: bool
    intent: Intent
    restated: str = ""
    sentence: str = ""
    sentence_parts: tuple[Part, ...] = ()
    explanation: str = ""
    sql: str | None = None
    dialect: str = ""
    source: str = ""
    result: Result | None = None
    column_sql: Mapping[str, str] = field(default_factory=dict)
    chart: ChartSpec | None = None
    confidence: float = 0.0
    assumptions: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    trace: tuple[Trace, ...] = ()
    facts: tuple[Fact, ...] = ()
    steps: tuple[Step, ...] = ()
    checks: tuple[Checked, ...] = ()
    reason: str = ""
    missing: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    followups: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    engine: str = "offline"
    elapsed_ms: float = 0.0
    state: State = "answered"
    audience: Audience = "analyst"
    plan: str = ""
    reading: Reading | None = field(default=None, repr=False, compare=False)
    choose: Callable[[int], Answer] = field(default=no_choice, repr=False, compare=False)
    remember: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, object]:
        """The reply as ``aiser ask --json`` prints it: plain JSON values only, rows as lists in the order of ``columns``."""
        from aiser_jupyter.answer.plain import as_json

        return as_json(self)

    def __repr__(self) -> str:
        from aiser_jupyter.answer.text import text

        return text(self)

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, str]:
        from aiser_jupyter.answer.text import still, text

        return {"text/plain": text(self), "text/html": still(self)}
