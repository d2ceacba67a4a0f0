"""`%aiser state`: whether what the workspace keeps is whole, and a backup of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace


def run(ws: Workspace, rest: str) -> Any:
    """Do what follows `%aiser state`: nothing or ``check``, or ``backup [FILE]``."""
    word, *given = shlex.split(rest) or ["check"]
    if word == "check" and not given:
        return ws.check_state()
    if word == "backup" and len(given) <= 1:
        return ws.backup(Path(given[0]) if given else None)
    if word == "restore":
        raise UsageError(
            "A notebook cannot bring an archive back: it has the store open itself.",
            hint="Shut this kernel down, then: aiser state restore FILE.",
        )
    raise UsageError(f"There is no `%aiser state {rest}`.", hint="Write %aiser state, or %aiser state backup FILE.")
