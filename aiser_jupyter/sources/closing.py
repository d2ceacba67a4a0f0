"""What ends with a source: others that keep something of it are told when it is closed."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiser_jupyter.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.sources.source import Source

_followers: WeakKeyDictionary[Source, list[Callable[[Source], None]]] = WeakKeyDictionary()
_lock = RLock()


def follow(source: Source, told: Callable[[Source], None]) -> None:
    """Have ``told`` called once when ``source`` is closed by `close`."""
    with _lock:
        callbacks = _followers.setdefault(source, [])
        if told not in callbacks:
            callbacks.append(told)


def close(source: Source) -> None:
    """Close ``source`` and what follows it."""
    with _lock:
        callbacks = _followers.pop(source, [])
    try:
        source.close()
    finally:
        for told in callbacks:
            told(source)


def unread(name: str) -> CancelledError:
    """The error for rows that were still to come when the connection was closed: what was read must not pass for the whole."""
    return CancelledError(
        f"This result was not read to the end before the connection {name} was closed.",
        hint="Connect again and run it again, or read results to the end (.arrow(), .df()) before you disconnect.",
    )
