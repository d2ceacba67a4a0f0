"""`aiser why`: where a measure's change happened."""

from __future__ import annotations

import click

from aiser_jupyter.cli.ask import show
from aiser_jupyter.cli.output import print_json
from aiser_jupyter.errors import CannotAnswerError


@click.command("why")
@click.argument("measure")
@click.option("--on", help="A database, a data file or a folder; a URL, a path or a reference such as env:SHOP_URL.")
@click.option("--between", nargs=2, metavar="A B", help="The two periods to compare, such as 2025-02 2025-03.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(measure: str, on: str | None, between: tuple[str, str] | None, as_json: bool) -> int:
    """Say where the change of MEASURE happened, each part tested, or that it is within its usual variation."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    found = ws.why(measure, between=between or None)
    if as_json:
        print_json(found.as_json())
    else:
        show(found)
    return 0 if found.answered else CannotAnswerError.exit_status
