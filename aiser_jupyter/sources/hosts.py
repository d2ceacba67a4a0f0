"""The breakers of hosts: APIs, object stores and models that several connections of this process may reach."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiser_jupyter.sources.breaker import COOLING_S, Breaker

if TYPE_CHECKING:
    from collections.abc import Iterator

_breakers: dict[str, Breaker] = {}
_lock = Lock()


def host(address: str) -> str:
    """Scheme, host and port of an address, as its breaker is named: nothing of its path, its user or a secret."""
    parts = urlsplit(address)
    name = (parts.hostname or "").lower()
    bracketed = f"[{name}]" if ":" in name else name
    return f"{parts.scheme.lower()}://{bracketed}{f':{parts.port}' if parts.port else ''}"


def breaker(name: str, *, what: str = "", cooling_s: float = COOLING_S) -> Breaker:
    """The one breaker of ``name`` in this process; ``what`` is how errors call it."""
    with _lock:
        found = _breakers.get(name)
        if found is None:
            found = _breakers[name] = Breaker(what or name, cooling_s=cooling_s)
        return found


def state(name: str) -> str:
    """``closed``, ``open`` or ``half-open``; ``closed`` for what was never asked."""
    with _lock:
        found = _breakers.get(name)
    return found.state if found else "closed"


def known() -> Iterator[tuple[str, Breaker]]:
    """Every host that was asked, by name."""
    with _lock:
        found = sorted(_breakers.items())
    yield from found


def forget() -> None:
    """Know nothing of any host any more; for tests."""
    with _lock:
        _breakers.clear()
