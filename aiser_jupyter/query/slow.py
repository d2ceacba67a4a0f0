"""A notice where a query was slow, with what could make it faster."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError
from aiser_jupyter.events import Event

if TYPE_CHECKING:
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.record import Record

Advise = Callable[[], Sequence[str]]
# Parts that run many statements of their own; the user can change none of them.
_OWN = frozenset({"profile", "status", "materialize"})
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_log = logging.getLogger("aiser_jupyter.slow")


def notice(context: Context, record: Record, advise: Advise | None) -> tuple[str, ...]:
    """Tell the listeners (``query.slow``) that a query took more than ``slow_query_s``, with the hints of ``advise``; the hints.

    A query that was stopped at its deadline is slow too. Advice that cannot be had is left out: the query itself went well.
    """
    if record.cached or record.origin in _OWN or record.elapsed_ms < context.settings.slow_query_s * 1000:
        return ()
    hints: tuple[str, ...] = ()
    if advise is not None:
        try:
            hints = tuple(dict.fromkeys(advise()))
            if context.copy_for(record.source) != "results":
                hints = tuple(_LITERAL.sub("?", hint) for hint in hints)
        except AiserError as error:
            _log.warning("No advice on a slow query: %s", error.message)
    data = {**record.as_json(), "hints": hints}
    context.events.emit(Event("query.slow", context.clock.now(), data))
    return hints
