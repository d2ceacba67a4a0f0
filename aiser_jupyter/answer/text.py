"""An answer where there is no card: plain text, and the same as bare escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer

SHOWN_ROWS = 10


def text(answer: Answer) -> str:
    """The sentence or the reason first, what has to be known of it, then the table, how it was read and what can be asked next; an executive's ends early."""
    lines = [answer.sentence or answer.reason, *(f"! {c.text}" for c in answer.checks if not c.ok)]
    if answer.audience == "executive" and answer.answered:
        return "\n".join(lines)
    if answer.result is not None and answer.answered:
        lines += ["", repr(answer.result)]
    if answer.restated:
        lines += ["", f"Computed: {answer.restated}"]
    lines += [f"Assumed: {a}" for a in answer.assumptions]
    lines += [f"Missing: {m}" for m in answer.missing]
    lines += [f"Could also mean: {a.restated}{f' ({a.said})' if a.said else ''}" for a in answer.alternatives]
    if answer.audience == "engineer" and answer.sql:
        took = [f"{step.elapsed_ms:.1f} ms  {step}" for step in answer.steps if step.elapsed_ms is not None]
        lines += ["", answer.sql, *(["", answer.plan] if answer.plan else []), "", *took]
    if answer.suggestions:
        lines += ["", "I can answer now:", *(f"  {s}" for s in answer.suggestions)]
    return "\n".join(lines)


def still(answer: Answer) -> str:
    """The text form as HTML without style or script."""
    return f"<pre>{escape(text(answer))}</pre>"
