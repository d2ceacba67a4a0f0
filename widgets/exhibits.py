"""The parts of an answer beside its sentence, as panels of the card: charts, figures, findings, remarks, other forms of a query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.widgets.code import coloured, laid_out
from aiser_jupyter.widgets.figure import figure
from aiser_jupyter.widgets.node import Node, node
from aiser_jupyter.widgets.view import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.exhibit import Exhibit
    from aiser_jupyter.widgets.view import CardView

# Pixels of a chart in a panel over so many of twelve columns of the card on a notebook's usual width.
WIDTHS = {4: 268, 6: 414, 12: 850}
# The parts of a card that come after its panels.
AFTER = frozenset({"mean", "keep", "how", "next", "foot"})
# What a panel is, where its title does not say it.
TAGS = {"recommendation": "Recommended", "finding": "Tested"}


def panels(answer: Answer) -> tuple[Panel, ...]:
    """The panels of an answer; a chart that the card shows on its own already is not drawn again."""
    return tuple(panel(exhibit, answer) for exhibit in answer.exhibits)


def panel(exhibit: Exhibit, answer: Answer) -> Panel:
    """One part of an answer, its chart drawn."""
    own = exhibit.sql if exhibit.sql != answer.sql or exhibit.kind == "rewrite" else ""
    code = laid_out(own) if own and exhibit.kind != "rewrite" else own
    return Panel(
        # A drawn figure says its own name.
        title="" if exhibit.chart is not None and exhibit.chart.kind == "kpi" else exhibit.title,
        tag=TAGS.get(exhibit.kind, ""),
        text="" if exhibit.kind == "plan" else exhibit.text,
        place=exhibit.place if exhibit.kind == "remark" else "",
        advice=exhibit.advice,
        svg=drawn(exhibit) if exhibit.chart is not None and exhibit.chart != answer.chart else "",
        pre=exhibit.text if exhibit.kind == "plan" else "",
        code=code,
        opened=exhibit.kind == "rewrite",
        columns=exhibit.columns,
    )


def drawn(exhibit: Exhibit) -> str:
    """The chart of a part as SVG; empty where it has none or is a table."""
    from aiser_jupyter.chart.svg import svg

    if exhibit.chart is None or exhibit.result is None or exhibit.chart.kind == "table":
        return ""
    return svg(exhibit.chart, exhibit.result.arrow(), width=WIDTHS.get(exhibit.columns, 850))


def placed(card: Node, view: CardView) -> Node:
    """``card`` with the panels of ``view`` after its figure and table."""
    if not view.panels:
        return card
    before = [child for child in card.children if not after(child)]
    rest = [child for child in card.children if after(child)]
    grid = node("div", "ex", *(shown(panel) for panel in view.panels))
    return Node(card.tag, card.attributes, (*before, grid, *rest), card.action, card.value)


def settled(view: CardView) -> CardView:
    """``view`` without a measure of being sure where no words of a question were read: an assistant's own work has no other reading."""
    return replace(view, confidence=None) if view.panels and not view.matched else view


def after(child: Node | str) -> bool:
    """Whether a part of a card stands behind the panels."""
    return isinstance(child, Node) and bool(AFTER & set(dict(child.attributes).get("class", "").split()))


def shown(panel: Panel) -> Node:
    """A panel: title, what it says, chart, what to do, SQL."""
    title = node("h4", "", panel.title, node("span", "tag", panel.tag) if panel.tag else None) if panel.title else None
    place = node("p", "at", panel.place) if panel.place else None
    text = node("p", "", panel.text) if panel.text else None
    advice = node("ul", "adv", *(node("li", "", line) for line in panel.advice)) if panel.advice else None
    fig = node("figure", "fig", figure(panel.svg)) if panel.svg else None
    pre = node("pre", "code", panel.pre) if panel.pre else None
    return node("div", f"x w{panel.columns}", title, place, text, fig, advice, pre, *sql(panel))


def sql(panel: Panel) -> tuple[Node, ...]:
    """The panel's SQL: in sight where it is the point of the panel, else folded."""
    if not panel.code:
        return ()
    code = node("pre", "code", *coloured(panel.code))
    if panel.opened:
        copy = node("button", "lk", "Copy", action="copy", type="button")
        return (node("div", "codebar", node("b", "", "SQL"), node("span", "sp"), copy), code)
    return (node("details", "fold", node("summary", "", node("span", "sql", "SQL")), code),)


def said(panels: Iterable[Panel]) -> list[str]:
    """The panels as plain text, one block each."""
    return ["\n".join(line for line in lines(panel) if line) for panel in panels]


def lines(panel: Panel) -> list[str]:
    """The lines of one panel."""
    head = f"{panel.title} ({panel.place})" if panel.place else panel.title
    return [head, panel.text, panel.pre, *(f"  {line}" for line in panel.advice), panel.code if panel.opened else ""]
