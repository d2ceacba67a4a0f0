"""What holds for rows on their way out of a result, and the note of it that a notebook's cell keeps."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.policy import mark
from aiser_jupyter.query.governed import GovernedSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.policy.mark import Mark
    from aiser_jupyter.sources.source import Source


@dataclass(frozen=True)
class Release:
    """The marks that rows carry, and the governed connections that account is kept for."""

    marks: tuple[Mark, ...] = ()
    sources: tuple[GovernedSource, ...] = ()

    def check(self, name: str) -> None:
        """Raise RefusedError, and keep account of it, where the rows may not be written to a file of that name."""
        refused = mark.refusal(self.marks, name)
        if refused is not None:
            for source in self.sources:
                source.account("refused", "export", why=refused.message)
            raise refused


FREE = Release()


def of(sources: Iterable[Source], frames: Iterable[object] = ()) -> Release:
    """What holds for rows of ``sources``, and of results among the ``frames`` that they were joined with."""
    governed = tuple(source for source in sources if isinstance(source, GovernedSource))
    carried = [held for frame in frames if isinstance(held := getattr(frame, "release", None), Release)]
    if not governed and not carried:
        return FREE
    marks = (*(mark.of(source.name, source.grant.role) for source in governed), *(one for held in carried for one in held.marks))
    return Release(tuple(dict.fromkeys(marks)), (*governed, *(source for held in carried for source in held.sources)))


_noted: set[tuple[int, tuple[Mark, ...]]] = set()


def note(release: Release) -> None:
    """Let the cell that runs keep the marks among its outputs, so that whoever makes a report of the notebook knows; nothing where no kernel runs."""
    shell = _shell()
    if not release.marks or shell is None:
        return
    cell = (shell.execution_count, release.marks)
    if cell in _noted:
        return
    _noted.add(cell)
    from IPython.display import publish_display_data

    publish_display_data({mark.MIME: {"v": mark.VERSION, "marks": [one.as_json() for one in release.marks]}})


def _shell() -> Any:
    """The kernel's shell; None elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None  # pyright: ignore[reportAttributeAccessIssue]  # its name since ever
    return shell if getattr(shell, "kernel", None) is not None else None
