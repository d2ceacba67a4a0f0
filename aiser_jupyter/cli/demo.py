"""`aiser demo`: the main job on sample data, in one command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from aiser_jupyter.cli.progress import progress
from aiser_jupyter.cli.report import show


@click.command("demo")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default=Path("aiser-demo"), show_default=True, help="The folder to make."
)
@click.option("--no-browser", is_flag=True, help="Don't open JupyterLab on the notebook at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(to: Path, no_browser: bool, as_json: bool) -> int:
    """Make a workspace of sample data, run its notebook, and write report.html and report.deck.html."""
    from aiser_jupyter.report.demo import make_demo

    with progress(quiet=as_json) as tell:
        made = make_demo(to, progress=tell)
    show(made, as_json=as_json)
    if not no_browser and not as_json:
        open_lab(to)
    return 0


def open_lab(folder: Path) -> None:
    """Open JupyterLab on the demo's notebook, and stay until it is closed."""
    beside = Path(sys.executable).parent / "jupyter-lab"
    lab = str(beside) if beside.exists() else shutil.which("jupyter-lab")
    if lab is None:
        click.echo(f"JupyterLab was not found on PATH: open {folder / 'demo.ipynb'} with yours.")
        return
    click.echo("Opening JupyterLab; Ctrl-C here ends it.")
    subprocess.run([lab, "demo.ipynb"], cwd=folder, check=False)  # noqa: S603 - our own JupyterLab on our own folder
