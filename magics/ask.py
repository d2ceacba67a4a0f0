"""`%ask` and `%%ask`: a question in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics.namespace import keep
from aiser_jupyter.magics.options import Line, Option, parse

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.workspaces import Workspace

OPTIONS = (
    Option("on"),
    Option("as"),
    Option("engine", choices=("auto", "offline", "llm")),
    Option("assistant", choices=("analyst", "sql", "designer", "advisor")),
    Option("sql-only", takes=0),
    Option("discover", takes=0),
)


def read(line: str, cell: str | None) -> tuple[str, Line]:
    """The question and the options of a magic's line and cell."""
    options = parse(line, OPTIONS)
    question = " ".join(f"{options.rest} {cell or ''}".split())
    if not question:
        raise UsageError("There is no question here.", hint="Write %%ask and the question below it, or %ask QUESTION.")
    return question, options


def run(shell: InteractiveShell, ws: Workspace, question: str, options: Line) -> Answer:
    """Ask, and keep the answer's rows under its name; a following question may build on it."""
    answer = ws.ask(question, on=options.one("on"), engine=options.one("engine") or "auto", assistant=options.one("assistant") or "analyst")
    name = options.one("as")
    if name and answer.result is not None:
        keep(shell, name, answer.result)
    return answer


def show(ws: Workspace, answer: Answer, options: Line) -> None:
    """Show the answer's card; only its SQL, or also what stands out in its rows, where asked."""
    from IPython.display import Code, display

    if options.has("sql-only") and answer.sql:
        display(Code(answer.sql, language="sql"))
        return
    display(answer)
    if options.has("discover") and answer.result is not None:
        display(ws.discover(answer.result))
