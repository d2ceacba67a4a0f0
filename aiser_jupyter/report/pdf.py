"""A document as a tagged PDF: its page, printed by the system's Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.report import browser, html

if TYPE_CHECKING:
    from aiser_jupyter.report.document import Document


def render(document: Document) -> bytes:
    """The PDF's bytes; raises :class:`NotYetError` where there is no Chromium."""
    return browser.printed(html.render(document))
