"""What happens, told to whoever listens: panels, progress, audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Event:
    """Something that happened: ``kind`` in dotted words (``query.done``), when, and its plain data."""

    kind: str
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Events:
    """The listeners of one workspace, called in the order they came."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every event from now on; the returned function ends it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def emit(self, event: Event) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(event)
