"""The card of an answer as a tree: sentence, figure, table, how it came about, what to ask next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.widgets.code import coloured
from aiser_jupyter.widgets.exhibits import placed, settled
from aiser_jupyter.widgets.figure import figure
from aiser_jupyter.widgets.graph import graph, linked, thinking
from aiser_jupyter.widgets.node import Node, node
from aiser_jupyter.widgets.view import level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.widgets.view import CardView, Grid, Option, Picture, Run, Word

CHEVRON = "M6 4l4 4-4 4"
TICK = "M3 8.5l3.2 3.2L13 5"
# From here on other readings are folded away.
SURE = 0.9


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
    """Answer, then evidence, then method; an executive's card ends at the figure."""
    brief = view.audience == "executive"
    return node(
        "article",
        "card",
        node("p", "ans", *sentence(view.headline)),
        node("p", "scope", view.scope) if view.scope and not brief else None,
        node("p", "badge", icon(TICK), view.badge) if view.badge else None,
        heeded(view),
        picture(view.picture) if view.picture else None,
        *(table(view.grid) if view.grid and not brief else ()),
        doubt(view) if not brief else None,
        kept(view),
        sure(view) if brief else how(view),
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
    if not shown.narrower:
        return node("figure", "fig", *head, figure(shown.svg))
    sizes = zip(("broad", "middle", "slim"), (shown.svg, *shown.narrower), strict=False)
    return node("figure", "fig", *head, *(node("div", f"drawn {size}", figure(svg)) for size, svg in sizes))


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


def heeded(view: CardView) -> Node | None:
    """What a reader has to know of the number before using it."""
    heard = [note for note in view.checks if not note.ok]
    return node("ul", "heed", *(node("li", "", node("i", "", "!"), node("span", "", n.text)) for n in heard)) if heard else None


def doubt(view: CardView) -> Node | None:
    """The other readings, in sight where the answer is not sure and folded into how it came about where it is."""
    if not view.options or (view.confidence or 0.0) >= SURE:
        return None
    return node("div", "mean", node("h4", "", "Did you mean"), readings(view.options))


def readings(options: Iterable[Option]) -> Node:
    """Readings as a list, each with what it yields, its SQL and the buttons that take it."""
    return node("ul", "rd", *(reading(o) for o in options))


def reading(shown: Option) -> Node:
    """One reading: what it computes, what that yields, how sure, its SQL."""
    use = node("button", "lk", "Use this reading", action="choose", value=shown.number, type="button") if shown.number else None
    cell = node("button", "lk", "Open in a cell", action="open", type="button") if shown.sql else None
    copied = node("button", "lk", "Copy the SQL", action="copy", type="button") if shown.sql else None
    sql = (
        node("details", "fold", node("summary", "", node("span", "sql", "SQL")), node("pre", "code", *coloured(shown.sql)))
        if shown.sql
        else None
    )
    line = node("p", "ot", node("b", "", shown.title), node("span", "tag", shown.sure) if shown.sure else None)
    said = node("p", "said-so", shown.detail) if shown.detail else None
    return node("li", "", line, said, node("div", "do", use, cell, copied), sql)


def kept(view: CardView) -> Node | None:
    """The offer to keep what the reader chose."""
    return node("p", "keep", node("button", "btn q", view.remember, action="remember", type="button")) if view.remember else None


def sure(view: CardView) -> Node | None:
    """How sure the answer is, in a line of its own."""
    return node("p", "how sureness", meter(view)) if view.confidence is not None else None


def how(view: CardView) -> Node | None:
    """What was asked, computed, checked and assumed, how sure that is, the steps and the SQL; folded until asked for."""
    if not (view.scope or view.code):
        return None
    folded = view.options if (view.confidence or 0.0) >= SURE else ()
    pairs = [
        ("You asked", asked(view)),
        ("I computed", view.scope),
        ("I matched", matches(view)),
        ("I assumed", listed(view.assumptions)),
        ("I checked", checks(view)),
        ("I took steps", node("div", "", graph(view.thoughts), thinking(view.thoughts)) if view.thoughts else None),
        ("It could mean", readings(folded) if folded else None),
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
    inside = node("details", "how", summary, node("dl", "", *terms), *code(view), *engine(view))
    opened = view.opened or view.audience == "engineer"
    return replace(inside, attributes=(*inside.attributes, ("open", "open"))) if opened else inside


def asked(view: CardView) -> Node | str:
    """The question, its words joined by number to what they became; words without a place are marked."""
    if not view.asked:
        return view.question
    return node("span", "q", *(word(w) for w in view.asked))


def word(run: Word) -> Node | str:
    """A run of the question."""
    if run.lost:
        return node("span", "lost", run.text)
    if not run.link:
        return run.text
    return node("span", linked("w", "t", run.link), run.text, tabindex="0")


def checks(view: CardView) -> Node | None:
    """What was looked for in the rows, trouble first."""
    found = sorted(view.checks, key=lambda note: note.ok)
    lines = [node("li", "ok" if n.ok else "no", node("i", "", "✓" if n.ok else "!"), node("span", "", n.text)) for n in found]
    return node("ul", "ck", *lines) if lines else None


def engine(view: CardView) -> tuple[Node, ...]:
    """Route, times and plan, for who looks after the engine."""
    return tuple(part for term, text in view.engine for part in (node("div", "codebar", node("b", "", term)), node("pre", "code", text)))


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
    lost = [w.text for w in view.asked if w.lost]
    lines = [
        node("li", linked("w", "t", i), node("i", "nr", str(i)) if view.asked else None, f"“{said}” is {became}", tabindex="0")
        for i, (said, became) in enumerate(view.matched, 1)
    ]
    lines += [node("li", "lost-so", f"“{text}” has no place in the query") for text in lost]
    return node("ul", "mt", *lines) if lines else None


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
    # Its buttons look for the nearest code around them.
    return (node("div", "sqlbox", bar, node("pre", "code", *coloured(view.code, view.code_links))),)


def foot(view: CardView) -> Node | None:
    """Where the numbers come from and when."""
    return node("p", "foot", *(node("span", "", text) for text in view.footer)) if view.footer else None


def chip(text: str) -> Node:
    """A question that can be asked next."""
    return node("button", "chip", text, action="ask", type="button")


def icon(path: str) -> Node:
    """A line drawing on a grid of 16."""
    return node("svg", "ic", node("path", "", d=path), viewBox="0 0 16 16", width="14", height="14", aria_hidden="true")
