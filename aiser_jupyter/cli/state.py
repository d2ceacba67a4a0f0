"""`aiser state`: save what the workspace keeps, bring it back, look whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

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
    made = preserving.backup(root, now, to)
    if as_json:
        print_json(made.as_json())
        return 0
    for path, why in made.manifest.left_out.items():
        click.echo(f"Left out: {path} ({why}).")
    click.echo(
        f"{made.file}: {len(made.manifest.files)} files, {made.bytes / 1e6:.1f} MB. To bring it back: aiser state restore {made.file}"
    )
    return 0


@command.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@JSON
def restore(file: Path, as_json: bool) -> int:
    """Bring the archive FILE back; what is here now goes aside. Nothing is changed where the archive is not whole."""
    from aiser_jupyter import preserving

    root, now = _here()
    done = preserving.restore(root, now, file)
    if as_json:
        print_json(done.as_json())
        return 0
    click.echo(f"{done.folder} is as it was on {done.manifest.made_at}: {len(done.manifest.files)} files.")
    if done.audit:
        click.echo(f"The log of accesses that goes on is {done.audit}.")
    if done.aside is not None:
        click.echo(f"What was here before is in {done.aside}; delete it when you no longer need it.")
    return 0


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
    if as_json:
        print_json(done.as_json())
        return 0
    tables = f"{len(done.tables)} table(s){': ' if done.tables else ''}{', '.join(done.tables)}; {done.results} kept result(s) dropped."
    if done.dropped:
        click.echo(f"Dropped: {tables}")
    else:
        click.echo(f"Written anew: {tables}")
        click.echo(
            f"The key is {done.now}, at {done.reference}." if done.now else "Nothing is encrypted now; encrypt = true would do it again."
        )
    if done.before:
        click.echo(f"The key of before, {done.before}, was left where it is: older backups need it.")
    return 0


def _here() -> tuple[Path, datetime]:
    """The root of the workspace one stands in, and the time."""
    from aiser_jupyter import clock, settings

    return settings.find_root(), clock.from_environment().now()
