"""The workspace of the folder one stands in, with what `--on` names connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace


def opened(on: str | None) -> tuple[Workspace, str | None]:
    """The workspace, and the connection that ``on`` is: one of its own by name, or an address or path connected under the name ``data``."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on is None or on in ws.context.sources.known():
        return ws, on
    return ws, ws.connect(on, name="data").name
