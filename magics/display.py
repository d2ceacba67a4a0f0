"""How results, answers and errors look in a cell: always a still form beside the live one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

# By name, so that none of these modules loads before it is used.
RICH = {
    ("aiser_jupyter.answer.answer", "Answer"): "answer_bundle",
    ("aiser_jupyter.discover.findings", "Findings"): "findings_bundle",
}


def register(shell: InteractiveShell) -> None:
    """Teach the shell to show our types as cards and our errors without a traceback."""
    import sys

    here = sys.modules[__name__]
    formatter = shell.display_formatter.mimebundle_formatter  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue] - a shell has one
    for (module, kind), function in RICH.items():
        formatter.for_type_by_name(module, kind, getattr(here, function))
    shell.set_custom_exc((AiserError,), show_error)


def answer_bundle(answer: Any, **_: Any) -> dict[str, Any]:
    """An answer as a card: live where the front end can, still everywhere."""
    from aiser_jupyter.report.payload import MIME, payload
    from aiser_jupyter.widgets.answer_card import bundle

    return bundle(answer, extra={MIME: payload(answer)})


def findings_bundle(findings: Any, **_: Any) -> dict[str, Any]:
    """Findings as a still page with what a report needs beside it."""
    from aiser_jupyter.report.payload import MIME, payload
    from aiser_jupyter.widgets.findings import findings_html

    return {"text/plain": repr(findings), "text/html": findings_html(findings), MIME: payload(findings)}


def show_error(
    shell: InteractiveShell,
    etype: type[BaseException],
    error: BaseException,
    _tb: TracebackType | None,
    tb_offset: int | None = None,  # noqa: ARG001 - IPython's signature
) -> list[str]:
    """Show what went wrong, where and what next, on a card; the cell still counts as failed, so that a scheduled run stops."""
    from IPython.display import display

    from aiser_jupyter.widgets.answer_card import error_bundle

    assert isinstance(error, AiserError)
    if not error.shown:
        display(error_bundle(error, sql=error.statement), raw=True)
    line = [f"{etype.__name__}: {error.message}"]
    shell._showtraceback(etype, error, line)  # noqa: SLF001 - IPython's own hook for a custom exception
    return line
