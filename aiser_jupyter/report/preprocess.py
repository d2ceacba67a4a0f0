"""The step by which nbconvert's template ``aiser`` gets the document of a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbconvert.preprocessors import Preprocessor

from aiser_jupyter.report import deck, html, leaving
from aiser_jupyter.report.compose import compose

if TYPE_CHECKING:
    from nbformat import NotebookNode


class ReportPreprocessor(Preprocessor):
    """Lays the executed notebook out and hands both templates what they print, as ``resources.aiser``."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Leave the notebook as it is; raises :class:`ReportError` for outputs that cannot be read, :class:`RefusedError` for rows that may not leave."""
        document = compose(nb)
        leaving.may_write(document.marks, [".html"])
        resources["aiser"] = {"report": html.view(document), "deck": deck.view(document)}
        return nb, resources
