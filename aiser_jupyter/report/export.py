"""An executed notebook as files, through nbconvert's template ``aiser``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = {"html": "index.html.j2", "deck": "deck.html.j2"}


def export(notebook: NotebookNode, kind: str) -> bytes:
    """The bytes of ``html``, ``deck``, ``pdf``, ``md`` or ``ipynb`` (the notebook as it ran)."""
    if kind in TEMPLATES:
        return page(notebook, TEMPLATES[kind])
    if kind == "ipynb":
        import nbformat

        return nbformat.writes(notebook).encode()
    if kind == "pdf":
        from aiser_jupyter.report import browser

        return browser.printed(page(notebook, TEMPLATES["html"]))
    from aiser_jupyter.report import markdown
    from aiser_jupyter.report.compose import compose

    return markdown.render(compose(notebook))


def page(notebook: NotebookNode, template: str) -> bytes:
    """A page of the notebook; the template is found in an installed wheel's data and in the package alike."""
    from importlib import resources

    from nbconvert import HTMLExporter

    folder = str(resources.files("aiser_jupyter.templates"))
    exporter = HTMLExporter(template_name="aiser", template_file=template, extra_template_basedirs=[folder])
    text, _ = exporter.from_notebook_node(notebook)
    return (text.strip() + "\n").encode()
