"""How each tool has done since the workspace was opened: how often, how well, how quickly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from threading import Lock

LATEST = 1000  # times that the median is taken over


@dataclass(frozen=True)
class Use:
    """The calls of one tool: ``share`` of them went well (0 to 1, None where there were none), the middle one took ``p50_ms``."""

    tool: str
    calls: int = 0
    failed: int = 0
    p50_ms: float | None = None
    error: str = ""

    @property
    def share(self) -> float | None:
        """The part of the calls that went well."""
        return (self.calls - self.failed) / self.calls if self.calls else None


@dataclass
class _Count:
    calls: int = 0
    failed: int = 0
    error: str = ""
    times: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST))


class Usage:
    """The counts of one workspace; any thread may add to them."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()

    def add(self, tool: str, elapsed_ms: float, error: str = "") -> None:
        """Count a call; ``error`` is the type of what went wrong, empty where nothing did."""
        with self._lock:
            count = self._counts.setdefault(tool, _Count())
            count.calls += 1
            count.times.append(elapsed_ms)
            if error:
                count.failed += 1
                count.error = error

    def of(self, tool: str) -> Use:
        """The calls of ``tool`` so far."""
        with self._lock:
            count = self._counts.get(tool)
            if count is None:
                return Use(tool)
            return Use(tool, count.calls, count.failed, median(count.times), count.error)
