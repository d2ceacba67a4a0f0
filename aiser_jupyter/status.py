"""Whether everything is there and works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter import __version__
from aiser_jupyter.errors import AiserError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from aiser_jupyter.context import Context


@dataclass(frozen=True)
class Check:
    """One thing that was tried: what it is, whether it works, and what was seen."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Status:
    """All checks; ``ok`` where none fails."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether everything works."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser status --json``."""
        return {"v": 1, "ok": self.ok, "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in self.checks]}

    def listing(self) -> Listing:
        """The checks to look at."""
        return Listing("Status", ("What", "State", "Detail"), [(c.name, "ok" if c.ok else "fails", c.detail) for c in self.checks])

    def __repr__(self) -> str:
        return repr(self.listing())

    def _repr_html_(self) -> str:
        return self.listing()._repr_html_()


def status(context: Context) -> Status:
    """Try each connection with one small query, and the store by reading it."""
    checks = [Check("aiser-jupyter", ok=True, detail=__version__), _store(context)]
    checks += [_connection(context, name) for name in context.sources.names()]
    return Status(tuple(checks))


def _store(context: Context) -> Check:
    try:
        context.state.history(1)
    except AiserError as error:
        return Check("history", ok=False, detail=error.message)
    return Check("history", ok=True, detail=str(context.state.file or "in memory; nothing is written"))


def _connection(context: Context, name: str) -> Check:
    from aiser_jupyter import query

    source = context.sources.get(name)
    started = time.monotonic()
    try:
        query.run(context, "SELECT 1 AS one", on=name, timeout=10, origin="status").rows(1)
    except AiserError as error:
        return Check(name, ok=False, detail=error.message)
    took = 1000 * (time.monotonic() - started)
    rights = "read-only" if source.read_only else "read and write"
    return Check(name, ok=True, detail=f"{source.dialect}, {rights}, {source.place}, answers in {took:.0f} ms")
