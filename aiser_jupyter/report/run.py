"""A notebook run with parameters, and the files made of it: all of them, or none."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import NotYetError, RefusedError, ReportError, UsageError
from aiser_jupyter.report import export, leaving, parameters, publish

if TYPE_CHECKING:
    from nbformat import NotebookNode

FORMATS = ("html", "deck", "pdf", "md", "ipynb")
LATER = ("pptx", "xlsx", "docx")
# A kernel's own log is not the report's; its errors still come through.
KERNEL_ARGUMENTS = ["--log-level=ERROR"]
ENGINE = "aiser"
ENDINGS = {"html": ".html", "deck": ".deck.html", "pdf": ".pdf", "md": ".md", "ipynb": ".ipynb"}

_NAME = re.compile(r"\w(?:[\w .-]{0,118}\w)?")
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # Windows opens these in whatever folder

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Made:
    """A file that was made: its size and the seconds it took."""

    path: Path
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Run:
    """A finished run: the notebook as executed, the seconds that its cells took and all in all, the files, and what could not be checked here."""

    notebook: NotebookNode
    executing: float
    seconds: float
    files: tuple[Made, ...]
    notes: tuple[str, ...] = ()


def run_notebook(
    path: str | Path,
    values: Mapping[str, Any] | None = None,
    out_dir: str | Path = ".",
    formats: Sequence[str] = ("html", "deck"),
    *,
    name: str = "report",
    work_dir: str | Path | None = None,
    progress: Progress | None = None,
    check: bool = True,
) -> Run:
    """Execute the notebook with ``values`` for its declared parameters and write ``out_dir/name.*`` in each of ``formats``.

    The kernel works in ``work_dir`` (default: the notebook's folder). ``progress`` is told (step, done, total). Nothing is written to ``out_dir``
    before every file is there and, where Chromium is installed and ``check``, every chart was drawn as asked. Raises :class:`RefusedError` where the policy does not let
    governed rows be written in one of the formats, :class:`UsageError` for a missing file, an undeclared parameter or an unknown format, :class:`ReportError` where a cell fails; the partial notebook is kept aside.
    """
    source = Path(path)
    wanted = known_formats(formats)
    checked_name(name)
    notebook = read(source)
    typed = parameters.checked(notebook, values or {})
    tell = progress or (lambda *_: None)
    started = time.perf_counter()
    executed = execute(source, notebook, typed, Path(work_dir) if work_dir else source.parent, tell)
    executing = time.perf_counter() - started
    leaving.may_write(
        leaving.marks_of(executed), [f"{name}{ENDINGS[kind]}" for kind in wanted], Path(work_dir) if work_dir else source.parent
    )
    contents: dict[Path, bytes] = {}
    files: list[Made] = []
    for i, kind in enumerate(wanted):
        tell(f"Writing {name}{ENDINGS[kind]}", i, len(wanted))
        before = time.perf_counter()
        target = Path(out_dir) / f"{name}{ENDINGS[kind]}"
        contents[target] = export.export(executed, kind)
        files.append(Made(target, len(contents[target]), time.perf_counter() - before))
    notes = drawn_as_asked(contents, tell) if check else ()
    publish.write_all(contents)
    return Run(executed, executing, time.perf_counter() - started, tuple(files), notes)


def checked_name(name: str) -> None:
    """Raise :class:`UsageError` where ``name`` is no file's name: it could lead out of the folder."""
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} cannot be the name of a report.", hint="Use letters, digits, blanks, - _ and dots within, as in q4-revenue."
        )


def known_formats(formats: Sequence[str]) -> list[str]:
    """The formats asked for, each once; raises for one that is not there."""
    for kind in formats:
        if kind in LATER:
            raise NotYetError(f"The format {kind} is not there yet.", hint=f"Formats now: {', '.join(FORMATS)}.")
        if kind not in FORMATS:
            raise UsageError(f"There is no report format {kind!r}.", hint=f"Formats: {', '.join(FORMATS)}.")
    return list(dict.fromkeys(formats))


def read(path: Path) -> NotebookNode:
    """The notebook at ``path``."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        raise UsageError(f"There is no notebook {path.name}.", where=str(path), hint="Give the path of an .ipynb file.") from error
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        raise UsageError(f"{path.name} is no notebook.", where=str(path), hint="Give the path of an .ipynb file.") from error


def execute(source: Path, notebook: NotebookNode, values: Mapping[str, Any], work_dir: Path, tell: Progress) -> NotebookNode:
    """Run every cell in a kernel of its own; the notebook as run, with its parameters in its metadata."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    tell("Starting the kernel", 0, len(notebook.cells))
    folder = Path(tempfile.mkdtemp(prefix="aiser-run-"))
    partial = folder / source.name
    kernel = notebook.metadata.get("kernelspec", {})
    language = kernel.get("language") or notebook.metadata.get("language_info", {}).get("name") or "python"
    try:
        papermill.execute_notebook(
            str(source), str(partial), parameters=dict(values), cwd=str(work_dir), progress_bar=False, engine_name=watched(tell),
            kernel_name=kernel.get("name") or "python3", language=language, extra_arguments=KERNEL_ARGUMENTS,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise stopped(error, kept_aside(partial, work_dir)) from error
    executed = nbformat.read(partial, as_version=4)
    mine = dict(executed.metadata.get("aiser", {}))
    executed.metadata["aiser"] = mine | {"parameters": {**parameters.declared(notebook), **values}, "notebook": source.name}
    partial.unlink()
    folder.rmdir()
    return executed


def kept_aside(partial: Path, work_dir: Path) -> Path | None:
    """The part that ran, where it may lie on disk; None where the policy does not let its rows."""
    import nbformat

    try:
        leaving.may_write(leaving.marks_of(nbformat.read(partial, as_version=4)), [partial.name], work_dir)
    except RefusedError:
        partial.unlink()
        return None
    return partial


def stopped(error: Any, partial: Path | None) -> ReportError:
    """The error of a notebook whose cell failed: which cell, what it said, where the part that ran is kept."""
    return ReportError(
        "The notebook stopped at a cell, and nothing was published.",
        where=f"Cell {error.exec_count or '?'}: {error.ename}: {str(error.evalue)[:400]}",
        hint=f"The part that ran is kept in {partial}." if partial else "The part that ran holds governed rows and is not kept.",
    )


def watched(tell: Progress) -> str:
    """The name of a papermill engine that tells which cell runs."""
    from papermill.engines import NBClientEngine, papermill_engines

    class Watched(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - papermill calls it by keywords
            start = nb_man.cell_start

            def told(cell: Any, cell_index: int | None = None, **more: Any) -> None:
                words = next((line for line in str(cell.source).splitlines() if line.strip()), "")
                tell(words[:60], cell_index or 0, len(nb_man.nb.cells))
                start(cell, cell_index, **more)

            nb_man.cell_start = told
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(ENGINE, Watched)
    return ENGINE


def drawn_as_asked(contents: Mapping[Path, bytes], tell: Progress) -> tuple[str, ...]:
    """Open each page in Chromium where there is one; raises :class:`ReportError` for a chart drawn as another type."""
    from aiser_jupyter.report import browser

    if browser.find() is None:
        return ("No Chromium here, so the pages were not opened to look at their charts.",)
    pages = [(path, content) for path, content in contents.items() if path.suffix == ".html"]
    for i, (path, content) in enumerate(pages):
        tell(f"Looking at {path.name}", i, len(pages))
        browser.check(path.name, content)
    return ()
