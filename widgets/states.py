"""The card where there is no answer to show: refused, ambiguous, an error, still running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.widgets.card import code, foot, readings, sentence
from aiser_jupyter.widgets.code import coloured
from aiser_jupyter.widgets.node import Node, node

if TYPE_CHECKING:
    from aiser_jupyter.widgets.view import CardView, Option, Stage

SIGNS = {"done": "✓", "now": "›", "next": ""}


def refused(view: CardView) -> Node:
    """Why it cannot be answered, what would be needed, and what can be answered now."""
    return state(
        "Not answered",
        node("p", "lede", *sentence(view.headline)),
        *(node("p", "more", text) for text in view.detail),
        *([node("h4", "", "What I need"), *(node("p", "more", text) for text in view.needs)] if view.needs else ()),
        *([node("h4", "", "The closest I could compute"), readings(view.options)] if view.options else ()),
        *([node("h4", "", "What I can answer now"), questions(view.suggestions)] if view.suggestions else ()),
    )


def ambiguous(view: CardView) -> Node:
    """The word with two meanings, each reading with what it computes, one of them the default."""
    return state(
        "Needs a choice",
        node("p", "lede", *sentence(view.headline)),
        *(node("p", "more", text) for text in view.detail),
        node("div", "three" if len(view.options) > 2 else "two", *(option(o) for o in view.options)),
        *([node("h4", "", "Or ask it this way"), questions(view.suggestions)] if view.suggestions else ()),
    )


def option(shown: Option) -> Node:
    """A reading as a box that holds its own SQL."""
    sql = node("pre", "code", *coloured(shown.sql)) if shown.sql else None
    kind = "btn" if shown.chosen else "btn q"
    use = node("button", kind, "Use this one", action="choose", value=shown.number, type="button") if shown.number else None
    cell = node("button", "lk" if use else kind, "Open in a cell", action="open", type="button") if shown.sql else None
    copied = node("button", "lk", "Copy the SQL", action="copy", type="button") if shown.sql else None
    tags = [node("span", "tag", "the likeliest") if shown.chosen else None, node("span", "sure", shown.sure) if shown.sure else None]
    title = node("p", "ot", node("b", "", shown.title), *tags)
    detail = node("p", "said-so", shown.detail) if shown.detail else None
    fold = node("details", "fold", node("summary", "", node("span", "sql", "SQL")), sql) if sql else None
    return node("div", "one", title, detail, fold, node("div", "do", use, cell, copied))


def error(view: CardView) -> Node:
    """What went wrong, where, and the next step."""
    fix = (
        node("div", "acts", node("button", "btn", "Put the corrected SQL in a cell", action="open", type="button")) if view.fixed else None
    )
    return state(
        "Error",
        node("p", "lede", *sentence(view.headline)),
        node("pre", "err", *marked(view.code, view.place, view.first_line)) if view.code else None,
        *(node("p", "more", text) for text in view.detail),
        node("div", "fix", fix, node("pre", "code", *coloured(view.fixed))) if fix else None,
        foot(view),
    )


def running(view: CardView) -> Node:
    """The restated question first, then the steps in past, present and future, and a way out."""
    return state(
        "Running",
        bar(view.share_done) if view.share_done is not None else None,
        node("p", "lede q2", *sentence(view.headline)),
        node("ol", "steps", *(stage(s) for s in view.stages)) if view.stages else None,
        node("div", "acts", node("button", "btn q", "Stop", action="stop", type="button")),
        *code(view),
    )


def state(label: str, *children: Node | None) -> Node:
    """A card named for screen readers by the state it is in."""
    return node("article", "card state", *children, role="group", aria_label=label)


def questions(texts: tuple[str, ...]) -> Node:
    """Questions that can be asked, one a line."""
    return node("ul", "ql", *(node("li", "", node("button", "lk", text, action="ask", type="button")) for text in texts))


def stage(shown: Stage) -> Node:
    """A step: sign, words, time."""
    kind = {"done": "dn", "now": "now", "next": ""}[shown.progress]
    return node("li", kind, node("span", "", SIGNS[shown.progress]), node("span", "", shown.text), node("i", "", shown.time))


def bar(share: float) -> Node:
    """How much is done, as a line along the card's upper edge."""
    width = f"{100 * min(max(share, 0.0), 1.0):.1f}"
    done = node("rect", "on", width=width, height="2")
    return node("svg", "bar", done, viewBox="0 0 100 2", preserveAspectRatio="none", height="2", aria_hidden="true")


def marked(sql: str, place: tuple[int, int] | None, first_line: int = 1) -> tuple[Node | str, ...]:
    """Numbered lines of ``sql`` with carets under the characters from ``place[0]`` to ``place[1]``."""
    parts: list[Node | str] = []
    start = 0
    for number, line in enumerate(sql.split("\n"), first_line):
        parts.append(node("span", "ln", f"{number}  "))
        first, last = (max(place[0] - start, 0), min(place[1] - start, len(line))) if place else (0, 0)
        if first < last:
            parts += [line[:first], node("b", "", line[first:last]), line[last:], "\n"]
            parts += [" " * (len(str(number)) + 2 + first), node("span", "cr", "^" * (last - first)), "\n"]
        else:
            parts += [line, "\n"]
        start += len(line) + 1
    return tuple(part for part in parts if part)
