"""Four assistants, each useful without a model: the analyst, the SQL reviewer, the designer and the advisor."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from aiser_jupyter.answer.assistants.assistant import DEEPEST, Assistant, Request, Wording, worded

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context

__all__ = ["NAMES", "Assistant", "Request", "Wording", "ask_assistant", "assistant", "reply", "worded"]

NAMES = ("analyst", "sql", "designer", "advisor")


def assistant(name: str) -> Assistant:
    """The assistant of that name."""
    return import_module(f"aiser_jupyter.answer.assistants.{name}").ASSISTANT


def reply(context: Context, name: str, request: Request) -> Answer | None:
    """What an assistant says; None where the question is one for the plain engine, as most are that the analyst gets."""
    if name not in request.asked_by:
        request = replace(request, asked_by=(*request.asked_by, name))
    return assistant(name).reply(context, request)


def ask_assistant(context: Context, request: Request, name: str, question: str, *, follows: Answer | None = None) -> Answer:
    """What another assistant says to ``question``, for the one that got ``request``; with its context, and through at most two others.

    One that was asked on the way here is not asked again: the plain engine answers instead.
    """
    from aiser_jupyter.answer.build import answer

    again = name in request.asked_by or len(request.asked_by) > DEEPEST
    inner = replace(request, question=question, follows=follows, asked_by=(*request.asked_by, name))
    own = None if again else reply(context, name, inner)
    return own if own is not None else answer(context, question, on=request.on, engine=request.engine, today=request.today, follows=follows)
