"""A policy as it is now: read again when its file changes, and nothing in its place where it cannot be read."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import file

if TYPE_CHECKING:
    from pathlib import Path

    from aiser_jupyter.policy.policy import Policy


class Watched:
    """The policy in a file; each call gives the one that is written there now, and raises SettingsError where that is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, ...] = ()
        self._policy: Policy | None = None

    def __call__(self) -> Policy:
        """The policy as it is now."""
        try:
            with self._lock:
                state = self._path.stat()
                seen = (state.st_mtime_ns, state.st_size, state.st_ino)
                if self._policy is None or seen != self._seen:
                    self._policy = None
                    self._policy = file.of(self._path)
                    self._seen = seen
                return self._policy
        except OSError as error:
            raise SettingsError(
                "The policy cannot be read, and nothing is given without it.",
                where=f"{self._path}: {error.strerror}",
                hint="Ask whoever governs it.",
            ) from None
