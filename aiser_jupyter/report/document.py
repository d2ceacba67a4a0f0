"""A document as data: sections of blocks, the facts that its numbers are, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.errors import NotYetError, ReportError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiser_jupyter.facts import Fact
    from aiser_jupyter.policy.mark import Mark
    from aiser_jupyter.report.blocks import Block

SectionKind = Literal[
    "executive_summary", "key_findings", "data_insights", "recommendations", "risk_assessment", "next_steps", "business_impact",
    "confidence", "appendix",
]  # fmt: skip
Level = Literal["High", "Medium", "Low", "None"]
LATER = {".pptx": "PowerPoint", ".xlsx": "Excel", ".docx": "Word"}


@dataclass(frozen=True)
class Section:
    """A headed part. ``label`` is its name in the contents; ``slides`` holds False where a deck leaves it out."""

    kind: SectionKind
    title: str
    blocks: tuple[Block, ...] = ()
    label: str = ""
    slides: bool = True


@dataclass(frozen=True)
class Confidence:
    """How far to trust the whole: the level of its weakest answer, the score it comes from (0 to 1, None without answers), and why."""

    level: Level = "None"
    score: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A report. ``title`` is its headline, ``intent`` the field of business it is of.

    ``metadata`` holds words for its head and foot: ``name``, ``organisation``, ``period``, ``as_of``, ``owner``, ``run``, ``notebook``, ``source``
    and ``parameters``. ``marks`` say of which governed connections it holds rows, and what the policy says of them.
    """

    title: str
    intent: str = "none"
    sections: tuple[Section, ...] = ()
    facts: tuple[Fact, ...] = ()
    confidence: Confidence = field(default_factory=Confidence)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()

    def fact(self, id: str) -> Fact:  # noqa: A002  # the name the contract gives the field
        """Give the fact of that id; raises :class:`ReportError` where a text refers to one that is not there."""
        found = next((fact for fact in self.facts if fact.id == id), None)
        if found is None:
            raise ReportError(
                f"The text refers to a fact {id!r} that the document does not have.", hint="Add the fact, or take the reference out."
            )
        return found

    def save(self, path: str | Path) -> Path:
        """Write the document as its name ends: ``.html``, ``.deck.html``, ``.md``, ``.ipynb`` or, where Chromium is installed, ``.pdf``.

        The file is there whole or not at all. Raises :class:`ReportError` for a number that no fact states, :class:`NotYetError` for a format
        that is not there yet, :class:`UsageError` for any other ending, :class:`RefusedError` where the policy does not let governed rows be written so.
        """
        from aiser_jupyter.report.leaving import may_write
        from aiser_jupyter.report.publish import write

        target = Path(path)
        may_write(self.marks, [target.name])
        write(target, content(self, target.name))
        return target

    def may_be_sent(self, addresses: Sequence[str]) -> None:
        """Raise :class:`RefusedError` where the policy does not let the governed rows in it be sent to all of ``addresses``."""
        from aiser_jupyter.report.leaving import may_send

        may_send(self.marks, addresses)


def content(document: Document, name: str) -> bytes:
    """The document's bytes in the format that ``name`` ends with."""
    lower = name.lower()
    if lower.endswith(".deck.html"):
        from aiser_jupyter.report.deck import render
    elif lower.endswith((".html", ".htm")):
        from aiser_jupyter.report.html import render
    elif lower.endswith(".md"):
        from aiser_jupyter.report.markdown import render
    elif lower.endswith(".ipynb"):
        from aiser_jupyter.report.notebook import render
    elif lower.endswith(".pdf"):
        from aiser_jupyter.report.pdf import render
    else:
        ending = Path(lower).suffix
        if ending in LATER:
            raise NotYetError(f"{LATER[ending]} reports are not there yet.", hint="Formats now: .html, .deck.html, .pdf, .md, .ipynb.")
        raise UsageError(f"There is no report format {ending or name!r}.", hint="Formats: .html, .deck.html, .pdf, .md, .ipynb.")
    return render(document)
