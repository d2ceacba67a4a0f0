"""What went wrong with a call, as an error of ours: what may pass, what no retry mends, and nothing secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiser_jupyter import redact
from aiser_jupyter.ask.llm.retry import TransientError, retry_after
from aiser_jupyter.errors import ModelError, ModelReplyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.ask.llm.configuration import ModelConfig


class RefusedRequestError(ModelError):
    """The server takes no request of this form."""


def cut_off(where: str = "") -> TransientError:
    """The failure of a reply that has no end. Some versions of LiteLLM raise it, some leave out the reason for which it ended."""
    return TransientError("The model's reply was cut off on its way.", where=where, hint="Ask again.")


def finished(reason: str | None) -> None:
    """Raise where a stream ended for another ``reason`` than that all was said; None is a stream that broke off."""
    if reason is None:
        raise cut_off()
    if reason == "length":
        raise ModelReplyError(
            "The model stopped in the middle of its reply: it had reached its own limit.", hint="Ask a narrower question.", kind="cut_off"
        )
    if reason == "content_filter":
        raise ModelReplyError(
            "The model's provider held the reply back (content filter).", hint="Word the question differently.", kind="withheld"
        )


def explained(error: BaseException, config: ModelConfig, *, begun: bool = False) -> Exception:  # noqa: PLR0911  # one return a kind of failure
    """What LiteLLM raised, as an error of ours, without anything secret that the server may have echoed; ``begun`` where text had come before."""
    if isinstance(error, ModelError):
        return error
    where = redact.redact(f"{config.place}: {_short(error)}")
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if kind in {"Timeout", "APITimeoutError"} or status == 408:
        return TransientError("The model did not reply in time.", where=where, hint="Ask again later.")
    if status in {401, 403}:
        return ModelError(
            "The model's provider did not accept the key.", where=where, hint="Check AISER_MODEL_KEY and that it is for this model."
        )
    if status == 404:
        return ModelError(
            "The provider has no such model.", where=where, hint="Check the name in AISER_MODEL and the address in AISER_MODEL_BASE."
        )
    if status == 429:
        headers: Mapping[str, str] = getattr(error, "litellm_response_headers", None) or {}
        after = retry_after(dict(headers), datetime.now(UTC))
        return TransientError("The model's provider has too much to do.", after=after, down=False, where=where, hint="Ask again later.")
    if kind == "ContextWindowExceededError":
        return ModelError("The request is longer than the model reads.", where=where, hint="Lower the knob model_context_tokens.")
    if status in {400, 422}:
        return RefusedRequestError(
            "The model's server did not take the request.", where=where, hint="Check the model's name; docs/models.md."
        )
    if status is not None and status >= 500 and begun:
        return cut_off(where)
    if status is not None and status >= 500:
        return TransientError("The model's server failed or cannot be reached.", where=where, hint="Ask again later.")
    return ModelError("The model could not be asked.", where=where, hint="See docs/models.md.")


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
