"""Blocking work beside an event loop: on a thread that nobody waits for at the end, with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

from aiser_jupyter.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")
NAME = "aiser-tool"


async def apart(work: Callable[[], T], seconds: float, *, what: str) -> T:
    """What ``work`` returns or raises; `ToolError` after ``seconds``. The thread is left behind then: Python can stop none."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def told(value: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]  # of work's own type where there is no error

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work()
        except BaseException as raised:  # noqa: BLE001  # whatever it is, it is raised again where it is waited for
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(told, value, error)

    threading.Thread(target=run, name=NAME, daemon=True).start()
    try:
        return await asyncio.wait_for(done, seconds)
    except TimeoutError:
        raise ToolError(
            f"{what} took longer than {seconds:g} seconds and was given up.", hint="Ask for less, or allow more time."
        ) from None


def blocking(work: Callable[[], Coroutine[Any, Any, T]], seconds: float, *, what: str) -> T:
    """What a coroutine returns or raises, from code that may itself run in an event loop, as a notebook's does; `ToolError` after ``seconds``."""
    box: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            box.append(asyncio.run(work()))
        except BaseException as raised:  # noqa: BLE001  # raised again below
            failed.append(raised)

    thread = threading.Thread(target=run, name=NAME, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise ToolError(f"{what} took longer than {seconds:g} seconds and was given up.", hint="Ask for less, or allow more time.")
    if failed:
        raise failed[0]
    return box[0]
