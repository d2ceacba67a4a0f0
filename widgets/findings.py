"""What a scan found, as a still page of its own or as a part of the start page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.widgets.code import coloured
from aiser_jupyter.widgets.figure import figure
from aiser_jupyter.widgets.node import Node, node
from aiser_jupyter.widgets.still import page
from aiser_jupyter.widgets.view import level

# The width of a chart beside its words, in px, and the most bars it shows.
WIDTH = 760
MOST_BARS = 12

if TYPE_CHECKING:
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.discover.findings import Findings


def findings_html(findings: Findings) -> str:
    """The first findings, and behind them the rest, as self-contained HTML without script, for ``text/html`` of a notebook's output."""
    from aiser_jupyter.discover.findings import SHOWN

    return page(
        node("article", "start", *found(findings, SHOWN), *rest(findings, SHOWN), role="group", aria_label="Findings"), answers=False
    )


def rest(findings: Findings, shown: int) -> tuple[Node, ...]:
    """What stands behind the first ``shown``, folded: a sentence each."""
    behind = [node("li", "", node("p", "", finding.statement)) for finding in findings[shown:]]
    return (node("details", "fold", node("summary", "", f"{len(behind)} more"), node("ul", "fd", *behind)),) if behind else ()


def found(findings: Findings, shown: int) -> tuple[Node, ...]:
    """The first ``shown`` of what a scan kept, and how many tests it had to stand against."""
    kept = findings[:shown]
    title = counted(len(kept), "thing", " I found in your data") if kept else "Nothing stands out"
    return (
        node("h4", "", title),
        node("p", "sub", findings.reason),
        *([node("ul", "fd", *(entry(finding, findings) for finding in kept))] if kept else ()),
    )


def entry(finding: Finding, findings: Findings) -> Node:
    """A finding: its title, the effect, how sure it is, what to do next, its chart and its SQL."""
    sure = (node("b", "", f"{level(finding.confidence)}."), f" q {chance(finding.q_value)} after {findings.tested} tests")
    pairs = (("Effect", (finding.statement,)), ("Certainty", sure), ("Next", (finding.recommendation,)))
    terms = [part for term, said in pairs if said[0] for part in (node("dt", "", term), node("dd", "", *said))]
    code = node("details", "fold", node("summary", "", node("span", "sql", "SQL")), node("pre", "code", *coloured(finding.sql)))
    return node("li", "", node("h4", "", finding.title), node("dl", "", *terms), *drawn(finding, findings), code)


def drawn(finding: Finding, findings: Findings) -> tuple[Node, ...]:
    """The finding's chart; none where it has more bars than a reader takes in."""
    from aiser_jupyter.chart.svg import svg

    if findings.ask is None or finding.chart is None:
        return ()
    table = findings.ask(finding.sql)
    if finding.chart.kind != "line" and table.num_rows > MOST_BARS:
        return ()
    return (node("figure", "fig", figure(svg(finding.chart, table, width=WIDTH))),)


def chance(q: float) -> str:
    """A q-value as a reader needs it: ``= 0.012``, ``below 0.001``."""
    return "below 0.001" if q < 0.001 else f"= {q:.2g}"


def counted(count: int, noun: str, rest: str) -> str:
    """A small count in words at the start of a title: ``Three questions to try``."""
    word = {1: "One", 2: "Two", 3: "Three"}.get(count, str(count))
    return f"{word} {noun}{'' if count == 1 else 's'}{rest}"
