"""LiteLLM, and the only place that knows of it: one call to a model, streamed, bounded in time and size."""

from __future__ import annotations

import importlib.util
import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.llm.call import Completion
from aiser_jupyter.ask.llm.failure import RefusedRequestError, explained, finished
from aiser_jupyter.ask.llm.retry import TransientError, retried
from aiser_jupyter.ask.llm.usage import Usage
from aiser_jupyter.errors import ModelError, ModelReplyError, SourceError
from aiser_jupyter.sources import hosts

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from aiser_jupyter.ask.llm.call import Request
    from aiser_jupyter.ask.llm.configuration import ModelConfig
    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.sources.breaker import Breaker

MOST_CHARS = 64_000  # a query and a sentence are a few hundred
COOLING_S = 30.0
_SLICE_S = 0.2
_NO_KEY = "no-key-needed"  # an endpoint of one's own often wants none, and the provider's own key is not for it

_plain: set[str] = set()  # places that take neither a schema nor a temperature
_loading = threading.Lock()


class LiteLLM:
    """Calls of one model: retried where it was the server's fault, left alone for a while where it stays silent."""

    def __init__(self, config: ModelConfig, rng: random.Random | None = None) -> None:
        self._config = config
        self._rng = rng

    @property
    def name(self) -> str:
        """The model's name."""
        return self._config.model

    def priced(self) -> bool:
        """Whether a call's price is known: by the map that LiteLLM ships, or nothing, of a server of one's own."""
        return bool(self._config.base) or not installed() or _price(self._config.model, 1_000, 1_000) is not None

    def complete(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None = None) -> Completion:
        """The reply within ``deadline``. Raises `ModelError` for what cannot be had, `ModelReplyError` for one that is cut off or too long."""
        place = self._config.place
        breaker = hosts.breaker(place, what=f"The model {place}", cooling_s=COOLING_S)

        def attempt() -> Completion:
            deadline.check()
            return _counted(breaker, lambda: self._once(request, deadline, on_text))

        return retried(attempt, deadline, self._rng)

    def _once(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None) -> Completion:
        plain = self._config.place in _plain
        try:
            return self._call(request, deadline, on_text, plain=plain)
        except RefusedRequestError:
            if plain:
                raise
            # Small servers often know neither of the two; the reply is checked here anyway.
            found = self._call(request, deadline, on_text, plain=True)
            _plain.add(self._config.place)
            return found

    def _call(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None, *, plain: bool) -> Completion:
        started = time.monotonic()
        stream = _Stream(self._config, request, deadline, plain=plain)
        pieces: list[str] = []
        size = 0
        try:
            for piece in stream.pieces(deadline):
                size += len(piece)
                if size > MOST_CHARS:
                    raise ModelReplyError(
                        f"The model's reply is longer than {MOST_CHARS:,} characters.",
                        hint="Ask a narrower question, or another model.",
                        kind="too_long",
                    )
                pieces.append(piece)
                if on_text is not None:
                    on_text(piece)
        finally:
            stream.close()
        finished(stream.finish)
        tokens_in, tokens_out = stream.tokens
        usage = Usage(
            self._config.model,
            1,
            tokens_in,
            tokens_out,
            None if self._config.base else _price(self._config.model, tokens_in, tokens_out),
            round((time.monotonic() - started) * 1000, 3),
        )
        return Completion("".join(pieces), usage)


