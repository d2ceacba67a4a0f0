"""How I got here, drawn: the steps of an answer as numbered marks joined to what each builds on, and the same as a list of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.widgets.node import Node, node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.widgets.view import Thought

ACROSS, DOWN, RADIUS, EDGE = 62, 34, 11, 14
# A shape for each way of reasoning, so that colour is not the only sign.
SHAPES = {"plain": "circle", "deductive": "square", "inductive": "diamond", "abductive": "hexagon", "analogical": "double"}
LINKED = 9


def graph(thoughts: Sequence[Thought]) -> Node:
    """The drawing: each step right of all it builds on, side by side where they build on the same."""
    places = layout(thoughts)
    wide, tall = (max(p[i] for p in places) for i in (0, 1))
    edges = [edge(places[i], places[j]) for j, t in enumerate(thoughts) for i in t.inputs if 0 <= i < j]
    marks = [mark(i, t, *places[i]) for i, t in enumerate(thoughts)]
    width, height = wide * ACROSS + 2 * EDGE, tall * DOWN + 2 * EDGE
    said = f"{len(thoughts)} steps: " + "; ".join(f"{i}. {t.text}{built(t)}" for i, t in enumerate(thoughts, 1))
    return node(
        "svg",
        "graph",
        *edges,
        *marks,
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        aria_label=said,
    )


def layout(thoughts: Sequence[Thought]) -> list[tuple[int, int]]:
    """The column and row of each step: its column is the longest way to it."""
    columns: list[int] = []
    rows: list[int] = []
    for index, thought in enumerate(thoughts):
        before = [i for i in thought.inputs if 0 <= i < index]
        column = max((columns[i] + 1 for i in before), default=0)
        taken = [r for c, r in zip(columns, rows, strict=True) if c == column]
        wanted = rows[before[-1]] if before else 0
        columns.append(column)
        rows.append(wanted if wanted not in taken else max(taken) + 1)
    return list(zip(columns, rows, strict=True))


def edge(start: tuple[int, int], end: tuple[int, int]) -> Node:
    """A line from one step to one that builds on it."""
    x1, y1 = start[0] * ACROSS + EDGE + RADIUS, start[1] * DOWN + EDGE
    x2, y2 = end[0] * ACROSS + EDGE - RADIUS - 1, end[1] * DOWN + EDGE
    bend = (x2 - x1) / 2
    return node("path", "ed", d=f"M{x1} {y1}C{x1 + bend:g} {y1} {x2 - bend:g} {y2} {x2} {y2}", fill="none")


def mark(index: int, thought: Thought, column: int, row: int) -> Node:
    """The mark of a step: its shape says the way of reasoning, its number the line of the list."""
    x, y = column * ACROSS + EDGE, row * DOWN + EDGE
    drawn = shape(SHAPES[thought.kind], x, y)
    number = node("text", "", str(index + 1), x=str(x), y=f"{y + 4}", text_anchor="middle", font_size="12")
    title = node("title", "", f"{index + 1}. {thought.text} ({thought.what})")
    return node("g", linked(f"th {thought.kind}", "s", index + 1), title, *drawn, number, tabindex="0", role="img", aria_label=thought.text)


def shape(kind: str, x: int, y: int) -> tuple[Node, ...]:
    """The outline of a mark."""
    r = RADIUS
    if kind == "square":
        return (node("rect", "", x=str(x - r), y=str(y - r), width=str(2 * r), height=str(2 * r), rx="3"),)
    if kind in {"diamond", "hexagon"}:
        corners = (
            [(0, -r - 2), (r + 2, 0), (0, r + 2), (-r - 2, 0)]
            if kind == "diamond"
            else [(-r - 1, 0), (-r / 2, -r), (r / 2, -r), (r + 1, 0), (r / 2, r), (-r / 2, r)]
        )
        return (node("polygon", "", points=" ".join(f"{x + a:g},{y + b:g}" for a, b in corners)),)
    ring = (node("circle", "ring", cx=str(x), cy=str(y), r=str(r + 3), fill="none"),) if kind == "double" else ()
    return (*ring, node("circle", "", cx=str(x), cy=str(y), r=str(r)))


def thinking(thoughts: Sequence[Thought]) -> Node:
    """The list: what was done, of what kind, how sure, how long, and what it rests on."""
    return node("ol", "thoughts", *(line(i, t) for i, t in enumerate(thoughts, 1)))


def line(number: int, thought: Thought) -> Node:
    """One step in words."""
    notes = " · ".join(part for part in (thought.what, thought.sure, thought.time, built(thought).strip(" ()")) if part)
    return node(
        "li",
        linked("", "s", number),
        node("i", "nr", str(number)),
        node("span", "", node("b", "", thought.text), node("span", "of", notes)),
    )


def built(thought: Thought) -> str:
    """``(from 1 and 2)``."""
    return f" (from {' and '.join(str(i + 1) for i in thought.inputs)})" if thought.inputs else ""


def linked(kind: str, letter: str, number: int) -> str:
    """The classes of one of several things that light up together; beyond nine they do not."""
    return " ".join(part for part in (kind, f"{letter}{number}" if number <= LINKED else "") if part)
