"""A document as what its templates print: safe HTML, JSON and scripts, ready made."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from aiser_jupyter.report import highlight, sparkline, words
from aiser_jupyter.report.blocks import Bullets, Callout, Figure, Kpis, Levels, Picture, Plain, Prose, Query, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

    from aiser_jupyter.facts import Fact
    from aiser_jupyter.report.blocks import Block
    from aiser_jupyter.report.document import Document, Section
    from aiser_jupyter.report.payload import ChartData

ON = {"High": 3, "Medium": 2, "Low": 1}
# A bar with its label on one line, and on two.
ROW, TALL_ROW = 31, 38


@cache
def asset(name: str) -> str:
    """The text of a file of the templates' assets."""
    return resources.files("aiser_jupyter.templates").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def font() -> str:
    """The face of the page's own font, inlined."""
    data = resources.files("aiser_jupyter.templates").joinpath("assets", "aiser-sans.woff2").read_bytes()
    return f'@font-face {{ font-family: "AiserSans"; font-weight: 100 900; font-display: block; src: url(data:font/woff2;base64,{base64.b64encode(data).decode()}) format("woff2"); }}'


def environment() -> Environment:
    """The templates, with escaping on."""
    import jinja2

    loader = jinja2.FileSystemLoader(str(resources.files("aiser_jupyter.templates").joinpath("aiser")))
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)


def frame(document: Document, styles: tuple[str, ...], script: str, charts: Mapping[str, ChartData]) -> dict[str, Any]:
    """What report and deck share: head, style, data and scripts, each script named in the page's policy by its hash."""
    from aiser_jupyter.chart import bundle

    facts = {fact.id: fact for fact in document.facts}
    types = {trace.get("type", "scatter") for chart in charts.values() for trace in chart.figure.get("data", ())}
    scripts = [*([bundle.script(sorted(types))] if charts else ()), asset("chart.js") + asset(script)]
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return {
        "title": words.plain(document.title, facts),
        "heading": words.inline(document.title, facts, strict=False),
        "meta": {
            "name": "",
            "organisation": "",
            "period": "",
            "as_of": "",
            "day": "",
            "owner": "",
            "run": "",
            "notebook": "",
            "parameters": {},
            **document.metadata,
        },
        "policy": f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'",
        "style": Markup("\n".join((font(), *(asset(name) for name in styles)))),  # noqa: S704  # our own files
        "scripts": [Markup(text) for text in scripts],  # noqa: S704  # our own files
        "facts": embedded([fact_json(fact) for fact in document.facts]),
        "plots": embedded({place: {"light": chart.figure, "dark": chart.dark or chart.figure} for place, chart in charts.items()}),
    }


def fact_json(fact: Fact) -> dict[str, Any]:
    """A fact as the page carries it."""
    value = words.value_of(fact) if not isinstance(fact.value, int | float | str | None) else fact.value
    return {
        "v": 1, "id": fact.id, "value": value, "unit": fact.unit, "text": fact.text, "sql": fact.sql, "source": fact.source, "as_of": fact.as_of.isoformat(),
    }  # fmt: skip


def embedded(value: Any) -> Markup:
    """JSON that cannot end its script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  # no markup is left in it


def charts_of(document: Document) -> dict[str, ChartData]:
    """The charts of all figures by the figure's place, in order."""
    found = [block for section in document.sections for block in section.blocks if isinstance(block, Figure) and block.chart]
    return {f"c{i}": figure.chart for i, figure in enumerate(found, 1) if figure.chart}


def stature(block: Block) -> str:
    """What stands in a figure: a chart, a table, or its number alone."""
    if not isinstance(block, Figure):
        return ""
    return "chart" if block.chart else "table" if block.table else "number"


