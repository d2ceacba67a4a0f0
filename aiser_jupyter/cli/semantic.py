"""`aiser semantic`: show, write and check what the tables mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.errors import SemanticError

if TYPE_CHECKING:
    from aiser_jupyter.semantics import Semantics

ON = click.option("--on", help="A connection of the settings, a database, a data file or a folder.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("semantic")
def command() -> None:
    """What the tables mean to the business: .aiser/semantic.yaml."""


@command.command("show")
@ON
@JSON
def show(on: str | None, as_json: bool) -> int:
    """Show the definitions that hold, and where each is."""
    found = semantics(on)
    if as_json:
        print_json(found.as_json())
        return 0
    listing = found.show()
    print_table(listing.columns, listing.rows, note=listing.title)
    return 0


@command.command("write")
@ON
@JSON
def write(on: str | None, as_json: bool) -> int:
    """Write the file from what the tables say, or add the tables it does not name."""
    path = semantics(on).write()
    if as_json:
        print_json({"v": 1, "path": str(path)})
    else:
        click.echo(str(path))
    return 0


@command.command("check")
@ON
@JSON
def check(on: str | None, as_json: bool) -> int:
    """List every mistake with its line, and what could not be taken over from other tools."""
    found = semantics(on)
    listing = found.check()
    mistakes = [row for row in listing.rows if row[0] == "mistake"]
    if as_json:
        told = [{"kind": kind, "where": where, "message": why} for kind, where, why in listing.rows]
        print_json({"v": 1, "ok": not mistakes, "found": told})
    else:
        click.echo(listing.title)
        if listing.rows:
            print_table(listing.columns, listing.rows)
    return SemanticError.exit_status if mistakes else 0


def semantics(on: str | None) -> Semantics:
    """The semantic model of a connection: a profile's by its name, else what lies there."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on and on not in ws.context.sources.known():
        ws.connect(on, name="data")
        on = "data"
    return ws.semantic(on)
