"""`%ask` and `%%ask`: a question in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, UsageError
from aiser_jupyter.magics.namespace import keep
from aiser_jupyter.magics.options import Line, Option, parse

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.events import Event
    from aiser_jupyter.widgets.show import Progress
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
    # A statement keeps its lines: a comment ends with one, and remarks name them.
    whole = f"{options.rest}\n{cell or ''}".strip()
    question = whole if options.one("assistant") == "sql" else " ".join(whole.split())
    if not question:
        raise UsageError("There is no question here.", hint="Write %%ask and the question below it, or %ask QUESTION.")
    return question, options


def run(shell: InteractiveShell, ws: Workspace, question: str, options: Line) -> None:
    """Ask, show the card while it works and when it is done, and keep the answer's rows under their name."""
    from aiser_jupyter.widgets.show import Progress

    card = None if options.has("sql-only") else Progress(question)
    said: list[str] = []

    def hear(event: Event) -> None:
        if event.kind == "answer.explanation" and card is not None:
            said.append(str(event.data["sentence"]))
            card.step((), restated=" ".join(said))

    silent = ws.context.events.listen(hear)
    try:
        answer = ws.ask(
            question,
            on=options.one("on"),
            engine=options.one("engine") or "auto",
            assistant=options.one("assistant") or "analyst",
            follows=ws.memory.last,  # whether the cell is a follow-up of it, its words tell
        )
    except AiserError as error:
        error.question = question
        if card is not None:
            card.done(error)
            error.shown = True
        raise
    except KeyboardInterrupt:
        if card is not None:
            card.stopped()
        raise
    finally:
        silent()
    name = options.one("as")
    if name and answer.result is not None:
        keep(shell, name, answer.result)
    show(ws, answer, options, card)


def show(ws: Workspace, answer: Answer, options: Line, card: Progress | None) -> None:
    """Show the answer's card; only its SQL, or also what stands out in its rows, where asked."""
    from IPython.display import Code, display

    from aiser_jupyter.report.payload import MIME, payload

    if card is None:
        display(Code(answer.sql or f"-- {answer.reason}", language="sql"))
    else:
        card.done(answer, extra={MIME: payload(answer)})
    if options.has("discover") and answer.result is not None:
        display(ws.discover(answer.result))
