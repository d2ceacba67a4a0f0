"""The one road to data: guard, enforce, route, execute, and the result."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.query.road import run

__all__ = ["Result", "run"]

_HOMES = {"Result": "result", "run": "road"}


def __getattr__(name: str) -> Any:
    """``Result`` and ``run`` when they are first asked for: a worker process needs neither, and starts in half the time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
