"""Who is asked in a workspace: the model that is set up, or a transcript; every call is kept in the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.ask.llm import configuration
from aiser_jupyter.ask.llm.transcript import Recorder, Replayer
from aiser_jupyter.ask.llm.usage import Usage
from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.events import Event
from aiser_jupyter.query import governed
from aiser_jupyter.query.history import seen
from aiser_jupyter.state import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.llm.call import Caller, Completion, Request
    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.quota import ModelUse

ORIGIN = "model"
LOOKED_AT = 10_000  # calls that a sum is made of


def of(context: Context) -> Caller | None:
    """Who is asked; None where no model is set up. Raises what `configuration.find` raises."""
    root = context.sources.root or Path.cwd()
    if context.settings.model_replay is not None:
        return Replayer(root / context.settings.model_replay)
    config = configuration.find(root)
    if config is None:
        return None
    from aiser_jupyter.ask.llm.transport import LiteLLM

    caller = LiteLLM(config)
    record = context.settings.model_record
    return Recorder(caller, root / record, context.clock) if record is not None else caller


def priced(caller: Caller) -> bool:
    """Whether it is known what calls cost; those of a transcript, and of a server of one's own, cost nothing."""
    known = getattr(caller, "priced", None)
    return True if known is None else bool(known())


class Counted:
    """A caller whose calls are held to the bounds of the user's role, kept in the history (origin ``model``) and summed up in ``usage``."""

    def __init__(self, inner: Caller, context: Context, connection: str) -> None:
        self._inner = inner
        self._context = context
        self._connection = connection
        self.usage: Usage | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._inner.name

    def complete(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None = None) -> Completion:
        """What the inner caller gives; raises RefusedError where the policy's bounds on models are reached."""
        use = self._begun()
        try:
            # Nothing is told to a model that cannot be put down.
            ended = governed.model_asked(self._context, self._connection, self._inner.name, request.prompt)
            try:
                found = self._inner.complete(request, deadline, on_text)
            except BaseException:
                ended(status="failed")
                raise
        except BaseException as error:
            if use is not None:
                use.end(None)
            if isinstance(error, AiserError):
                self._keep(request, Usage(self._inner.name), "failed", type(error).__name__)
            raise
        if use is not None:
            use.end(found.usage.cost)
        took = found.usage
        ended(status="done", prompt_tokens=took.prompt_tokens, completion_tokens=took.completion_tokens, cost=took.cost)
        self.usage = found.usage if self.usage is None else self.usage + found.usage
        self._keep(request, found.usage, "done")
        return found

    def _begun(self) -> ModelUse | None:
        """The use of a model by the user's role, begun; None where there is no policy."""
        use = governed.model_use(self._context)
        if use is None:
            return None
        try:
            if use.bounded and not priced(self._inner):
                raise RefusedError(  # noqa: TRY301  # kept account of like the other
                    f"The policy bounds what models may cost, and nobody knows the price of {self._inner.name}.",
                    hint="Choose a model whose price LiteLLM knows, or one of your own server (AISER_MODEL_BASE), which is taken to cost nothing.",
                )
            use.begin()
        except RefusedError as error:
            governed.refused_model(self._context, self._connection, error.message)
            raise
        return use

    def _keep(self, request: Request, usage: Usage, status: str, error: str = "") -> None:
        context = self._context
        data = {**usage.as_json(), "connection": self._connection, "error": error}
        context.events.emit(Event(f"model.{status}", context.clock.now(), data))
        # Neither the question nor the reply: the history of a connection may keep no values, and the transcript is for those who want them.
        words = f"model call {request.prompt}"
        told = json.dumps(usage.as_json())
        context.state.record(
            Run(
                context.clock.now(),
                context.identity.user,
                self._connection,
                ORIGIN,
                words,
                None,
                usage.elapsed_ms,
                status,
                error,
                usage.model,
                told,
            )
        )


def used(context: Context) -> tuple[Usage, ...]:
    """What the calls in the history that the user may see took, model by model."""
    found: dict[str, Usage] = {}
    for run in seen(context, LOOKED_AT, search="model call"):
        if run.origin != ORIGIN or run.status != "done":
            continue
        try:
            held = json.loads(run.route)
            usage = Usage(**held)
        except (ValueError, TypeError):
            continue
        found[usage.model] = found[usage.model] + usage if usage.model in found else usage
    return tuple(found[name] for name in sorted(found))
