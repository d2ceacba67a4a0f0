"""One query that ran, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class Run:
    """One query that ran: ``rows`` is None where nobody read to the end; ``status`` is ``done``, ``failed``, ``refused``, ``cancelled`` or ``deadline``.

    ``engine`` is what ran it and ``route`` why it did, ``bytes`` are those of its Arrow rows, ``cpu_ms`` and ``memory_bytes`` what it took as far
    as that is known, ``cached`` says that its rows were kept from before, ``statement`` is the same for the same statement whatever its literals.
    ``id`` is its number in the history, below zero where it stays in this process.
    """

    at: datetime
    user: str
    connection: str
    origin: str
    sql: str
    rows: int | None
    elapsed_ms: float
    status: str
    error: str = ""
    engine: str = ""
    route: str = ""
    bytes: int | None = None
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    cached: bool = False
    statement: str = ""
    favourite: bool = False
    id: int = field(default=0, compare=False)


@dataclass(eq=False)
class Entry:
    """A run in the history, for `State.amend`: where it is kept, as what row of the store, and whether the store has yet to be told how it ended."""

    run: Run
    private: bool = False
    row: int | None = None
    owed: bool = False


def fits(run: Run, words: Sequence[str], without: Collection[str], on: str | None, status: str | None, *, favourites: bool) -> bool:
    """Whether a run is one that was asked for: each of ``words`` in its SQL, none of the origins ``without``, and the rest where it is given."""
    text = run.sql.casefold()
    wanted = (on is None or run.connection == on) and (status is None or run.status == status) and (run.favourite or not favourites)
    return wanted and run.origin not in without and all(word.casefold() in text for word in words)
