"""The card of an answer as a tree: sentence, figure, table, how it came about, what to ask next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.widgets.code import coloured
from aiser_jupyter.widgets.exhibits import placed, settled
from aiser_jupyter.widgets.figure import figure
from aiser_jupyter.widgets.node import Node, node
from aiser_jupyter.widgets.view import level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.widgets.view import CardView, Grid, Picture, Run

CHEVRON = "M6 4l4 4-4 4"


def card(view: CardView) -> Node:
    """The tree of the card in the state that ``view`` is in."""
    from aiser_jupyter.widgets import states

    draw = {
        "answered": answered,
        "refused": states.refused,
        "ambiguous": states.ambiguous,
        "error": states.error,
        "running": states.running,
    }
    return placed(draw[view.state](settled(view)), view)


def answered(view: CardView) -> Node:
    """Answer, then evidence, then method."""
    return node(
        "article",
        "card",
        node("p", "ans", *sentence(view.headline)),
        node("p", "scope", view.scope) if view.scope else None,
        picture(view.picture) if view.picture else None,
        *(table(view.grid) if view.grid else ()),
        how(view),
        node("div", "next", *(chip(text) for text in view.followups)) if view.followups else None,
        foot(view),
        role="group",
        aria_label="Answer",
    )


def sentence(runs: Iterable[Run]) -> tuple[Node | str, ...]:
    """The runs of a sentence with their emphasis."""
    marks = {"strong": ("b", ""), "key": ("span", "n key"), "number": ("span", "n")}
    return tuple(node(*marks[run.emphasis], run.text) if run.emphasis else run.text for run in runs)


def picture(shown: Picture) -> Node:
    """Title, subtitle and plot."""
    head = [node("h4", "", shown.title) if shown.title else None, node("p", "sub", shown.subtitle) if shown.subtitle else None]
    return node("figure", "fig", *head, figure(shown.svg))


def table(grid: Grid) -> tuple[Node | None, ...]:
    """The table and the note on what it leaves out."""
    sides = ["r" if numeric else "" for numeric in grid.numeric]
    head = node("tr", "", *(node("th", side, name, action="sort", scope="col") for name, side in zip(grid.columns, sides, strict=True)))
    rows = [
        node("tr", "", *(node("td", side, cell.text, value=cell.value) for cell, side in zip(row, sides, strict=True))) for row in grid.rows
    ]
    return (
        node(
            "div", "wide", node("table", "tbl few" if len(grid.columns) < 4 else "tbl", node("thead", "", head), node("tbody", "", *rows))
        ),
        node("p", "tnote", grid.note) if grid.note else None,
    )


def how(view: CardView) -> Node | None:
    """What was asked, computed and assumed, how sure that is, and the SQL; folded until asked for."""
    if not (view.scope or view.code):
        return None
    pairs = [
        ("You asked", view.question),
        ("I computed", view.scope),
        ("I matched", matches(view)),
        ("I assumed", listed(view.assumptions)),
    ]
    pairs += [(f"Why {view.confidence:.2f}", view.why)] if view.confidence is not None else []
    terms = [part for term, said in pairs if said for part in (node("dt", "", term), node("dd", "", said))]
    summary = node(
        "summary",
        "",
        icon(CHEVRON),
        node("b", "", "How I got here"),
        node("span", "gist", view.code_note) if view.code_note else None,
        node("span", "sql", "SQL") if view.code else None,
        meter(view),
    )
    folded = node("details", "how", summary, node("dl", "", *terms), *code(view))
    return replace(folded, attributes=(*folded.attributes, ("open", "open"))) if view.opened else folded


def meter(view: CardView) -> Node | None:
    """The word for the confidence, the figure, a bar that repeats it and the reason."""
    if view.confidence is None:
        return None
    word = level(view.confidence)
    width = f"{64 * min(max(view.confidence, 0.0), 1.0):.1f}"
    bar = node(
        "svg",
        f"meter {word.lower()}",
        node("rect", "m-qt", width="64", height="4", rx="2"),
        node("rect", "on", width=width, height="4", rx="2"),
        viewBox="0 0 64 4",
        width="64",
        height="4",
        aria_hidden="true",
    )
    return node("span", "conf", node("b", "", f"{word}: {view.confidence:.2f}"), bar, view.certainty or None)


def matches(view: CardView) -> Node | None:
    """Which words of the question became what."""
    return listed(tuple(f"“{said}” is {became}" for said, became in view.matched))


def listed(texts: tuple[str, ...]) -> Node | None:
    """The texts as a list, or None where there are none."""
    return node("ul", "", *(node("li", "", text) for text in texts)) if texts else None


def code(view: CardView) -> tuple[Node, ...]:
    """The SQL with its bar: what runs it, copy, open in a cell."""
    if not view.code:
        return ()
    lines = view.code.count("\n") + 1
    note = " · ".join(part for part in (*view.detail, f"{lines} {'line' if lines == 1 else 'lines'}") if part)
    bar = node(
        "div",
        "codebar",
        node("b", "", "SQL"),
        node("span", "", note),
        node("span", "sp"),
        node("button", "lk", "Copy", action="copy", type="button"),
        node("button", "lk", "Open in a cell", action="open", type="button"),
    )
    return (bar, node("pre", "code", *coloured(view.code)))


def foot(view: CardView) -> Node | None:
    """Where the numbers come from and when."""
    return node("p", "foot", *(node("span", "", text) for text in view.footer)) if view.footer else None


def chip(text: str) -> Node:
    """A question that can be asked next."""
    return node("button", "chip", text, action="ask", type="button")


def icon(path: str) -> Node:
    """A line drawing on a grid of 16."""
    return node("svg", "ic", node("path", "", d=path), viewBox="0 0 16 16", width="14", height="14", aria_hidden="true")
