"""The magics %sql, %ask and %aiser: the notebook's way to the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell


def register(shell: InteractiveShell) -> None:
    """Register the magics, the cards and the errors in a shell; nothing heavy is loaded until one is used."""
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.magics import display

    def sql(line: str, cell: str | None = None) -> Any:
        from aiser_jupyter.magics import sql as magic

        ws = _workspace(shell)
        statement = magic.read(line, cell, ws.connections)
        try:
            result = magic.run(shell, ws, statement)
        except AiserError as error:
            error.statement = statement.sql
            raise
        magic.show(ws, statement, result)

    def ask(line: str, cell: str | None = None) -> Any:
        from aiser_jupyter.magics import ask as magic

        question, options = magic.read(line, cell)
        magic.run(shell, _workspace(shell), question, options)

    def aiser(line: str) -> Any:
        from aiser_jupyter.magics import aiser as magic

        return magic.run(shell, _workspace(shell), line)

    magics: dict[str, Callable[..., Any]] = {"sql": sql, "ask": ask}
    for name, function in magics.items():
        shell.register_magic_function(function, "line_cell", name)
    shell.register_magic_function(aiser, "line", "aiser")
    display.register(shell)


def _workspace(shell: InteractiveShell) -> Any:
    """The notebook's own workspace, which sees the notebook's frames by name."""
    from aiser_jupyter.magics.namespace import frames
    from aiser_jupyter.workspaces import workspace

    return workspace(resolver=frames(shell))
