"""A document as a notebook: its words as Markdown, each query as a cell that runs again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.report import highlight
from aiser_jupyter.report.blocks import Query
from aiser_jupyter.report.markdown import Writer, text

if TYPE_CHECKING:
    from aiser_jupyter.report.document import Document


def render(document: Document) -> bytes:
    """The notebook's bytes; raises :class:`ReportError` for a number that no fact states."""
    import nbformat
    from nbformat import v4

    text(document)
    writer = Writer(document)
    sources = {fact.sql: fact.source for fact in document.facts}
    cells = [v4.new_markdown_cell(f"# {writer.line(document.title)}"), v4.new_code_cell("%load_ext aiser_jupyter")]
    for section in document.sections:
        said = [writer.block(block) for block in section.blocks if not isinstance(block, Query)]
        heading = [] if section.kind == "executive_summary" else [f"## {writer.line(section.title)}"]
        cells.append(v4.new_markdown_cell("\n\n".join(part for part in (*heading, *said) if part)))
        for query in (block for block in section.blocks if isinstance(block, Query)):
            cells.append(v4.new_markdown_cell(f"### {writer.line(query.title)}"))
            cells.append(v4.new_code_cell(f"%%sql {sources.get(query.sql, '')}".rstrip() + f"\n{highlight.laid_out(query.sql).strip()}"))
    for i, cell in enumerate(cells):
        # Ids by place: the same document gives the same bytes.
        cell["id"] = f"cell-{i}"
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    return (nbformat.writes(made) + "\n").encode()
