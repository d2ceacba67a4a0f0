"""A request to a model, its reply, and who carries the one and brings the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.ask.llm.usage import Usage


@dataclass(frozen=True)
class Message:
    """What is said by whom: ``system``, ``user`` or ``assistant``."""

    role: str
    content: str

    def as_json(self) -> dict[str, str]:
        """The object of a chat request."""
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True)
class Request:
    """Messages made from the prompt ``prompt`` (``name@version``); ``schema`` is the JSON schema of the reply, None for prose."""

    prompt: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Completion:
    """The whole text of a reply, and what the call took."""

    text: str
    usage: Usage


class Caller(Protocol):
    """Whoever gets a reply: LiteLLM, or a transcript."""

    @property
    def name(self) -> str:
        """The model as records name it."""
        ...

    def complete(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None = None) -> Completion:
        """The reply within ``deadline``; ``on_text`` is told each piece of it as it comes. Raises `ModelError`."""
        ...
