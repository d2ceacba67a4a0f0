"""The demo: a workspace of sample data, its notebook run, a report and a deck."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import ReportError, UsageError
from aiser_jupyter.report import publish, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

NOTEBOOK = "demo.ipynb"
DATA = "data"
SKIPPED = shutil.ignore_patterns("*.py", "__pycache__", ".*")


def make_demo(
    to: str | Path,
    values: Mapping[str, Any] | None = None,
    formats: Sequence[str] = ("html", "deck"),
    *,
    progress: run.Progress | None = None,
    check: bool = True,
) -> run.Run:
    """Make the folder ``to`` with the sample data, run the demo's notebook there and write ``report.*`` beside it, executed.

    ``values`` are its parameters (``since``, ``until``, ``country``). Raises :class:`UsageError` where ``to`` holds other files, and what
    :func:`run.run_notebook` raises.
    """
    folder = Path(to)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / NOTEBOOK).exists()):
        raise UsageError(f"{folder.name} is there and is no demo.", where=str(folder), hint="Choose another folder with --to.")
    source = examples()
    try:
        shutil.copytree(source / DATA, folder / DATA, dirs_exist_ok=True, ignore=SKIPPED)
        shutil.copyfile(source / NOTEBOOK, folder / NOTEBOOK)
    except OSError as error:
        raise ReportError(
            f"The demo cannot be written: {error.strerror or error}.", where=str(folder), hint="Choose another folder with --to."
        ) from error
    made = run.run_notebook(folder / NOTEBOOK, values, folder, formats, progress=progress, check=check)
    import nbformat

    publish.write(folder / NOTEBOOK, (nbformat.writes(made.notebook) + "\n").encode())
    return made


def examples() -> Path:
    """The folder of examples: in an installed wheel inside the package, in a checkout beside it."""
    package = Path(__file__).resolve().parent.parent
    return next(folder for folder in (package / "examples", package.parent / "examples") if (folder / NOTEBOOK).exists())
