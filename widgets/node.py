"""One tree for two sinks: escaped HTML for a still page, plain lists for the browser to build elements from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Literal

from aiser_jupyter.errors import UsageError

Action = Literal["", "ask", "line", "open", "copy", "stop", "sort", "choose", "remember"]
# What needs a kernel or a script to do anything.
LIVE = frozenset({"copy", "stop", "choose", "remember"})


def words(text: str) -> frozenset[str]:
    """The words of a fixed list."""
    return frozenset(text.split())


TAGS = words(
    "article b button caption circle code dd details div dl dt ellipse em figure g h3 h4 i li line ol p path polygon polyline pre rect span "
    "summary svg table tbody td text th thead title tr tspan ul"
)
# None of these loads, links, runs or names anything, whatever its value.
ATTRIBUTES = words(
    "aria-hidden aria-label aria-sort aria-valuemax aria-valuemin aria-valuenow class cx cy d dominant-baseline dx dy fill fill-opacity "
    "font-size font-style font-weight height letter-spacing opacity open points preserveAspectRatio r role rx ry scope "
    "shape-rendering tabindex stroke stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width text-anchor transform "
    "type viewBox width x x1 x2 y y1 y2"
)
# A drawing's colours and strokes: numbers, words, quoted font names, hex colours and our own CSS variables; no url(), no expression.
STYLE = re.compile(r"""(?:[a-z-]+:(?:[\w\s.,%#'"-]|var\(--[\w-]+,#[0-9A-Fa-f]{3,8}\))*;?)*""")
VOID = frozenset({"circle", "ellipse", "line", "path", "polygon", "polyline", "rect"})


@dataclass(frozen=True)
class Node:
    """An element of a card: a tag and attributes of fixed lists, and children that are nodes or text.

    ``action`` says what a click does where there is a live page: ``ask`` and ``line`` put the element's text into a new cell, ``open`` the card's
    SQL; ``copy``, ``stop``, ``choose`` and ``remember`` mean nothing on a still page and are left out there. ``value`` is what a table cell is sorted by, or the
    number of the reading that is chosen.
    """

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node | str, ...] = ()
    action: Action = ""
    value: str | int | float | None = None

    def __post_init__(self) -> None:
        if self.tag not in TAGS:
            raise UsageError(f"A card has no element {self.tag!r}.")
        for name, text in self.attributes:
            if not allowed(name, text):
                raise UsageError(f"An element of a card has no attribute {name!r} of that value.")


def allowed(name: str, text: str) -> bool:
    """Whether an element may have that attribute."""
    return name in ATTRIBUTES or (name == "style" and STYLE.fullmatch(text) is not None)


def node(
    tag: str,
    kind: str = "",
    *children: Node | str | None,
    action: Action = "",
    value: str | float | None = None,
    **attributes: str,
) -> Node:
    """An element of class ``kind``; an attribute's underscores become hyphens, a child that is None is left out."""
    classes = " ".join(part for part in (kind, f"aiser-{action}" if action else "") if part)
    named = {"class": classes} if classes else {}
    named |= {name.replace("_", "-"): text for name, text in attributes.items()}
    return Node(tag, tuple(named.items()), tuple(c for c in children if c is not None), action, value)


def html(tree: Node | str) -> str:
    """The tree as HTML in which every text and attribute is escaped; a button, which has no one to press it for, becomes a span."""
    if isinstance(tree, str):
        return escape(tree)
    if tree.action in LIVE:
        return ""
    tag = "span" if tree.tag == "button" else tree.tag
    attributes = "".join(f' {name}="{escape(text)}"' for name, text in tree.attributes if not (name == "type" and tag == "span"))
    if tag in VOID:
        return f"<{tag}{attributes}/>"
    return f"<{tag}{attributes}>{''.join(map(html, tree.children))}</{tag}>"


def plain(tree: Node | str) -> object:
    """The tree as JSON: text, or ``[tag, {attribute: text}, [child…], action, value]``."""
    if isinstance(tree, str):
        return tree
    return [tree.tag, dict(tree.attributes), [plain(child) for child in tree.children], tree.action, tree.value]
