"""A document as Markdown: its words, tables and queries; charts by their data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.report import highlight, words
from aiser_jupyter.report.blocks import Bullets, Callout, Figure, Kpis, Levels, Picture, Plain, Prose, Query, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiser_jupyter.report.blocks import Block
    from aiser_jupyter.report.document import Document

SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def render(document: Document) -> bytes:
    """The text's bytes; raises :class:`ReportError` for a number that no fact states."""
    return text(document).encode()


def text(document: Document) -> str:
    """The document from its title to its last query."""
    writer = Writer(document)
    said = document.metadata
    known = [
        f"{name} {said[key]}"
        for name, key in (("Period", "period"), ("Data as of", "as_of"), ("Owner", "owner"), ("Run", "run"))
        if said.get(key)
    ]
    parts = [f"# {writer.line(document.title)}", " · ".join(escaped(word) for word in known)]
    for section in document.sections:
        if section.kind != "executive_summary":
            parts.append(f"## {writer.line(section.title)}")
        parts += [writer.block(block) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(said: str) -> str:
    """Text that Markdown takes as text."""
    return SPECIAL.sub(r"\\\1", said)


class Writer:
    """Blocks as Markdown, with the facts of one document."""

    def __init__(self, document: Document) -> None:
        self.facts = {fact.id: fact for fact in document.facts}

    def line(self, said: str) -> str:
        """One line of text; bold stays."""
        return "**".join(escaped(part) for part in words.filled(said, self.facts).split("**"))

    def block(self, block: Block) -> str:
        """Any block; an empty string for what Markdown has no place for."""
        made: dict[type, Callable[[Any], str]] = {
            Prose: self.prose,
            Bullets: lambda b: "\n".join(f"- {self.checked(item)}" for item in b.items),
            Kpis: self.kpis,
            Table: self.table,
            Figure: self.figure,
            Callout: self.callout,
            Picture: lambda b: f"*{escaped(b.alt)}*",
            Plain: lambda b: f"```\n{b.text.rstrip()}\n```",
            Levels: lambda b: self.rows(("What", "How sure", "Why"), [tuple(self.line(cell) for cell in row) for row in b.rows]),
            Query: lambda b: f"### {self.line(b.title)}\n\n```sql\n{highlight.laid_out(b.sql).strip()}\n```",
        }
        return made[type(block)](block)

    def checked(self, said: str) -> str:
        """A line whose numbers all have their facts."""
        words.check(said, self.facts)
        return self.line(said)

    def prose(self, block: Prose) -> str:
        """Paragraphs as they are."""
        if not block.authored:
            words.check(block.text, self.facts)
        return words.filled(block.text, self.facts)

    def kpis(self, block: Kpis) -> str:
        """Tiles as rows."""
        rows = [
            (
                escaped(k.label),
                self.line(k.value),
                " ".join(filter(None, (self.line(k.delta) + (f", {k.verdict}" if k.verdict else ""), self.line(k.base)))),
            )
            for k in block.items
        ]
        return self.rows(("Figure", "Value", "Change"), rows)

    def table(self, block: Table) -> str:
        """Cells as rows, numbers set right."""
        body = self.rows(
            tuple(escaped(name) for name in block.columns), [tuple(self.line(cell) for cell in row) for row in block.rows], block.numeric
        )
        return f"{body}\n\n{self.line(block.more)}" if block.more else body

    def figure(self, block: Figure) -> str:
        """Title, what is shown, the data, how sure, and where it comes from."""
        parts = [f"### {self.checked(block.title)}", self.line(block.subtitle)]
        parts.append(self.table(block.table) if block.table else "")
        if block.level:
            parts.append(f"**{block.level} confidence.** {self.line(block.reason)}")
        parts += [f"*{note.heading}:* {self.line(note.text)}" for note in block.notes]
        if block.source:
            parts.append(" · ".join(escaped(word) for word in (block.source.tables, f"as of {block.source.as_of}") if word))
        return "\n\n".join(part for part in parts if part)

    def callout(self, block: Callout) -> str:
        """A quoted block."""
        lines = [f"**{escaped(block.label)}**", *(self.line(line) for line in block.text.splitlines() if line.strip())]
        for name, items in block.lists:
            lines += [f"{escaped(name)}:", *(f"- {self.line(item)}" for item in items)]
        return "\n".join(f"> {line}  " for line in lines)

    def rows(self, head: tuple[str, ...], body: list[tuple[str, ...]], numeric: tuple[bool, ...] = ()) -> str:
        """A table."""
        rule = ["---:" if i < len(numeric) and numeric[i] else "---" for i in range(len(head))]
        return "\n".join(f"| {' | '.join(row)} |" for row in (head, tuple(rule), *body))
