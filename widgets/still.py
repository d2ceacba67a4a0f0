"""The card where nothing runs: saved notebooks, nbconvert, GitHub, a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.widgets.card import card
from aiser_jupyter.widgets.exhibits import said
from aiser_jupyter.widgets.graph import built
from aiser_jupyter.widgets.node import Node, html
from aiser_jupyter.widgets.style import style
from aiser_jupyter.widgets.view import level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.widgets.view import CardView, Grid, Option


def still_html(view: CardView) -> str:
    """The card as self-contained HTML without script; every text from data is escaped."""
    return page(card(view))


def page(tree: Node, *, answers: bool = True) -> str:
    """A tree with the style it needs, that of ``answers`` included; all rules hold below ``.aiser`` alone."""
    return f'<div class="aiser still"><style>{style(answers=answers)}</style>{html(tree)}</div>'


def still_text(view: CardView) -> str:
    """The card as plain text: the sentence first, then what it rests on."""
    blocks = [
        view.sentence,
        "\n".join(f"{_sign(s.progress)} {s.text}" for s in view.stages),
        "\n".join(view.detail) if view.state != "answered" else "",
        aligned(view.grid) if view.grid else "",
        "\n".join(f"! {note.text}" for note in view.checks if not note.ok),
        told(
            view.options,
            "Other readings:" if view.state == "answered" else "The closest I could compute:" if view.state == "refused" else "",
        ),
        listed("What I need", view.needs),
        listed("What I can answer now", view.suggestions),
        "\n".join(
            f"{term}: {said}"
            for term, said in (
                ("Computed", view.scope),
                ("Assumed", "; ".join(view.assumptions)),
                ("Checked", " ".join(note.text for note in view.checks if note.ok)),
                ("Verified", view.badge),
                ("Confidence", f"{level(view.confidence)}, {view.confidence:.2f}" if view.confidence is not None else ""),
                ("Source", " · ".join(view.footer)),
            )
            if said
        ),
        view.code if view.state in {"answered", "error"} and view.audience != "executive" else "",
        *(f"{term}:\n{text}" for term, text in view.engine),
        steps(view),
        listed("Ask next", view.followups),
    ]
    return "\n\n".join(block for block in [*blocks, *said(view.panels)] if block)


def told(options: Sequence[Option], title: str) -> str:
    """Readings, one a line, numbered as they are chosen."""
    lines = [f"{i}. {' · '.join(filter(None, (o.title, o.detail, o.sure)))}" for i, o in enumerate(options, 1)]
    return "\n".join(([title] if title else []) + lines) if lines else ""


def steps(view: CardView) -> str:
    """The reasoning record, one step a line; an executive has no use for it."""
    if not view.thoughts or view.audience == "executive":
        return ""
    lines = [
        f"  {i}. {t.text}{built(t)}" + "".join(f" · {part}" for part in (t.what, t.sure, t.time) if part)
        for i, t in enumerate(view.thoughts, 1)
    ]
    return "\n".join(["How I got here:", *lines])


def aligned(grid: Grid) -> str:
    """The table in columns of one width."""
    lines = [list(grid.columns), *([cell.text for cell in row] for row in grid.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(grid.columns))]
    text = [
        "  ".join(
            word.rjust(width) if right else word.ljust(width) for word, width, right in zip(line, widths, grid.numeric, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*text, *([grid.note] if grid.note else [])])


def listed(title: str, texts: tuple[str, ...]) -> str:
    """A heading and one line a text, or nothing where there are none."""
    return "\n".join([f"{title}:", *(f"  {text}" for text in texts)]) if texts else ""


def _sign(progress: str) -> str:
    return {"done": "+", "now": ">", "next": " "}[progress]
