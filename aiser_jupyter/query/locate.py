"""Where the tables of a statement are: on which connection each lies, by a name with the connection before it or by a bare one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SourceError, UnknownNameError, UsageError
from aiser_jupyter.query import listing
from aiser_jupyter.query.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.sources.registry import Registry
    from aiser_jupyter.sources.source import Source


@dataclass(frozen=True)
class Place:
    """A table on a connection; ``prefixed`` where the statement wrote the connection before its name."""

    source: Source
    table: Table
    prefixed: bool = False

    def __deepcopy__(self, memo: object) -> Place:
        # Trees that know their places are copied; connections are not.
        return self


@dataclass(frozen=True)
class Located:
    """The tables of a statement by the name it writes: those on connections, those that are data frames, and those nobody has."""

    places: Mapping[str, Place]
    frames: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The connections that have a table of the statement, in the order they are named."""
        found: dict[str, Source] = {place.source.name: place.source for place in self.places.values()}
        return tuple(found.values())

    @property
    def prefixed(self) -> bool:
        """Whether a table is named with its connection."""
        return any(place.prefixed for place in self.places.values())


def within(source: Source, names: Iterable[str], frames: Collection[str] = ()) -> Located:
    """The tables of ``names`` that ``source`` has, with its name before them or without."""
    places: dict[str, Place] = {}
    unknown: list[str] = []
    for name in names:
        if name in frames:
            continue
        place = _on(source, name)
        if place is None:
            unknown.append(name)
        else:
            places[name] = place
    return Located(places, frozenset(frames), tuple(unknown))


def anywhere(sources: Registry, names: Iterable[str], frames: Collection[str] = ()) -> Located:
    """The tables of ``names`` over all open connections; a connection written before a name decides.

    Raises `UsageError` where a bare name is a table of several connections.
    """
    places: dict[str, Place] = {}
    unknown: list[str] = []
    for name in names:
        if name in frames:
            continue
        place = _named(sources, name) or _only(sources, name)
        if place is None:
            unknown.append(name)
        else:
            places[name] = place
    return Located(places, frozenset(frames), tuple(unknown))


def missing(sources: Registry, name: str) -> UnknownNameError:
    """The error for a table that no connection has."""
    known = [f"{label}.{table.name}" for label in sources.names() for table in listing.tables(sources.get(label))]
    near = nearest(name, known) or nearest(name.rpartition(".")[2], [full.rpartition(".")[2] for full in known])
    hint = f"Did you mean {near[0]}?" if near else f"Tables: {', '.join(known[:8]) or 'none'}."
    return UnknownNameError(f"There is no table {name!r} on any connection.", hint=hint, candidates=near)


def _named(sources: Registry, name: str) -> Place | None:
    """The table behind ``connection.table`` or ``connection.schema.table``."""
    first, _, rest = name.partition(".")
    label = next((known for known in sources.names() if known.casefold() == first.casefold()), None)
    if label is None or not rest:
        return None
    source = sources.get(label)
    table = listing.find(source, rest)
    return Place(source, table, prefixed=True) if table is not None else None


def _only(sources: Registry, name: str) -> Place | None:
    having: list[Place] = []
    down: list[SourceError] = []
    for label in sources.names():
        try:
            place = _bare(sources.get(label), name)
        except SourceError as error:
            down.append(error)  # a connection that is down does not keep the others from theirs
            continue
        having += [place] if place is not None else []
    if down and not having:
        raise down[0]
    if len(having) > 1:
        labels = [place.source.name for place in having]
        raise UsageError(
            f"{name} is a table of {' and of '.join(labels)}.",
            hint=f"Say which: {labels[0]}.{name} or {labels[1]}.{name}.",
        )
    return having[0] if having else None


def _on(source: Source, name: str) -> Place | None:
    first, _, rest = name.partition(".")
    bare = _bare(source, name)
    if bare is not None or not rest or first.casefold() != source.name.casefold():
        return bare
    table = listing.find(source, rest)
    return Place(source, table, prefixed=True) if table is not None else None


def _bare(source: Source, name: str) -> Place | None:
    table = listing.find(source, name)
    return Place(source, table) if table is not None else None
