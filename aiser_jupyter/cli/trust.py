"""`aiser trust`: let the settings of this workspace name a language model, or no longer."""

from __future__ import annotations

import click

from aiser_jupyter.cli.output import print_json


@click.command("trust")
@click.option("--revoke", is_flag=True, help="Trust this workspace no longer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(revoke: bool, as_json: bool) -> int:
    """Trust the settings of this workspace as they stand: they may say which model gets your questions. A later change asks again."""
    from aiser_jupyter import settings, trust

    root = settings.find_root()
    asked = {k: v for k, v in settings.read(root / settings.FOLDER / "settings.toml").items() if k in settings.OF_THE_USER}
    if revoke:
        was = trust.revoke(root)
        said = "It is trusted no longer." if was else "It was not trusted."
    else:
        trust.trust(root)
        named = ", ".join(f"{name} = {value!r}" for name, value in asked.items())
        said = f"Trusted as it stands: {named}." if named else "Trusted as it stands; its settings name no model."
    if as_json:
        print_json({"v": 1, "workspace": str(root), "trusted": not revoke, "asks_for": asked})
    else:
        click.echo(f"{root}: {said}")
    return 0
