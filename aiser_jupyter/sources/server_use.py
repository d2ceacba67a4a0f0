"""How the connections to a server are used now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from aiser_jupyter.sources.breaker import Breaker
    from aiser_jupyter.sources.pool import Pool
    from aiser_jupyter.sources.source import Source


@runtime_checkable
class Pooled(Protocol):
    """A source over a server: a pool of connections, and the breaker that guards making them."""

    name: str
    pool: Pool[Any]
    breaker: Breaker


def said(source: Source) -> str:
    """The pool and the breaker of a source in words; empty where it has none."""
    if not isinstance(source, Pooled):
        return ""
    use, failures = source.pool.use, source.breaker.failures
    waiting = f", {use.waiting} waiting" if use.waiting else ""
    failed = f" after {failures} failure{'' if failures == 1 else 's'}" if failures else ""
    return f"{use.open} of {source.pool.size} connections open, {use.busy} busy{waiting}, breaker {source.breaker.state}{failed}"
