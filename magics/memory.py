"""`%aiser memory`: what is remembered, kept, forgotten."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.workspaces import Workspace


def run(ws: Workspace, rest: str) -> Any:
    """Do what follows `%aiser memory`; show everything where nothing does."""
    word, _, what = rest.strip().partition(" ")
    command = COMMANDS.get(word or "show")
    if command is None:
        near = difflib.get_close_matches(word, COMMANDS, 1)
        hint = f"Did you mean `%aiser memory {near[0]}`?" if near else f"There are {', '.join(COMMANDS)}."
        raise UsageError(f"There is no `%aiser memory {word}`.", hint=hint)
    return command(ws, what.strip().strip("\"'"))


def _show(ws: Workspace, what: str) -> Any:
    return ws.memory.show(what or None)


def _search(ws: Workspace, what: str) -> Any:
    return ws.memory.search(_needed(what, "search", "WORDS"))


def _keep(ws: Workspace, what: str) -> Any:
    entry = ws.memory.keep(_number(_needed(what, "keep", "N")))
    return _Told(f"Kept: {entry.summary}. To forget it: %aiser memory forget {entry.id}")


def _forget(ws: Workspace, what: str) -> Any:
    if what == "--all":
        return _Told(repr(ws.memory.forget(everything=True)))
    _needed(what, "forget", "N, a phrase, or --all")
    return _Told(repr(ws.memory.forget(int(what) if what.lstrip("-").isdigit() else what)))


def _export(ws: Workspace, what: str) -> Any:
    told = ws.memory.export(_needed(what, "export", "FILE"))
    return _Told(f"Wrote {len(told['entries'])} entries to {what}.")  # pyright: ignore[reportArgumentType]  # a list


def _import(ws: Workspace, what: str) -> Any:
    return _Told(f"Took {ws.memory.load(_needed(what, 'import', 'FILE'))} entries from {what}.")


def _needed(what: str, command: str, name: str) -> str:
    if not what:
        raise UsageError(f"`%aiser memory {command}` needs {name}.", hint=f"Write %aiser memory {command} {name.partition(',')[0]}.")
    return what


def _number(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"{text!r} is no number of a proposal.", hint="%aiser memory show lists what waits to be kept.")
    return int(text)


class _Told:
    """A sentence as a cell's result."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


COMMANDS: dict[str, Callable[[Workspace, str], Any]] = {
    "show": _show,
    "search": _search,
    "keep": _keep,
    "forget": _forget,
    "export": _export,
    "import": _import,
}
