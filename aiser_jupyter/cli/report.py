"""`aiser report`: run a notebook and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.errors import NotYetError, UsageError

if TYPE_CHECKING:
    from aiser_jupyter.report.run import Run


@click.group("report")
def command() -> None:
    """Run a notebook and write its report."""


@command.command("run")
@click.argument("notebook", type=click.Path(dir_okay=False, path_type=Path))
@click.option("-p", "params", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter of the notebook; may be repeated.")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default=Path("report"), show_default=True, help="The folder to write to."
)
@click.option("--formats", default="html,deck", show_default=True, help="html, deck, md, ipynb (pdf where Chromium is installed).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def run(notebook: Path, params: tuple[tuple[str, str], ...], to: Path, formats: str, as_json: bool) -> int:
    """Execute NOTEBOOK with typed parameters and write one file a format; nothing is written where a cell fails."""
    from aiser_jupyter.cli.progress import progress
    from aiser_jupyter.report.run import run_notebook

    names = [name for name, _ in params]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"-p {repeated} was given twice.")
    wanted = tuple(part.strip() for part in formats.split(",") if part.strip())
    with progress(quiet=as_json) as tell:
        made = run_notebook(notebook, dict(params), to, wanted, progress=tell)
    show(made, as_json=as_json)
    return 0


@command.command("ask")
@click.argument("brief")
def ask(brief: str) -> int:
    """Write a report on a BRIEF; comes in a later version."""
    raise NotYetError(
        f"A report on {brief!r} can't be written from the command line yet.",
        hint="In Python: Workspace().report(BRIEF).save('report.html').",
    )


def show(made: Run, *, as_json: bool) -> None:
    """Print what was written, with sizes and times."""
    files, seconds = made.files, made.seconds
    if as_json:
        print_json({"v": 1, "files": [{"path": str(f.path), "bytes": f.bytes, "seconds": f.seconds} for f in files], "seconds": seconds})
        return
    print_table(("File", "Size", "Seconds"), [(str(f.path), f"{f.bytes / 1e6:.2f} MB", round(f.seconds, 2)) for f in files])
    click.echo(f"done in {seconds:.1f} s")
