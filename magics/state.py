"""`%aiser state`: what `aiser state` does on the command line, from a cell; it never asks, as nobody may be there to answer."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics.options import Option, parse

if TYPE_CHECKING:
    from aiser_jupyter.preserved import Done
    from aiser_jupyter.state.restore import Restored
    from aiser_jupyter.workspaces import Workspace

WAYS = "Write %aiser state [check], backup [FILE], restore FILE, aside, or rekey [--to REFERENCE | --plain | --drop --yes]."
_OF_REKEY = (Option("to"), Option("plain", takes=0), Option("drop", takes=0), Option("yes", takes=0))


def run(ws: Workspace, rest: str) -> Any:
    """Do what follows `%aiser state`: nothing, ``check`` or ``status``, ``backup [FILE]``, ``restore FILE``, ``aside``, or ``rekey`` with its options."""
    from aiser_jupyter import preserved, preserving
    from aiser_jupyter.format.listing import Listing

    word, _, more = rest.strip().partition(" ")
    if word == "rekey":
        return _rekey(ws, more)
    given = shlex.split(more)
    if given[:1] == ["--to"]:
        given = given[1:]
    match word or "check", given:
        case (("check" | "status"), []):
            return ws.check_state()
        case "backup", ([] | [_]):
            return preserved.told(ws.backup(Path(given[0]) if given else None))
        case "restore", [file]:
            return preserved.told(_restore(ws, Path(file)))
        case "aside", []:
            ws.context.state.close()
            moved = preserving.aside(ws.root, ws.context.clock.now())
            return Listing(
                "The damaged store; a new one begins with the next thing that is kept", ("File",), [(str(path),) for path in moved]
            )
    raise UsageError(f"There is no `%aiser state {rest}`.", hint=WAYS)


def _restore(ws: Workspace, file: Path) -> Restored:
    """Bring an archive back under the open workspace, which is closed for it and opened again; it stays as it is where the archive is not whole."""
    from aiser_jupyter import preserving
    from aiser_jupyter.policy import uses
    from aiser_jupyter.settings import FOLDER

    root, now = ws.root, ws.context.clock.now()
    closed = False

    def let_go() -> None:
        nonlocal closed
        closed = True
        ws.close()
        uses.at(root / FOLDER).close()

    try:
        return preserving.restore(root, now, file, let_go)
    finally:
        if closed:
            ws.reopen()


def _rekey(ws: Workspace, text: str) -> Done:
    from aiser_jupyter import preserved, preserving

    line = parse(text, _OF_REKEY)
    reference, plain, drop = line.one("to") or "", line.has("plain"), line.has("drop")
    if line.rest or plain + drop + bool(reference) > 1:
        raise UsageError("--to, --plain and --drop are three different things, and nothing else follows.", hint=WAYS)
    if drop and not line.has("yes"):
        raise UsageError(
            "The tables that are encrypted are deleted for good.",
            hint="If their key is lost: %aiser state rekey --drop --yes.",
        )
    return preserved.told(preserving.rekey(ws.context, reference, "drop" if drop else "plain" if plain else "anew"))
