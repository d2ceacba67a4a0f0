"""A drawn SVG as a tree of a card, so that it passes the same gate as everything else."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from aiser_jupyter.widgets.node import TAGS, Node, allowed

SPACE = "{http://www.w3.org/2000/svg}"


def figure(svg: str) -> Node:
    """The SVG text as a node; elements and attributes that a card does not have are left out with all they hold.

    The text is our own drawing, never a document from elsewhere; what stands in it may come from data.
    """
    root = ET.fromstring(svg)  # noqa: S314  # see above: no entity or document type is ever in it
    found = element(root)
    if found is None or found.tag != "svg":
        raise ValueError("the text is no SVG")
    return found


def element(source: ET.Element) -> Node | None:
    """One element with its children, or None where a card has none of its name."""
    tag = source.tag.removeprefix(SPACE)
    if tag not in TAGS:
        return None
    attributes = tuple((name, text) for name, text in source.attrib.items() if allowed(name, text))
    children: list[Node | str] = [source.text] if source.text else []
    for child in source:
        inner = element(child)
        children += [inner] if inner is not None else []
        children += [child.tail] if child.tail else []
    return Node(tag, attributes, tuple(children))
