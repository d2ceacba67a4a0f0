"""`aiser state`: save what the workspace keeps, bring it back, look whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from aiser_jupyter.sources.rekey import Rekeyed
    from aiser_jupyter.state.archive import Saved
    from aiser_jupyter.state.restore import Restored

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("state")
def command() -> None:
    """Back up, restore and check what this workspace keeps."""


@command.command("backup")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The archive; else aiser-state-TIME.zip beside .aiser/.")
@JSON
def backup(to: Path | None, as_json: bool) -> int:
    """Save everything to one file; others may work meanwhile."""
    from aiser_jupyter import preserving

    root, now = _here()
    return _tell(preserving.backup(root, now, to), as_json=as_json)


@command.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@JSON
def restore(file: Path, as_json: bool) -> int:
    """Bring the archive FILE back; what is here now goes aside. Nothing is changed where the archive is not whole."""
    from aiser_jupyter import preserving

    root, now = _here()
    return _tell(preserving.restore(root, now, file), as_json=as_json)


@command.command("check")
@JSON
def check(as_json: bool) -> int:
    """Look whether the store, the added data, the log of accesses and the settings are whole; nothing is changed."""
    from aiser_jupyter import preserving

    found = preserving.check(_here()[0])
    if as_json:
        print_json(found.as_json())
    else:
        listing = found.listing()
        print_table(listing.columns, listing.rows)
    return 0 if found.ok else 1


@command.command("aside")
@JSON
def aside(as_json: bool) -> int:
    """Put a damaged store aside, so that a new one begins."""
    from aiser_jupyter import preserving

    moved = preserving.aside(*_here())
    if as_json:
        print_json({"v": 1, "aside": [str(path) for path in moved]})
    else:
        click.echo(f"The damaged store is in {moved[0]}; a new one begins with the next thing that is kept.")
    return 0


@command.command("rekey")
@click.option(
    "--to", "reference", default="", help="Where the new key is: env:NAME or keyring:NAME. Without it one is made in the keyring."
)
@click.option("--plain", is_flag=True, help="Write everything anew without encryption.")
@click.option("--drop", is_flag=True, help="The key is lost: drop the tables and results that it locks.")
@click.option("--yes", is_flag=True, help="Drop without asking.")
@JSON
def rekey(reference: str, plain: bool, drop: bool, yes: bool, as_json: bool) -> int:
    """Encrypt what is kept of values under another key (or the first one); kept results are dropped."""
    from aiser_jupyter import preserving
    from aiser_jupyter.workspaces import Workspace

    if plain + drop + bool(reference) > 1:
        raise click.UsageError("--to, --plain and --drop are three different things.")
    if drop and not yes and not as_json:
        click.confirm("The tables that are encrypted are deleted for good. Go on?", abort=True)
    done = preserving.rekey(Workspace(_here()[0]).context, reference, "drop" if drop else "plain" if plain else "anew")
    return _tell(done, as_json=as_json)


command.add_command(check, "status")


def _tell(done: Saved | Restored | Rekeyed, *, as_json: bool) -> int:
    """Print what was done."""
    from aiser_jupyter import preserved

    told = preserved.told(done)
    if as_json:
        print_json(told.as_json())
    for line in () if as_json else told.lines:
        click.echo(line)
    return 0


def _here() -> tuple[Path, datetime]:
    """The root of the workspace one stands in, and the time."""
    from aiser_jupyter import clock, settings

    return settings.find_root(), clock.from_environment().now()
