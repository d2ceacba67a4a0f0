"""Secrets taken out of the traceback of any exception, ours or not, before it is shown and saved in the notebook."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr
from functools import wraps
from typing import IO, TYPE_CHECKING, Any

from aiser_jupyter import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell

_MARK = "_aiser_redacts"


def register(shell: InteractiveShell) -> None:
    """Wrap what the shell and its kernel tell of an exception; the exception itself, its frames and `%debug` stay as they are.

    Registering once more changes nothing.
    """
    if getattr(shell, _MARK, False):
        return
    setattr(shell, _MARK, True)
    _wrap_lines(shell)
    _wrap_printed(shell)
    _wrap_reply(getattr(shell, "kernel", None))


def clean(lines: list[str], error: BaseException | None) -> list[str]:
    """The lines of a traceback without the secrets that references led to, and its messages without what looks like one.

    Source lines keep what only looks like a secret, such as ``token = tokens[i]``: they stand in the notebook anyway, and are what one debugs by.
    """
    for message in {_said(one) for one in _chain(error)}:
        told = redact.redact(message)
        if told != message:
            pairs = list(zip(message.split("\n"), told.split("\n"), strict=False)) if message.count("\n") == told.count("\n") else []
            for before, after in [(message, told), *pairs]:
                if before and before != after:
                    lines = [line.replace(before, after) for line in lines]
    return [redact.cut(shown) if "..." in (shown := redact.known(line)) else shown for line in lines]


def _said(error: object) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # an exception that cannot be written has its own way to say so
        return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, those it came from, and those in it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *(one.exceptions if isinstance(one, BaseExceptionGroup) else ())]


def _wrap_lines(shell: Any) -> None:
    """What goes to the front end as an error, into the saved notebook and into the kernel's reply."""
    show = shell._showtraceback  # noqa: SLF001  # the one place that every traceback of IPython passes

    @wraps(show)
    def shown(etype: type[BaseException], value: Any, lines: list[str]) -> Any:
        error = value if isinstance(value, BaseException) else None
        said = _said(value)
        told = redact.redact(said)
        # A kernel sends str(value); nobody else asks for more of it than that.
        return show(etype, value if told == said else told, clean(lines, error))

    shell._showtraceback = shown  # noqa: SLF001


def _wrap_printed(shell: Any) -> None:
    """What IPython prints itself: exception groups, usage errors, exceptions that cannot be formatted."""
    show = shell.showtraceback

    @wraps(show)
    def shown(*args: Any, **named: Any) -> Any:
        with redirect_stderr(_Clean(sys.stderr, sys.exception())):  # type: ignore[type-var]  # a stream in all that is used of one
            return show(*args, **named)

    shell.showtraceback = shown


def _wrap_reply(kernel: Any) -> None:
    """The reply to the request, which those who run notebooks (nbclient, papermill) put into their own errors and logs."""
    run = getattr(kernel, "do_execute", None)
    if run is None:
        return

    @wraps(run)
    async def ran(*args: Any, **named: Any) -> Any:
        reply = run(*args, **named)
        reply = await reply if hasattr(reply, "__await__") else reply
        if isinstance(reply, dict) and reply.get("status") == "error":
            reply["evalue"] = redact.redact(str(reply.get("evalue", "")))
            reply["traceback"] = clean(list(reply.get("traceback") or []), None)
        return reply

    kernel.do_execute = ran


class _Clean:
    """A stream that takes secrets out of what is written through it."""

    def __init__(self, stream: IO[str], error: BaseException | None) -> None:
        self._stream = stream
        self._error = error

    def write(self, text: str) -> int:
        self._stream.write(clean([text], self._error)[0])
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
