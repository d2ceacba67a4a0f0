"""What the guard says of a statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["select", "explain", "describe", "show", "summarize", "write", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """Whether a statement may run, and what would run.

    ``reason`` is one sentence where it may not, else empty. ``sql`` is the statement as it is executed: read by us and written anew,
    identifiers quoted, comments dropped; empty where the statement was refused. ``tables`` are the tables it reads or writes, as
    written and without the names its WITH defines; ``functions`` are the functions it calls, in lower case, ``files`` the data files that stand where
    a table does: `query.file_tables.resolve` reads them, and they run as frames of these names. All in order of appearance.
    """

    allowed: bool
    reason: str
    kind: Kind
    sql: str
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Refusal(Exception):  # noqa: N818 -- an answer of the guard's parts to the guard, not an error of the program
    """Ends a check with its reason."""

    def __init__(self, reason: str, kind: Kind = "unknown") -> None:
        super().__init__(reason)
        self.kind: Kind = kind


def refused(reason: str, kind: Kind = "unknown") -> Verdict:
    """The verdict on a statement that may not run."""
    return Verdict(allowed=False, reason=reason, kind=kind, sql="")
