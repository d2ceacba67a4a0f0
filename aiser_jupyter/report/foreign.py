"""Outputs that are not ours: a plotly figure, an image, a frame, printed text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from aiser_jupyter.report.blocks import Block, Figure, Picture, Plain, Table
from aiser_jupyter.report.payload import ChartData
from aiser_jupyter.report.tables import escape_refs

if TYPE_CHECKING:
    from aiser_jupyter.chart.theme import Theme

PLOTLY = "application/vnd.plotly.v1+json"
IMAGES = ("image/png", "image/jpeg")
MAX_ROWS = 12
TAG = re.compile(r"<[^>]*>")
MARGIN = {"l": 48, "r": 16, "t": 12, "b": 44}
NO_QUERY = "Computed in the notebook; no query yields it"


def block(output: Any) -> Block | None:
    """The block of an output, or None for what a report does not show: warnings, progress, widgets, errors."""
    if output.output_type == "stream":
        return Plain(str(output.text)) if output.name == "stdout" and str(output.text).strip() else None
    data = output.get("data", {})
    if PLOTLY in data:
        return plotly(data[PLOTLY])
    for mime in IMAGES:
        if mime in data:
            return Picture(mime, "".join(str(data[mime]).split()), "Picture made in the notebook")  # pyright: ignore[reportArgumentType] - one of IMAGES
    if "text/html" in data:
        found = table(str(data["text/html"]))
        if found is not None:
            return found
    text = str(data.get("text/plain", "")).strip()
    return Plain(text) if text and not text.startswith("<") else None


def plotly(figure: Any) -> Figure:
    """A plotly figure that the notebook made itself, its title taken out and its page's colours put in."""
    made = json.loads(json.dumps(figure))
    layout = made.setdefault("layout", {})
    title = layout.get("title") or ""
    words = TAG.sub("", str(title.get("text") or "") if isinstance(title, dict) else str(title)).strip()
    light, dark = (dressed(made, theme) for theme in ("light", "dark"))
    return Figure(
        "", escape_refs(words) or "Chart of the notebook", NO_QUERY, ChartData({}, light, dark, label=words or "Chart made in the notebook")
    )


def dressed(figure: Any, theme: Theme) -> dict[str, Any]:
    """The figure with the house's template, room for its axes, and no size of its own."""
    from aiser_jupyter.chart.theme import template

    layout = {name: value for name, value in figure["layout"].items() if name not in {"title", "width", "height", "template"}}
    layout["template"] = template(theme).to_plotly_json()
    return {**figure, "layout": {"margin": MARGIN, **layout}}


def table(html: str) -> Table | None:
    """The first table of a piece of HTML as plain cells; None where there is none."""
    reader = Cells()
    reader.feed(html)
    if not reader.rows:
        return None
    width = max(len(row) for row in reader.rows)
    head, *body = [tuple(escape_refs(cell) for cell in row) + ("",) * (width - len(row)) for row in reader.rows]
    if head[0] == "" and [row[0] for row in body] == [str(i) for i in range(len(body))]:
        # A frame's row numbers say nothing.
        head, body, width = head[1:], [row[1:] for row in body], width - 1
    numeric = tuple(bool(body) and all(is_number(row[i]) for row in body) for i in range(width))
    return Table(head, tuple(body[:MAX_ROWS]), numeric, NO_QUERY)


def is_number(text: str) -> bool:
    """Whether a cell is a number as a frame prints it."""
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


class Cells(HTMLParser):
    """The text of the cells of the first table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base class's signature
        """Open a row or a cell."""
        if self.done:
            return
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or the table."""
        if tag in {"td", "th"}:
            self.inside = False
        self.done = self.done or tag == "table"

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self.inside and not self.done:
            self.rows[-1][-1] += data.strip()
