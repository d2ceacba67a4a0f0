"""An executed notebook laid out as a document.

Markdown gives the words: ``#`` the report's name, each ``##`` a section. Outputs of ours give figures. Tags of a cell steer it: ``headline`` (its
sentence, or its first tiles, are the report's title), ``kpi`` (tiles), ``summary`` (its sentence also opens the report), ``decision`` (the block apart), ``hide``,
``appendix``, ``noslide``, or a section's kind such as ``recommendations``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from aiser_jupyter.policy import mark
from aiser_jupyter.report import figures, foreign, leaving, provenance, refs, tiles
from aiser_jupyter.report.blocks import Block, Bullets, Callout, Kpis, Levels, Prose
from aiser_jupyter.report.document import Confidence, Document, Section, SectionKind
from aiser_jupyter.report.ledger import Ledger, moment
from aiser_jupyter.report.payload import MIME, Payload, from_json
from aiser_jupyter.report.tables import escape_refs

if TYPE_CHECKING:
    from nbformat import NotebookNode

# A # in a block of code is a comment of that code.
HEADING = re.compile(r"^(?:```|~~~)[\s\S]*?^(?:```|~~~)|^(#{1,2})[ \t]+(\S[^\n]*?)[ \t]*#*[ \t]*$", re.MULTILINE)
KINDS: tuple[str, ...] = get_args(SectionKind)
SKIPPED = frozenset({"hide", "parameters", "injected-parameters"})
NOTHING = "Nothing here passed its test under the false-discovery control of the scan."
MAX_BULLETS, MAX_FINDINGS, MAX_ACTIONS = 3, 6, 3


@dataclass
class Draft:
    """A document while its cells are read."""

    ledger: Ledger = field(default_factory=Ledger)
    name: str = ""
    headline: str = ""
    summary: list[Block] = field(default_factory=list)
    bullets: list[str] = field(default_factory=list)
    decision: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    appendix: list[Block] = field(default_factory=list)
    answers: list[tuple[str, str, str, float]] = field(default_factory=list)
    refused: bool = False
    actions: list[str] = field(default_factory=list)
    as_of: list[str] = field(default_factory=list)

    def add(self, block: Block, tags: set[str]) -> None:
        """Put a block where the notebook has come to."""
        if "appendix" in tags:
            self.appendix.append(block)
        elif self.sections:
            last = self.sections[-1]
            self.sections[-1] = replace(last, blocks=(*last.blocks, block), slides=last.slides and "noslide" not in tags)
        else:
            self.summary.append(block)


def compose(notebook: NotebookNode) -> Document:
    """The document of an executed notebook; raises :class:`ReportError` for outputs it cannot read."""
    draft = Draft()
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        if tags & SKIPPED:
            continue
        if cell.cell_type == "markdown":
            read_markdown(cell.source, tags, draft)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                read_output(output, tags, draft)
    return finish(draft, notebook)


def read_markdown(source: str, tags: set[str], draft: Draft) -> None:
    """Words of the author: headings open sections, the rest is prose."""
    if "decision" in tags:
        first, _, rest = source.strip().partition("\n")
        draft.decision.append(Callout("decision", first.strip("#* "), own(rest.strip(), draft)))
        return
    at = 0
    for match in HEADING.finditer(source):
        if not match[1]:
            continue
        prose(source[at : match.start()], tags, draft)
        at = match.end()
        if match[1] == "#" and not draft.name:
            draft.name = own(match[2], draft)
        else:
            kind = next((tag for tag in KINDS if tag in tags), "data_insights")
            draft.sections.append(Section(kind, own(match[2], draft), label=escape_refs(match[2]), slides="noslide" not in tags))  # pyright: ignore[reportArgumentType] - one of KINDS
    prose(source[at:], tags, draft)


def prose(text: str, tags: set[str], draft: Draft) -> None:
    """A run of the author's paragraphs."""
    if text.strip():
        draft.add(Prose(own(text.strip(), draft), authored=True), tags)


def own(text: str, draft: Draft) -> str:
    """The author's words as text; a number in them that no query yields is noted."""
    draft.ledger.untraced.extend(refs.digits(text))
    return escape_refs(text)


def read_output(output: Any, tags: set[str], draft: Draft) -> None:
    """What a cell left: an object of ours, or anything else a kernel shows."""
    data = output.get("data", {})
    if mark.MIME in data:
        return
    if MIME not in data:
        block = foreign.block(output)
        if block is not None:
            draft.add(block, tags)
        return
    found = from_json(data[MIME])
    if found.as_of:
        draft.as_of.append(found.as_of)
    if found.type == "refusal":
        draft.refused = True
        draft.add(figures.of_refusal(found), tags)
    elif found.type == "findings":
        read_findings(found, tags, draft)
    elif "kpi" in tags and found.type in {"result", "figure"}:
        row = tiles.of_result(found, draft.ledger)
        draft.summary.append(row)
        if "headline" in tags:
            draft.headline = tiles.headline(row)
    elif found.type == "answer":
        read_answer(found, tags, draft)
    else:
        draft.add(figures.of_result(found, draft.ledger), tags)