class View:
    """Blocks as the values that templates print; charts are numbered in the order of the document."""

    def __init__(self, document: Document) -> None:
        self.facts = {fact.id: fact for fact in document.facts}
        self.run = str(document.metadata.get("run", ""))
        self.plots = 0

    def sections(self, document: Document) -> list[dict[str, Any]]:
        """The sections in order."""
        return [self.section(section, f"s{i}") for i, section in enumerate(document.sections, 1)]

    def section(self, section: Section, id: str) -> dict[str, Any]:  # noqa: A002  # the attribute's name
        """A section with neighbouring figures as one group."""
        groups: list[dict[str, Any]] = []
        # A bare number beside a chart would stand in a hole: charts, tables and numbers are groups of their own.
        for (kind, _), run in groupby(section.blocks, key=lambda block: (type(block).__name__, stature(block))):
            blocks = list(run)
            wide = kind == "Figure" and len(blocks) == 1
            groups.append({"kind": kind.lower(), "items": [self.block(block, wide=wide) for block in blocks], "wide": wide})
        return {
            "id": id,
            "kind": section.kind,
            "label": words.plain(section.label or section.title, self.facts),
            "title": words.inline(section.title, self.facts, strict=False),
            "groups": groups,
        }

    def block(self, block: Block, *, wide: bool = False) -> dict[str, Any]:
        """Any block."""
        if isinstance(block, Figure):
            return self.figure(block, wide=wide)
        made: dict[type, Callable[[Any], dict[str, Any]]] = {
            Prose: lambda b: {"html": words.markdown(b.text, self.facts, authored=b.authored)},
            Bullets: lambda b: {"items": [words.inline(item, self.facts) for item in b.items]},
            Kpis: self.kpis,
            Table: self.table,
            Callout: self.callout,
            Picture: lambda b: {"src": f"data:{b.mime};base64,{b.data}", "alt": b.alt},
            Plain: lambda b: {"text": b.text},
            Levels: lambda b: {
                "rows": [
                    (words.plain(what, self.facts), level, words.inline(why, self.facts, strict=False), ON.get(level, 0))
                    for what, level, why in b.rows
                ]
            },
            Query: lambda b: {
                "id": b.id,
                "title": words.plain(b.title, self.facts),
                "sql": highlight.sql(highlight.laid_out(b.sql)),
                "detail": b.detail,
            },
        }
        return made[type(block)](block)

    def kpis(self, block: Kpis) -> dict[str, Any]:
        """Tiles."""
        tiles = [
            {
                "label": kpi.label,
                "value": words.inline(kpi.value, self.facts),
                "delta": words.inline(kpi.delta, self.facts, focus=False),
                "base": words.inline(kpi.base, self.facts, focus=False),
                "verdict": kpi.verdict,
                "css": {"better": "pos", "worse": "neg"}.get(kpi.verdict, ""),
                "rising": kpi.rising,
                "line": sparkline.line(kpi.trend, kpi.base_at),
            }
            for kpi in block.items
        ]
        return {"tiles": tiles, "note": block.note, "query": block.query}

    def table(self, block: Table) -> dict[str, Any]:
        """Cells, numbers without their own tab stop."""
        rows = [[words.inline(cell, self.facts, focus=False, strict=False) for cell in row] for row in block.rows]
        return {
            "columns": block.columns,
            "rows": rows,
            "numeric": block.numeric,
            "more": words.inline(block.more, self.facts, focus=False, strict=False),
        }

    def callout(self, block: Callout) -> dict[str, Any]:
        """A block apart."""
        first, _, rest = block.text.partition("\n")
        paragraphs = [words.inline(line.strip(), self.facts, strict=False) for line in (first, rest) if line.strip()]
        return {"kind": block.kind, "label": block.label, "paragraphs": paragraphs, "lists": block.lists}

    def figure(self, block: Figure, *, wide: bool = False) -> dict[str, Any]:
        """A figure; its chart's height follows its rows."""
        if block.chart:
            self.plots += 1
        bounded = block.source
        return {
            "title": words.inline(block.title, self.facts),
            "subtitle": words.inline(block.subtitle, self.facts, strict=False),
            "chart": self.chart(block.chart, wide=wide) if block.chart else None,
            "big": words.inline(block.key, self.facts) if block.key and not block.chart and block.table is None else None,
            "table": self.table(block.table) if block.table else None,
            "level": block.level,
            "reason": words.inline(block.reason, self.facts, strict=False),
            "notes": [(note.heading, words.inline(note.text, self.facts, focus=False, strict=False)) for note in block.notes],
            "source": {
                "query": bounded.query,
                "parts": [
                    p
                    for p in (bounded.tables, f"as of {bounded.as_of}" if bounded.as_of else "", f"run {self.run}" if self.run else "")
                    if p
                ],
            }
            if bounded
            else None,
            "finding": block.finding,
            "key": words.inline(block.key, self.facts, focus=False) if block.key else None,
        }

    def chart(self, chart: ChartData, *, wide: bool) -> dict[str, Any]:
        """Where a chart goes, how high it is, and which trace types it must be drawn with."""
        traces = chart.figure.get("data", ())
        rows = max((len(t.get("y") or ()) for t in traces if t.get("orientation") == "h" and isinstance(t.get("y"), list)), default=0)
        wrapped = "<br>" in json.dumps(chart.figure)
        return {
            "id": f"c{self.plots}",
            "height": 24 + (TALL_ROW if wrapped else ROW) * rows if rows else 300 if wide else 230,
            "types": " ".join(str(trace.get("type", "scatter")) for trace in traces),
            "label": chart.label,
            "print": 640 if wide else 316,
        }