class _Stream:
    """A call on a thread of its own, so that nothing the server does can hold the one who waits."""

    def __init__(self, config: ModelConfig, request: Request, deadline: Deadline, *, plain: bool) -> None:
        self.finish: str | None = None
        self.tokens: tuple[int | None, int | None] = (None, None)
        self._config = config
        self._box: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=256)
        self._stop = threading.Event()
        self._open: Any = None
        self._left = deadline.left()
        self._thread = threading.Thread(target=self._run, args=(request, plain), name="aiser-model", daemon=True)
        self._thread.start()

    def pieces(self, deadline: Deadline) -> Any:
        """Each piece of text as it comes; raises what the call raised, in our words."""
        begun = False
        while True:
            deadline.check()
            try:
                kind, value = self._box.get(timeout=min(_SLICE_S, deadline.left() or 0.001))
            except queue.Empty:
                continue
            if kind == "text":
                begun = True
                yield value
            elif kind == "end":
                self.finish, self.tokens = value
                return
            else:
                raise explained(value, self._config, begun=begun) from None

    def close(self) -> None:
        """Let the call go; its connection is closed, its thread ends."""
        self._stop.set()
        with suppress(Exception):  # the stream may be gone, or another thread may be reading it
            if self._open is not None:
                getattr(self._open.completion_stream, "response", self._open.completion_stream).close()

    def _run(self, request: Request, plain: bool) -> None:
        try:
            litellm = load()
            missing = self._missing(litellm)
            if missing:
                raise ModelError(  # noqa: TRY301  # it is told to the other thread like any failure
                    f"The model {self._config.model} needs a key that is missing: {', '.join(missing)}.",
                    hint=f"Set {missing[0]} (or AISER_MODEL_KEY) before Jupyter starts.",
                )
            self._open = litellm.completion(**self._arguments(request, plain=plain))
            tokens: tuple[int | None, int | None] = (None, None)
            for chunk in self._open:
                if self._stop.is_set():
                    return
                used = getattr(chunk, "usage", None)
                if used is not None:
                    tokens = used.prompt_tokens, used.completion_tokens
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    self._put("text", text)
            # What the wrapper says of its last chunk is made up where the stream broke off; this is what the server said.
            self._put("end", (getattr(self._open, "received_finish_reason", None), tokens))
        except BaseException as error:  # noqa: BLE001  # whatever it is, the one who waits must hear of it
            self._put("error", error)

    def _put(self, kind: str, value: Any) -> None:
        while not self._stop.is_set():
            with suppress(queue.Full):
                self._box.put((kind, value), timeout=_SLICE_S)
                return

    def _missing(self, litellm: Any) -> list[str]:
        config = self._config
        if config.base or config.key:
            return []
        told = litellm.validate_environment(model=config.model)
        return [] if told["keys_in_environment"] else list(told["missing_keys"])

    def _arguments(self, request: Request, *, plain: bool) -> dict[str, Any]:
        config = self._config
        given: dict[str, Any] = {
            "model": config.model,
            "messages": [message.as_json() for message in request.messages],
            "stream": True,
            "timeout": max(1.0, self._left),
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
        }
        if config.base:
            given["api_base"] = config.base
        if config.base or config.key:
            given["api_key"] = config.key or _NO_KEY
        if not plain:
            given |= {"temperature": 0, "stream_options": {"include_usage": True}}
            if request.schema is not None:
                schema = {"name": "reply", "schema": dict(request.schema), "strict": False}
                given["response_format"] = {"type": "json_schema", "json_schema": schema}
        return given


def load() -> Any:
    """LiteLLM, imported at its first use; raises `ModelError` where it is not installed.

    Its price map is the one it ships (else it asks the network at import), and it does not read ``.env`` files: the workspace's could move
    a provider's address elsewhere.
    """
    with _loading:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        os.environ["LITELLM_MODE"] = "PRODUCTION"
        try:
            import litellm  # pyright: ignore[reportMissingImports]  # an extra
        except ImportError:
            raise ModelError("LiteLLM, which speaks to models, is not installed.", hint="pip install 'aiser-jupyter[model]'") from None
        litellm.telemetry = False  # pyright: ignore[reportAttributeAccessIssue]  # later versions have none
        litellm.suppress_debug_info = True
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        return litellm


def installed() -> bool:
    """Whether LiteLLM is there; it is not imported."""
    return importlib.util.find_spec("litellm") is not None


def warm() -> None:
    """Start importing LiteLLM in the background: it takes seconds, and the schema can be read meanwhile."""
    if "litellm" in sys.modules or not installed():
        return

    def quietly() -> None:
        with suppress(ModelError):
            load()

    threading.Thread(target=quietly, name="aiser-model-warm", daemon=True).start()


def forget() -> None:
    """Know nothing of any server any more; for tests."""
    hosts.forget()
    _plain.clear()


def state(config: ModelConfig) -> str:
    """``closed``, ``open`` or ``half-open``: whether the model is asked or left alone for a while."""
    return hosts.state(config.place)


def _counted(breaker: Breaker, call: Callable[[], Completion]) -> Completion:
    """``call`` through the breaker, which counts only failures that speak of a server out of order."""
    try:
        return breaker.call(call, down=lambda error: isinstance(error, TransientError) and error.down)
    except SourceError as error:  # the breaker is open
        raise ModelError(error.message, where=error.where, hint=error.hint) from None


def _price(model: str, tokens_in: int | None, tokens_out: int | None) -> float | None:
    """US dollars by the price map that LiteLLM ships; None where it does not know the model."""
    if tokens_in is None or tokens_out is None:
        return None
    try:
        parts = load().cost_per_token(model=model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
    except Exception:  # noqa: BLE001  # an unknown model raises one of several classes, and a price is never worth a failure
        return None
    return float(sum(parts)) or None
