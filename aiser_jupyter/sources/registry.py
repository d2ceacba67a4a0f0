"""The connections of a workspace, by name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.settings import Profile
    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.source import Source

# The connection that added files and data frames live on.
FILES = "files"


class Registry:
    """Connections by name; the one added last is the default unless ``default`` was set.

    ``profiles`` are connections of the settings, opened when they are first asked for.
    """

    def __init__(self, default: str | None = None, profiles: Mapping[str, Profile] | None = None) -> None:
        self._sources: dict[str, Source] = {}
        self._default = default
        self._profiles = dict(profiles or {})

    def add(self, source: Source) -> Source:
        """Keep ``source`` under its name, closing another that had it."""
        before = self._sources.get(source.name)
        if before is not None and before is not source:
            before.close()
        self._sources[source.name] = source
        return source

    def get(self, name: str | None = None) -> Source:
        """The connection of that name, or the default one."""
        wanted = name or self.default
        if wanted is None:
            raise SourceError(
                "There is no connection yet.", hint='Connect one: ws.connect("shop.duckdb"), or add a file: ws.add("orders.csv").'
            )
        source = self._sources.get(wanted)
        if source is None and wanted in self._profiles:
            from aiser_jupyter.sources.open import open_source

            profile = self._profiles[wanted]
            source = self._sources[wanted] = open_source(profile.url, wanted, write=profile.write)
        if source is None:
            names = [*self._sources, *self._profiles]
            near = difflib.get_close_matches(wanted, names, n=1)
            known = ", ".join(dict.fromkeys(names)) or "none yet"
            hint = f"Did you mean {near[0]!r}?" if near else f"Connections: {known}."
            raise UsageError(f"There is no connection named {wanted!r}.", hint=hint)
        return source

    def engine(self, *, latest: bool = False) -> DuckDBSource:
        """The workspace's own engine in memory, made when first needed; ``latest`` makes it the one added last, as when a file is added."""
        from aiser_jupyter.sources.duckdb import DuckDBSource

        source = self._sources.get(FILES)
        if not isinstance(source, DuckDBSource):
            source = DuckDBSource(FILES)
            self._sources = {FILES: source, **self._sources}
        if latest:
            self._sources = {**{name: other for name, other in self._sources.items() if name != FILES}, FILES: source}
        return source

    def remove(self, name: str) -> None:
        """Close and forget the connection."""
        self.get(name).close()
        del self._sources[name]

    def names(self) -> tuple[str, ...]:
        """Names of the open connections in the order they were added."""
        return tuple(self._sources)

    @property
    def default(self) -> str | None:
        """The name used where none is given."""
        if self._default in self._sources or self._default in self._profiles:
            return self._default
        return next(reversed(self._sources), None)

    @default.setter
    def default(self, name: str) -> None:
        self._default = self.get(name).name

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def close(self) -> None:
        """Close every connection."""
        for source in self._sources.values():
            source.close()
        self._sources.clear()
