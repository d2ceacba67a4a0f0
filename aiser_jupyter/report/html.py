"""A document as one HTML page that opens anywhere: everything inlined, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.report import page

if TYPE_CHECKING:
    from aiser_jupyter.report.document import Document

STYLES = ("tokens.css", "report.css")


def render(document: Document) -> bytes:
    """The page's bytes; raises :class:`ReportError` for a number that no fact states."""
    template = page.environment().get_template("index.html.j2")
    return (template.render(resources={"aiser": {"report": view(document)}}).strip() + "\n").encode()


def view(document: Document) -> dict[str, Any]:
    """What the template prints."""
    parameters = document.metadata.get("parameters", {})
    shown = [(name.replace("_", " ").capitalize(), value) for name, value in parameters.items()]
    return {
        **page.frame(document, STYLES, "report.js", page.charts_of(document)),
        "sections": page.View(document).sections(document),
        "parameters": shown,
    }
