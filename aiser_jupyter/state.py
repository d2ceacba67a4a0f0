"""The workspace's own store: what was asked, in memory until the workspace has its `.aiser/` folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One query that ran: ``rows`` is None where nobody read to the end; ``status`` is ``done``, ``failed``, ``refused``, ``cancelled`` or ``deadline``."""

    at: datetime
    user: str
    connection: str
    origin: str
    sql: str
    rows: int | None
    elapsed_ms: float
    status: str
    error: str = ""


class State:
    """History of one workspace."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._runs: list[Run] = []

    def record(self, run: Run) -> None:
        """Keep ``run``."""
        self._runs.append(run)

    def history(self, limit: int = 100) -> list[Run]:
        """The latest runs, newest first."""
        return self._runs[::-1][:limit]
