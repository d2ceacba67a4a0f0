"""The connections of a workspace, by name."""

from __future__ import annotations

import copy
import difflib
import os
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from aiser_jupyter import trust
from aiser_jupyter.errors import SourceError, UsageError
from aiser_jupyter.sources import closing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.settings import Profile
    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.shelf import Shelf
    from aiser_jupyter.sources.source import Source

# The connection that added files and data frames live on.
FILES = "files"


class Registry:
    """Connections by name; the one added last is the default unless ``default`` was set.

    ``profiles`` are connections of the settings, opened when they are first asked for; their relative paths begin at ``root``. ``shelf`` is what
    the workspace keeps of added data: where it holds any, the connection of added files is there from the start; ``changed`` is called with its
    name when another process added to it.
    """

    def __init__(
        self,
        default: str | None = None,
        profiles: Mapping[str, Profile] | None = None,
        root: str | Path | None = None,
        *,
        shelf: Shelf | None = None,
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._sources: dict[str, Source] = {}
        self._default = default
        self._profiles = dict(profiles or {})
        self._own: set[str] = set()  # the user saved these in this process
        self._root = root
        self._shelf = shelf
        self._changed = changed
        self._govern: Callable[[Source], Source] | None = None
        self._lock = RLock()

    @property
    def is_governed(self) -> bool:
        """Whether connections are given as a policy makes them."""
        return self._govern is not None

    def governed(self, govern: Callable[[Source], Source]) -> Registry:
        """The same connections, each given as ``govern`` makes it; what is added to or closed on one of the two is so on both."""
        made = copy.copy(self)
        made._govern = govern  # noqa: SLF001  # a copy of our own
        return made

    @property
    def root(self) -> Path | None:
        """The folder of the workspace, None where the connections belong to none."""
        return Path(self._root) if self._root is not None else None

    def add(self, source: Source) -> Source:
        """Keep ``source`` under its name, closing another that had it."""
        with self._lock:
            before = self._sources.pop(source.name, None)
            self._sources[source.name] = source
        if before is not None and before is not source:
            closing.close(before)
        return source

    def get(self, name: str | None = None) -> Source:
        """The connection of that name, or the default one; a profile's is opened."""
        self._wake()
        wanted = name or self.default
        if wanted is None:
            raise SourceError(
                "There is no connection yet.", hint='Connect one: ws.connect("shop.duckdb"), or add a file: ws.add("orders.csv").'
            )
        with self._lock:
            source = self._sources.get(wanted)
            if source is None and wanted in self._profiles:
                source = self._sources[wanted] = self._opened(wanted, self._profiles[wanted])
        if source is None:
            names = self.known()
            near = difflib.get_close_matches(wanted, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Connections: {', '.join(names) or 'none yet'}."
            raise UsageError(f"There is no connection named {wanted!r}.", hint=hint)
        return source if self._govern is None else self._govern(source)

    def engine(self, *, latest: bool = False) -> DuckDBSource:
        """The workspace's own engine in memory, made when first needed; ``latest`` makes it the one added last, as when a file is added."""
        from aiser_jupyter.sources.duckdb import DuckDBSource

        with self._lock:
            source = self._sources.get(FILES)
            if not isinstance(source, DuckDBSource):
                source = self._engine()
                self._arrange({FILES: source, **self._sources})
            if latest:
                self._arrange({**{name: other for name, other in self._sources.items() if name != FILES}, FILES: source})
        return source

    def remove(self, name: str) -> None:
        """Close and forget the connection; a profile of that name can be opened again."""
        with self._lock:
            source = self._sources[self.get(name).name]
            del self._sources[source.name]
            if self._default == source.name and source.name not in self._profiles:
                self._default = None
        closing.close(source)

    def names(self) -> tuple[str, ...]:
        """Names of the open connections in the order they were added."""
        self._wake()
        return tuple(self._sources)

    def known(self) -> tuple[str, ...]:
        """Names of the open connections, then of the profiles that were not opened yet."""
        self._wake()
        return tuple(dict.fromkeys([*self._sources, *self._profiles]))

    def profile(self, name: str) -> Profile | None:
        """The profile of that name in the settings."""
        return self._profiles.get(name)

    def learn(self, name: str, profile: Profile | None) -> None:
        """Take a profile that was saved a moment ago, or forget one (None) that was dropped."""
        with self._lock:
            if profile is None:
                self._profiles.pop(name, None)
            else:
                self._profiles[name] = profile
                self._own.add(name)

    @property
    def default(self) -> str | None:
        """The name used where none is given: the one that was set, the one added last, or the only profile there is."""
        self._wake()
        if self._default in self._sources or self._default in self._profiles:
            return self._default
        latest = next(reversed(self._sources), None)
        return latest or (next(iter(self._profiles)) if len(self._profiles) == 1 else None)

    @default.setter
    def default(self, name: str) -> None:
        self._default = self.get(name).name

    def __contains__(self, name: object) -> bool:
        self._wake()
        return name in self._sources

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            sources = tuple(self._sources.values())
            self._sources.clear()
        for source in sources:
            closing.close(source)

    def _arrange(self, sources: Mapping[str, Source]) -> None:
        """Keep the connections in this order, in the same place: others may hold it too."""
        self._sources.clear()
        self._sources.update(sources)

    def _engine(self) -> DuckDBSource:
        from aiser_jupyter.sources.duckdb import DuckDBSource

        if self._shelf is None:
            return DuckDBSource(FILES)
        from aiser_jupyter.sources.added import AddedSource

        return AddedSource(FILES, self._shelf, lambda: self._changed(FILES))

    def _wake(self) -> None:
        """Bring the connection of added files up to what the workspace keeps, which another process may have changed."""
        if self._shelf is None:
            return
        source = self._sources.get(FILES)
        if source is not None:
            if hasattr(source, "sync"):
                source.sync()  # pyright: ignore[reportAttributeAccessIssue]  # it is an AddedSource
        elif self._shelf.version() and self._shelf.kept():
            self.engine()

    def _opened(self, name: str, profile: Profile) -> Source:
        from aiser_jupyter.sources.open import open_source
        from aiser_jupyter.sources.options import Options

        root = self.root
        if root is not None and name not in self._own and not _named_outside(name):
            trust.needed(root, name, profile.url, profile.extra)
        options = Options(profile.write, profile.connect_timeout_s, profile.pool_size, profile.allow_private, profile.extra)
        return open_source(_from_root(profile.url, self._root), name, options=options)


def _named_outside(name: str) -> bool:
    """Whether the environment, which is the user's own, says what the address of a profile is."""
    return any(variable.casefold() == f"AISER_CONNECTIONS__{name}__URL".casefold() for variable in os.environ)


def _from_root(address: str, root: str | Path | None) -> str:
    """``address`` with a relative path counted from ``root``, where the settings file stands, not from wherever a notebook runs."""
    if root is None:
        return address
    scheme, slashes, path = address.partition(":///")
    if slashes and scheme.lower() in {"duckdb", "sqlite"}:
        inside = bool(path) and not path.startswith(("/", ":"))
        return f"{scheme}:////{(Path(root).absolute() / path).as_posix().lstrip('/')}" if inside else address
    if ":" in address.partition("/")[0] or Path(address).expanduser().is_absolute():
        return address
    return str(Path(root) / address)
