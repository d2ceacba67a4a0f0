"""Where each word of a question went: the runs of its text that stand behind a part of the query, and the words that stand behind none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.reading import Trace


@dataclass(frozen=True)
class Span:
    """A run of the question from ``start`` to before ``end``; ``part`` is the place of its trace, None for a word that has no place in the data."""

    start: int
    end: int
    part: int | None


def spans(question: str, trace: Sequence[Trace], missing: Sequence[str] = ()) -> tuple[Span, ...]:
    """The traced words and the ``missing`` ones where they stand in ``question``, in order and apart from each other.

    The words of a trace may stand apart in the question; each then has a span of its own. What was found before is not found again.
    """
    found: list[Span] = []
    for part, words in sorted(enumerate(t.words for t in trace), key=lambda p: -len(p[1])):
        whole = free(question, words, found)
        pieces = [whole] if whole else [p for word in words.split() if (p := free(question, word, found))]
        found += [Span(*piece, part) for piece in pieces]
    for word in missing:
        if piece := free(question, word, found):
            found.append(Span(*piece, None))
    return tuple(sorted(found, key=lambda s: s.start))


def free(question: str, words: str, taken: Sequence[Span]) -> tuple[int, int] | None:
    """Where ``words`` first stand in the question as whole words that no span has taken; None where they do not."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    if not pattern:
        return None
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", question, re.IGNORECASE):
        if all(match.end() <= s.start or match.start() >= s.end for s in taken):
            return match.span()
    return None


def fragments(sql: str, part: str) -> tuple[tuple[int, int], ...]:
    """Where a part of a query stands in its text: the column of ``orders.freight``, a table, a value in quotes or a number."""
    name = part.rpartition(".")[2] if re.fullmatch(r"[\w ]+\.[\w ]+", part) else part
    days = re.fullmatch(r"(\d{4}-\d{2}-\d{2}) to \d{4}-\d{2}-\d{2}", part)
    written = days[1] if days else name
    if not written.strip():
        return ()
    found = re.finditer(
        rf"(?<![\w'\"`]){re.escape(written)}(?!\w)|'{re.escape(written)}'|[\"`]{re.escape(written)}[\"`]", sql, re.IGNORECASE
    )
    return tuple(m.span() for m in found)
