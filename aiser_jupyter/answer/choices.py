"""Keeping the reading that someone chose, so that the same question is read so the next time."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aiser_jupyter.errors import NotYetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context

# The part that keeps choices, and its function of the context and the chosen answer.
HOME, NAME = "aiser_jupyter.answer.memory", "remember_choice"


def keeper() -> Callable[[Context, Answer], object] | None:
    """The function that keeps a choice; None where there is no memory."""
    return getattr(import_module(HOME), NAME, None) if find_spec(HOME) is not None else None


def remember(context: Context, answer: Answer) -> None:
    """Keep ``answer``'s query for its question. Raises NotYetError where there is no memory."""
    keep = keeper()
    if keep is None:
        raise NotYetError("A chosen reading cannot be remembered yet.", hint="Save its SQL: %%sql --save NAME.")
    keep(context, answer)
