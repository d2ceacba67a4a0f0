"""`aiser schema`: the form of every JSON that leaves."""

from __future__ import annotations

import click

from aiser_jupyter.cli.output import print_json, print_table


@click.command("schema")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Without NAME: print all of them as one JSON value.")
def command(name: str | None, as_json: bool) -> int:
    """Print the JSON Schema (draft 2020-12) NAME, or list the names."""
    from aiser_jupyter import contract

    if name is not None:
        print_json(contract.schema(name))
    elif as_json:
        print_json({"v": 1, "schemas": contract.schemas()})
    else:
        print_table(("Name", "What"), [(name, made["title"]) for name, made in contract.schemas().items()])
    return 0
