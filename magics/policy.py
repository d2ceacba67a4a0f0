"""`%aiser policy`: who you are here, what you see, and what becomes of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace


def run(ws: Workspace, rest: str) -> Any:
    """Do what follows `%aiser policy`: nothing, or ``explain [--on CONNECTION] SQL``."""
    word, _, what = rest.strip().partition(" ")
    if not word:
        return ws.policy()
    if word != "explain":
        raise UsageError(f"There is no `%aiser policy {word}`.", hint="Write %aiser policy, or %aiser policy explain SELECT ….")
    on, what = _on(what.strip())
    if not what:
        raise UsageError("`%aiser policy explain` needs a statement.", hint="Write %aiser policy explain SELECT * FROM customers.")
    return ws.policy(what, on=on)


def _on(what: str) -> tuple[str | None, str]:
    if not what.startswith("--on "):
        return None, what
    name, _, rest = what.removeprefix("--on ").strip().partition(" ")
    return name, rest.strip()
