"""The magics %sql, %ask, %aiser and %sqlcmd: the notebook's way to the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell


def register(shell: InteractiveShell) -> None:
    """Register the magics, the cards and the errors in a shell; nothing heavy is loaded until one is used."""
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.magics import config, display, matcher, tracebacks

    settings = config.register(shell)

    def sql(line: str, cell: str | None = None) -> Any:
        from aiser_jupyter.magics import progress
        from aiser_jupyter.magics import sql as magic

        ws = _workspace(shell)
        statement = magic.read(line, cell, ws.context.sources.known())
        with progress.shown(ws, only=len(settings.cell.strip().splitlines()) == 1) as bar:
            try:
                result = magic.run(shell, ws, statement)
                if not _alone(settings.cell, line, cell):
                    return result
                magic.show(shell, ws, statement, result, bar, settings.rows)
            except AiserError as error:
                error.statement = statement.sql
                if bar.visible:  # the card takes the bar's place
                    from aiser_jupyter.widgets.answer_card import error_bundle

                    bar.publish(error_bundle(error, sql=error.statement))
                    error.shown = True
                raise
        return None

    def ask(line: str, cell: str | None = None) -> Any:
        from aiser_jupyter.magics import ask as magic

        question, options = magic.read(line, cell)
        magic.run(shell, _workspace(shell), question, options)

    def aiser(line: str) -> Any:
        from aiser_jupyter.magics import aiser as magic

        return magic.run(shell, _workspace(shell), line)

    def sqlcmd(line: str) -> Any:
        from aiser_jupyter.magics import sqlcmd as magic

        return magic.run(shell, _workspace(shell), line)

    # What stands in a statement is bound, never pasted: IPython must not put values into it first.
    sql._ipython_magic_no_var_expand = sqlcmd._ipython_magic_no_var_expand = True  # noqa: SLF001  # pyright: ignore[reportFunctionMemberAccess] - IPython's mark
    magics: dict[str, Callable[..., Any]] = {"sql": sql, "ask": ask}
    for name, function in magics.items():
        shell.register_magic_function(function, "line_cell", name)  # pyright: ignore[reportArgumentType] - its stub takes it for unbound
    shell.register_magic_function(aiser, "line", "aiser")  # pyright: ignore[reportArgumentType]
    shell.register_magic_function(sqlcmd, "line", "sqlcmd")  # pyright: ignore[reportArgumentType]
    display.register(shell)
    matcher.register(shell)
    tracebacks.register(shell)


def _alone(running: str, line: str, cell: str | None) -> bool:
    """Whether the magic stands by itself, so that it shows its result; in ``x = %sql …`` or a call it gives it."""
    if cell is not None:
        return running.lstrip().startswith("%%sql")
    return any(text.strip().startswith("%sql") and text.strip()[4:].strip() == line.strip() for text in running.split("\n"))


def _workspace(shell: InteractiveShell) -> Any:
    """The notebook's own workspace, which sees the notebook's frames by name."""
    from aiser_jupyter.magics.namespace import frames
    from aiser_jupyter.workspaces import workspace

    return workspace(resolver=frames(shell))
