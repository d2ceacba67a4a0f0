"""An answer where there is no card: plain text, and the same as bare escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer

SHOWN_ROWS = 10


def text(answer: Answer) -> str:
    """The sentence or the reason first, then the table, then how it was read and what can be asked next."""
    lines = [answer.sentence or answer.reason, *([answer.explanation] if answer.explanation else [])]
    if answer.result is not None and answer.answered:
        lines += ["", repr(answer.result)]
    if answer.restated:
        lines += ["", f"Computed: {answer.restated}"]
    lines += [f"Assumed: {a}" for a in answer.assumptions]
    lines += [f"Missing: {m}" for m in answer.missing]
    lines += list(answer.reading.notes) if answer.reading is not None else []
    lines += [f"Could also mean: {a.restated}" for a in answer.alternatives]
    if answer.suggestions:
        lines += ["", "I can answer now:", *(f"  {s}" for s in answer.suggestions)]
    return "\n".join(lines)


def still(answer: Answer) -> str:
    """The text form as HTML without style or script."""
    return f"<pre>{escape(text(answer))}</pre>"
