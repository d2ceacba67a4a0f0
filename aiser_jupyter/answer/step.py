"""The reasoning record: what was done, of what kind of reasoning it is, what it rests on, and how sure that makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.discover.finding import Finding

# Peirce's three ways of inference (Collected Papers 2.623), and analogy; plain is for what only prepares them.
StepKind = Literal["plain", "deductive", "inductive", "abductive", "analogical"]
Ground = Literal["", "sql", "finding", "trace", "verified"]

LEAD: dict[StepKind, str] = {
    "plain": "done",
    "deductive": "computed from rows",
    "inductive": "a tested pattern",
    "abductive": "a likely explanation",
    "analogical": "a verified query reused",
}


@dataclass(frozen=True)
class Step:
    """Something that was done, in the past tense.

    ``elapsed_ms`` is None where it was not timed. ``evidence`` is what the step rests on and ``ground`` what that is: SQL that yields it, the title
    of a finding, words traced to fragments, or the name of a verified query. ``confidence`` (0 to 1) is None where there is nothing to be sure of.
    ``inputs`` are the places, in the record, of the steps it builds on.
    """

    text: str
    elapsed_ms: float | None = None
    kind: StepKind = "plain"
    evidence: str = ""
    ground: Ground = ""
    confidence: float | None = None
    inputs: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def what(self) -> str:
        """The kind of reasoning in words."""
        return LEAD[self.kind]

    def as_json(self) -> dict[str, object]:
        """The step as plain JSON; fields without a value are left out."""
        found = {
            "text": self.text,
            "kind": self.kind,
            "evidence": self.evidence,
            "ground": self.ground,
            "confidence": self.confidence,
            "elapsed_ms": self.elapsed_ms,
            "inputs": list(self.inputs),
        }
        return {name: value for name, value in found.items() if value not in ("", None, [])}


def done(text: str, elapsed_ms: float | None = None, *, inputs: tuple[int, ...] = ()) -> Step:
    """A step that prepares others: reading, running, asking someone."""
    return Step(text, elapsed_ms, inputs=inputs)


def matched(text: str, fragments: str, confidence: float | None, elapsed_ms: float | None = None, *, inputs: tuple[int, ...] = ()) -> Step:
    """Words of the question taken for parts of the data: ``fragments`` says which, ``confidence`` is the reading's own, calibrated."""
    return Step(text, elapsed_ms, "plain", fragments, "trace", confidence, inputs)


def deduced(text: str, sql: str, elapsed_ms: float | None = None, *, confidence: float | None = 1.0, inputs: tuple[int, ...] = ()) -> Step:
    """A step computed from rows by ``sql``: certain, given what it builds on."""
    return Step(text, elapsed_ms, "deductive", sql, "sql", confidence, inputs)


def tested(finding: Finding, elapsed_ms: float | None = None, *, text: str = "", inputs: tuple[int, ...] = ()) -> Step:  # noqa: PT028  # no test: a tested pattern
    """A pattern that passed its test: of the findings kept at this q-value at most that share is false (Benjamini and Hochberg 1995)."""
    return Step(text or finding.statement, elapsed_ms, "inductive", finding.title, "finding", 1.0 - finding.q_value, inputs)


def explained_by(text: str, sql: str, confidence: float, elapsed_ms: float | None = None, *, inputs: tuple[int, ...] = ()) -> Step:
    """An explanation: ``sql`` yields the part that a driver has in a change; ``confidence`` is that of its being the driver."""
    return Step(text, elapsed_ms, "abductive", sql, "sql", confidence, inputs)


def reused(text: str, name: str, confidence: float, elapsed_ms: float | None = None, *, inputs: tuple[int, ...] = ()) -> Step:
    """A verified query that was taken over because the question is like its own; ``confidence`` is that of the likeness."""
    return Step(text, elapsed_ms, "analogical", name, "verified", confidence, inputs)


def then(record: tuple[Step, ...], *steps: Step) -> tuple[Step, ...]:
    """``record`` with ``steps`` after it; one without ``inputs`` builds on the one before it."""
    found = list(record)
    for step in steps:
        found.append(step if step.inputs or not found else replace(step, inputs=(len(found) - 1,)))
    return tuple(found)


def surest(record: tuple[Step, ...], place: int) -> float | None:
    """How sure the step at ``place`` is with all it builds on: the least confidence on the way; None where none has one."""
    waiting, seen, found = [place], set[int](), list[float]()
    while waiting:
        here = waiting.pop()
        if here in seen or not 0 <= here < len(record):
            continue
        seen.add(here)
        found += [c] if (c := record[here].confidence) is not None else []
        waiting += record[here].inputs
    return min(found, default=None)
