"""Which connection and engine run a statement, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiser_jupyter.sources.registry import Registry
    from aiser_jupyter.sources.source import Source


@dataclass(frozen=True)
class Route:
    """A connection, why it was chosen, and which others would do."""

    source: Source
    reason: str
    alternatives: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The route as a `Result` shows it."""
        return {"engine": self.source.dialect, "reason": self.reason, "alternatives": list(self.alternatives)}


def choose(sources: Registry, on: str | None, tables: Collection[str], frames: Collection[str]) -> Route:
    """The connection to run on: the one asked for; else the default where it has the ``tables``; else the only other one that has them.

    ``frames`` are the tables that are data frames: without any other table they run on the workspace's own engine.
    Raises `UsageError` where frames are to be joined with tables of an engine that cannot take them.
    """
    route = _choose(sources, on, tables, frames)
    if frames and not route.source.capabilities.frames:
        raise UsageError(
            f"{', '.join(frames)} is a data frame, and {route.source.name} is another engine: they cannot be joined in one statement.",
            hint="Read the table first (r = ws.sql(…)), then join r with the frame: a result is a table too.",
        )
    return route


def _choose(sources: Registry, on: str | None, tables: Collection[str], frames: Collection[str]) -> Route:
    if on is not None:
        return Route(sources.get(on), "asked for")
    if frames and not tables:
        default = sources.get() if sources.default else None
        usable = default if default is not None and default.capabilities.frames else sources.engine()
        return Route(usable, "data frames live on the workspace's own engine")
    if sources.default is None and not tables:
        return Route(sources.engine(), "no table is named")
    default = sources.get()
    others = [sources.get(name) for name in sources.names() if name != default.name]
    if not others or not tables or _has(default, tables):
        return Route(default, "the only connection" if not others else "the default connection")
    having = [source for source in others if _has(source, tables)]
    if not having:
        return Route(default, "the default connection")
    return Route(having[0], "its tables are there", tuple(source.name for source in having[1:]))


def _has(source: Source, tables: Collection[str]) -> bool:
    names = {table.name.casefold() for table in source.tables()}
    return all(name.casefold().rpartition(".")[2] in names for name in tables)
