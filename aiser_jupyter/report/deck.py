"""A document as slides: title, summary, findings in fours, one message a slide, what cannot be answered, appendix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.report import highlight, page, words
from aiser_jupyter.report.blocks import Bullets, Callout, Figure, Kpis, Levels, Query

if TYPE_CHECKING:
    from aiser_jupyter.report.blocks import Block
    from aiser_jupyter.report.document import Document

STYLES = ("tokens.css", "deck.css")
SQL_LINES, SURE_ROWS, TABLE_ROWS = 18, 7, 8
FULL_HEIGHT, SMALL_HEIGHT = 400, 190


def render(document: Document) -> bytes:
    """The deck's bytes; raises :class:`ReportError` for a number that no fact states."""
    template = page.environment().get_template("deck.html.j2")
    return (template.render(resources={"aiser": {"deck": view(document)}}).strip() + "\n").encode()


def view(document: Document) -> dict[str, Any]:
    """What the template prints; only charts that stand on a slide are drawn."""
    slides = Slides(document)
    made = slides.all()
    charts = {place: chart for place, chart in page.charts_of(document).items() if place in slides.used}
    return {**page.frame(document, STYLES, "deck.js", charts), "slides": made}


class Slides:
    """Slides of one document, in order."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.view = page.View(document)
        self.used: set[str] = set()
        self.foot = [
            part
            for part in (f"as of {document.metadata.get('day', '')}", f"run {document.metadata.get('run', '')}")
            if not part.endswith(" ")
        ]

    def all(self) -> list[dict[str, Any]]:
        """Every slide."""
        found: list[dict[str, Any]] = [{"kind": "title"}]
        refusals: list[dict[str, Any]] = []
        for section in self.document.sections:
            if not section.slides:
                self.skip(section.blocks)
                continue
            if section.kind == "executive_summary":
                found += self.summary(section.blocks)
            elif section.kind not in {"appendix", "confidence"}:
                kept = tuple(b for b in section.blocks if not (section.kind == "key_findings" and isinstance(b, Bullets)))
                found += self.section(words.inline(section.title, self.view.facts, strict=False), kept)
            refusals += [self.view.callout(b) for b in section.blocks if isinstance(b, Callout) and b.kind == "refusal"]
        if refusals:
            found.append({"kind": "refusals", "title": "What this data cannot answer", "refusals": refusals[:2], "source": self.foot})
        return [*found, *self.appendix()]

    def skip(self, blocks: tuple[Block, ...]) -> None:
        """Count charts that stand on no slide: they are numbered through the document."""
        self.view.plots += sum(1 for block in blocks if isinstance(block, Figure) and block.chart)

    def summary(self, blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
        """The headline with tiles, points and the decision; figures of the summary follow."""
        kpis = [self.view.kpis(b) for b in blocks if isinstance(b, Kpis)][:1]
        points = [words.inline(item, self.view.facts) for b in blocks if isinstance(b, Bullets) for item in b.items]
        asks = [self.view.callout(b) for b in blocks if isinstance(b, Callout) and b.kind == "decision"][:1]
        title = words.inline(self.document.title, self.view.facts, strict=False)
        opening = (
            [{"kind": "summary", "title": title, "kpis": kpis, "points": points, "asks": asks, "source": self.foot}]
            if kpis or points or asks
            else []
        )
        return [*opening, *self.section(title, tuple(b for b in blocks if isinstance(b, Figure)))]

    def section(self, title: Any, blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
        """Findings and bare numbers in fours, every other figure on its own; points as they are."""
        figures = [(block, self.figure(block)) for block in blocks if isinstance(block, Figure)]
        together = [made for block, made in figures if block.finding or (block.chart is None and block.table is None)]
        together = [*[made for made in together if made["finding"]][:4], *[made for made in together if not made["finding"]]]
        fours = [together[i : i + 4] for i in range(0, len(together), 4)]
        found = [self.together(title, four) for four in fours]
        for block, made in figures:
            if block.finding or (block.chart is None and block.table is None):
                continue
            if made["table"]:
                made["table"]["rows"] = made["table"]["rows"][:TABLE_ROWS]
            found.append(
                {
                    "kind": "figure",
                    "title": made["title"],
                    "subtitle": made["subtitle"],
                    "figure": made,
                    "height": self.height(block),
                    "source": self.source(made),
                }
            )
        points = [words.inline(item, self.view.facts) for b in blocks if isinstance(b, Bullets) for item in b.items]
        if points:
            found.append({"kind": "points", "title": title, "points": points[:5], "source": self.foot})
        return found

    def together(self, title: Any, figures: list[dict[str, Any]]) -> dict[str, Any]:
        """Up to four figures on a slide; a bare number alone fills it."""
        if len(figures) == 1 and not figures[0]["chart"]:
            return {"kind": "number", "title": figures[0]["title"], "figure": figures[0], "source": self.source(figures[0])}
        height = SMALL_HEIGHT if len(figures) > 2 else FULL_HEIGHT
        return {"kind": "grid", "title": title, "figures": figures, "height": height, "source": self.source(figures[0])}

    def figure(self, block: Figure) -> dict[str, Any]:
        """A figure whose chart is on a slide."""
        made = self.view.figure(block)
        if made["chart"]:
            self.used.add(made["chart"]["id"])
        return made

    def height(self, block: Figure) -> int:
        """A chart's height: few bars stay bars."""
        rows = (
            next((len(t.get("y") or ()) for t in block.chart.figure.get("data", ()) if t.get("orientation") == "h"), 0)
            if block.chart
            else 0
        )
        return min(FULL_HEIGHT, 40 + 60 * rows) if rows else FULL_HEIGHT

    def source(self, made: dict[str, Any]) -> list[str]:
        """The foot of a figure's slide."""
        return made["source"]["parts"] if made["source"] else self.foot

    def appendix(self) -> list[dict[str, Any]]:
        """One query in full and how sure each answer is."""
        blocks = [block for section in self.document.sections for block in section.blocks]
        queries = [b for b in blocks if isinstance(b, Query)]
        levels = [row for b in blocks if isinstance(b, Levels) for row in self.view.block(b)["rows"]]
        if not queries and not levels:
            return []
        chosen = queries[min(1, len(queries) - 1)] if queries else None
        lines = highlight.laid_out(chosen.sql).splitlines() if chosen else []
        cut = [*lines[:SQL_LINES], "-- the rest is in the report"] if len(lines) > SQL_LINES else lines
        query = {"title": words.plain(chosen.title, self.view.facts), "sql": highlight.sql("\n".join(cut))} if chosen else None
        note = "Read-only. Every other query is in the report of the same run."
        title = "Appendix: how the numbers were made and how far to trust them"
        return [{"kind": "appendix", "title": title, "query": query, "note": note, "levels": levels[:SURE_ROWS], "source": self.foot}]
