"""`aiser status`: what is there and whether it works; its exit status is a health check."""

from __future__ import annotations

import click

from aiser_jupyter.cli.output import print_json, print_table


@click.command("status")
@click.option("--on", help="Also check this database, file or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(on: str | None, as_json: bool) -> int:
    """Check the workspace, its connections and what can be written here."""
    from aiser_jupyter.status import COLUMNS
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    status = ws.status()
    if as_json:
        print_json(status.as_json())
    else:
        print_table(COLUMNS, status.rows())
    return 0 if status.ok else 1
