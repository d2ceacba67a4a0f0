"""`aiser forecast`: what a measure will be."""

from __future__ import annotations

import click

from aiser_jupyter.cli.ask import show
from aiser_jupyter.cli.output import print_json
from aiser_jupyter.errors import CannotAnswerError


@click.command("forecast")
@click.argument("measure")
@click.option("--on", help="A database, a data file or a folder; a URL, a path or a reference such as env:SHOP_URL.")
@click.option("--periods", type=int, help="How many periods ahead; six, or what MEASURE says, where left out.")
@click.option("--grain", type=click.Choice(["day", "week", "month", "quarter", "year"]), help="What a period is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(measure: str, on: str | None, periods: int | None, grain: str | None, as_json: bool) -> int:
    """Forecast MEASURE from its own past, with intervals, or say why its past is no ground for it."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    found = ws.forecast(measure, periods, grain=grain)  # pyright: ignore[reportArgumentType] - click lets no other grain through
    if as_json:
        print_json(found.as_json())
    else:
        show(found)
    return 0 if found.answered else CannotAnswerError.exit_status