def read_answer(found: Payload, tags: set[str], draft: Draft) -> None:
    """An answer, as a figure and as its tags say."""
    figure = figures.of_answer(found, draft.ledger)
    draft.answers.append((found.question, figure.level, figure.reason, found.confidence or 0.0))
    if "headline" in tags:
        draft.headline = figure.title
    if "summary" in tags:
        draft.bullets.append(f"{figure.title}.")
    bare = figure.chart is None and figure.table is None
    if not (bare and tags & {"headline", "summary"}):
        draft.add(figure, tags)


def read_findings(found: Payload, tags: set[str], draft: Draft) -> None:
    """Findings as figures, or the plain word that there are none."""
    if draft.sections and draft.sections[-1].kind == "data_insights":
        draft.sections[-1] = replace(draft.sections[-1], kind="key_findings")
    if not found.findings:
        said = found.reason if found.reason and not refs.digits(found.reason) else NOTHING
        draft.add(Callout("nothing", "Nothing stands out", figures.ended(said)), tags)
    rest: list[str] = []
    for i, item in enumerate(found.findings):
        figure = figures.of_finding(item, found, draft.ledger)
        if i < MAX_FINDINGS:
            draft.add(figure, tags)
        else:
            rest.append(f"{figure.title}.")
        advice = figures.traced(item.recommendation, draft.ledger, figure.id) if item.recommendation else ""
        if advice and advice not in draft.actions:
            draft.actions.append(advice)
    if rest:
        draft.add(Prose("### Also found"), tags)
        draft.add(Bullets(tuple(rest)), tags)


def finish(draft: Draft, notebook: NotebookNode) -> Document:
    """The sections in order: summary, the author's own, what to do, how far to trust it, appendix."""
    ledger = draft.ledger
    title = draft.headline or draft.name or "Report"
    confidence = trust(draft)
    bullets = draft.bullets[:MAX_BULLETS]
    tiled = [block for block in draft.summary if isinstance(block, Kpis)]
    other = [block for block in draft.summary if not isinstance(block, Kpis)]
    opening: tuple[Block, ...] = (*tiled, *([Bullets(tuple(bullets))] if bullets else []), *draft.decision, *other)
    sections = [Section("executive_summary", title, opening, label="Summary"), *draft.sections]
    if draft.actions and not any(s.kind == "recommendations" for s in sections):
        sections.append(
            Section("recommendations", "What to look at next", (Bullets(tuple(draft.actions[:MAX_ACTIONS])),), label="Recommendations")
        )
    rows = tuple(
        (refs.quote(figures.ended(question).rstrip("."), figures.stated_in(question)), level, reason)
        for question, level, reason, _ in draft.answers
    )
    reasons = tuple(Prose(reason) for reason in confidence.reasons)
    if rows or reasons:
        sections.append(
            Section("confidence", "How far to trust this report", (*([Levels(rows)] if rows else []), *reasons), label="Confidence")
        )
    if ledger.queries or draft.appendix:
        lead = Prose("Each figure opens the query that made it. Queries run read-only.")
        sections.append(Section("appendix", "Appendix", (*draft.appendix, lead, *ledger.queries.values()), label="Appendix"))
    as_of = max((moment(text) for text in draft.as_of), default=None)
    meta = provenance.metadata(notebook, as_of) | {"name": draft.name or title}
    return Document(title, "none", tuple(sections), tuple(ledger.facts.values()), confidence, meta, leaving.marks_of(notebook))


def trust(draft: Draft) -> Confidence:
    """As sure as the least sure answer; what has no query and what was refused is said."""
    reasons: list[str] = []
    if draft.refused:
        reasons.append("A question has no answer in this data, and says so.")
    if draft.ledger.untraced:
        reasons.append("Numbers set in grey with a mark are the author's own words: no query here yields them.")
    reasons.extend("A sentence was left out, because a number in it has no query." for _ in draft.ledger.left_out[:1])
    if not draft.answers:
        return Confidence(reasons=tuple(reasons))
    score = min(score for *_, score in draft.answers)
    return Confidence(figures.level(score) or "None", score, tuple(reasons))  # pyright: ignore[reportArgumentType] - one of the levels
