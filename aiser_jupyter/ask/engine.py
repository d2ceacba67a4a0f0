"""The offline engine: an English question against one source's catalog, deterministically."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.reading import Reading

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.context import Context


def read(context: Context, question: str, *, on: str | None = None, today: date | None = None, follows: Reading | None = None) -> Reading:
    """Read ``question`` against the source named ``on`` (the default one where None).

    ``today`` is what relative periods count from, ``follows`` the reading that a short follow-up may modify.
    """
    del context, on, today, follows
    return Reading(question=question, answered=False, reason="I can't answer that from this data.")
