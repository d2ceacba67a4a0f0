"""Whether everything is there and works."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from aiser_jupyter import __version__
from aiser_jupyter.errors import AiserError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.health import Check, around
from aiser_jupyter.sources import server_use

if TYPE_CHECKING:
    from aiser_jupyter.context import Context

COLUMNS = ("What", "State", "Detail", "What to do")


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
        return {"v": 1, "ok": self.ok, "checks": [asdict(check) for check in self.checks]}

    def listing(self) -> Listing:
        """The checks to look at."""
        return Listing("Status", COLUMNS, self.rows())

    def rows(self) -> list[tuple[str, str, str, str]]:
        """A row of `COLUMNS` for each check."""
        return [(check.name, "ok" if check.ok else "fails", check.detail, check.hint) for check in self.checks]

    def __repr__(self) -> str:
        return repr(self.listing())

    def _repr_html_(self) -> str:
        return self.listing()._repr_html_()


def status(context: Context) -> Status:
    """Try each connection, profiles that were not opened yet among them, all at once; and the store by reading it."""
    from concurrent.futures import ThreadPoolExecutor

    checks = [Check("aiser-jupyter", ok=True, detail=__version__), _store(context), model(context)]
    checks += around(context)
    names = context.sources.known()
    if names:
        with ThreadPoolExecutor(min(len(names), 16), thread_name_prefix="aiser-status") as pool:
            checks += pool.map(lambda name: connection(context, name), names)
    return Status(tuple(checks))


def connection(context: Context, name: str) -> Check:
    """Open the connection where it is not, and try it."""
    started = time.monotonic()
    try:
        source = context.sources.get(name)
        source.ping()
    except AiserError as error:
        use = server_use.said(context.sources.get(name)) if name in context.sources else ""
        return Check(name, ok=False, detail=" ".join(part for part in (error.message, use and f"({use})") if part), hint=error.hint)
    took = 1000 * (time.monotonic() - started)
    rights = "read-only" if source.read_only else "read and write"
    if note := getattr(source, "note", ""):  # what a server's session cannot hold back by itself
        rights = f"{rights} ({note})"
    detail = f"{source.dialect}, {rights}, {source.place}, answers in {took:.0f} ms"
    return Check(name, ok=True, detail=", ".join(part for part in (detail, server_use.said(source)) if part))


def model(context: Context) -> Check:
    """Which language model is set up and what it took so far; it is not called."""
    from aiser_jupyter.ask.llm import callers, configuration, transport

    try:
        config = configuration.find(context.sources.root)
        spent = "; ".join(usage.text() for usage in callers.used(context))
    except configuration.UntrustedError as error:
        return Check("model", ok=True, detail=f"not used: {error.message}", hint=error.hint)
    except AiserError as error:
        return Check("model", ok=False, detail=" ".join(filter(None, (error.message, error.where))), hint=error.hint)
    if config is None:
        return Check("model", ok=True, detail="none set up; the built-in engine answers" + (f" ({spent})" if spent else ""))
    if not transport.installed():
        return Check(
            "model", ok=False, detail=f"{config.place}: LiteLLM is not installed", hint="Install it: pip install 'aiser-jupyter[model]'."
        )
    asked = {"closed": "", "open": ", left alone for a while because it did not answer", "half-open": ", to be tried again"}
    keyed = "with a key" if config.key else "without a key of its own"
    detail = f"{config.place}, {keyed}, named by {config.origin}{asked[transport.state(config)]}"
    return Check("model", ok=True, detail=f"{detail}; {spent or 'not asked yet'}")


def _store(context: Context) -> Check:
    try:
        context.state.check()
        context.state.history(1)
        context.state.check()  # reading it may be what shows that it is damaged
    except AiserError as error:
        detail = " ".join(f"in memory only: {error.message} {error.where}".split())
        return Check("history", ok=False, detail=detail, hint=error.hint)
    where = "the team's PostgreSQL (state_url)" if context.state.shared else str(context.state.file or "in memory; nothing is written")
    return Check("history", ok=True, detail=where)
