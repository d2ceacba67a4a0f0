"""Keeping the reading that someone chose, so that the same question is read so the next time."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import NotYetError

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context

HOME = "aiser_jupyter.memory"


def keeper(context: Context) -> Any:
    """The memory that keeps choices; None where there is none or it is off."""
    if find_spec(HOME) is None:
        return None
    memory = import_module(HOME + ".memory").of(context)
    return memory if memory.enabled else None


def remember(context: Context, answer: Answer) -> None:
    """Keep ``answer``'s query as the verified one of its question: choosing it confirmed it. Raises NotYetError where there is no memory."""
    memory = keeper(context)
    if memory is None or answer.sql is None:
        raise NotYetError("A chosen reading cannot be remembered here.", hint="Save its SQL: %%sql --save NAME.")
    kept = {"question": answer.question, "sql": answer.sql, "on": answer.source}
    memory.keep(memory.propose(memory.lesson("verified", answer.question, kept, answer.source)))
