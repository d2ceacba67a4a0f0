"""Which chart a table wants: rules from the columns' roles, the number of rows and the question's words, first that fits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.chart import headline, rules
from aiser_jupyter.chart.asked import wish
from aiser_jupyter.chart.fit import fitted
from aiser_jupyter.chart.kinds import DRAWN, NEXT, drawn
from aiser_jupyter.chart.seen import Seen, see
from aiser_jupyter.chart.table import view
from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.spec import KINDS

if TYPE_CHECKING:
    from aiser_jupyter.spec import ChartKind, ChartSpec


def choose(table: object, question: str | None = None) -> ChartSpec:
    """The chart for ``table``, given what was asked; ``table`` is a Result, a frame, or the JSON shape of a result.

    The choice is deterministic, ``reason`` says why in one sentence. A kind asked for by name is kept where the data allow it.
    A kind that cannot be drawn is never chosen.
    """
    seen = see(view(table), wish(question))
    spec = by_name(seen) or rules.first(seen)
    spec = replace(spec, alternatives=others(spec.kind, seen))
    return headline.worded(spec, seen.table)


def by_name(seen: Seen) -> ChartSpec | None:
    """The kind asked for by name, where the data allow it."""
    kind = seen.wish.kind
    if kind is None or kind not in DRAWN or not seen.table.row_count:
        return None
    spec = fitted(kind, seen)
    return spec and replace(spec, reason=f"You asked for a {kind.replace('_', ' ')}, and the data allow it.")


def of_kind(table: object, kind: str, question: str | None = None) -> ChartSpec:
    """The spec of ``kind`` for ``table``, for "change chart" and ``--chart KIND``.

    Raises NotYetError for a kind that cannot be drawn yet and UsageError where the data do not allow it.
    """
    seen = see(view(table), wish(question))
    if not drawn(kind):
        known = f"Kinds: {', '.join(sorted(DRAWN))}."
        raise (
            NotYetError(f"A {kind.replace('_', ' ')} chart cannot be drawn yet.", hint=known)
            if kind in KINDS
            else UsageError(f"There is no chart of kind {kind!r}.", hint=known)
        )
    spec = fitted(kind, seen)
    if spec is None:
        first = rules.first(seen).kind
        possible = ", ".join((first, *others(first, seen)))
        raise UsageError(
            f"These columns do not make a {kind.replace('_', ' ')} chart.",
            where=f"Columns: {', '.join(seen.table.names)}.",
            hint=f"They make: {possible}.",
        )
    return headline.worded(
        replace(spec, reason=f"You asked for a {kind.replace('_', ' ')}.", alternatives=others(spec.kind, seen)), seen.table
    )


def others(kind: ChartKind, seen: Seen) -> tuple[ChartKind, ...]:
    """Other kinds that the same data allow, best first."""
    return tuple(other for other in NEXT[kind] if fitted(other, seen) is not None)
