"""An answer where there is no card: plain text, and the same as bare escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.exhibit import Exhibit

SHOWN_ROWS = 10


def text(answer: Answer) -> str:
    """The sentence or the reason first, what has to be known of it, then the table, how it was read and what can be asked next; an executive's ends early."""
    lines = [answer.sentence or answer.reason, *([answer.explanation] if answer.explanation else [])]
    lines += [f"! {c.text}" for c in answer.checks if not c.ok]
    if answer.audience == "executive" and answer.answered:
        return "\n".join(lines)
    if answer.result is not None and answer.answered:
        lines += ["", repr(answer.result)]
    if answer.restated:
        lines += ["", f"Computed: {answer.restated}"]
    lines += [f"Assumed: {a}" for a in answer.assumptions]
    lines += [f"Missing: {m}" for m in answer.missing]
    lines += list(answer.reading.notes) if answer.reading is not None else []
    lines += [f"Could also mean: {a.restated}{f' ({a.said})' if a.said else ''}" for a in answer.alternatives]
    lines += [line for exhibit in answer.exhibits for line in ("", *part(exhibit))]
    if answer.audience == "engineer" and answer.sql:
        took = [f"{step.elapsed_ms:.1f} ms  {step}" for step in answer.steps if step.elapsed_ms is not None]
        lines += ["", answer.sql, *(["", answer.plan] if answer.plan else []), "", *took]
    if answer.suggestions:
        lines += ["", "I can answer now:", *(f"  {s}" for s in answer.suggestions)]
    return "\n".join(lines)


def part(exhibit: Exhibit) -> list[str]:
    """The lines of one part: its title with the place, what it says, what to do, the first rows, and where it is about a statement the statement."""
    lines = [f"{exhibit.title} ({exhibit.place})" if exhibit.place else exhibit.title]
    lines += [exhibit.text] if exhibit.text else []
    lines += [f"  {one}" for one in exhibit.advice]
    if exhibit.result is not None and exhibit.kind in {"kpi", "chart"}:
        lines.append(exhibit.result.text(5))
    return lines + ([exhibit.sql] if exhibit.sql and exhibit.kind == "rewrite" else [])


def still(answer: Answer) -> str:
    """The text form as HTML without style or script."""
    return f"<pre>{escape(text(answer))}</pre>"
