"""`aiser trust`: let the settings of this workspace name a language model, send it values and put secrets into addresses, or no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aiser_jupyter import trust
from aiser_jupyter.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("trust")
@click.option("--revoke", is_flag=True, help="Trust this workspace no longer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(revoke: bool, as_json: bool) -> int:
    """Trust this workspace's settings as they stand: they may name a model and let cell values be sent to it. A later change asks again."""
    from aiser_jupyter import settings

    root = settings.find_root()
    asked = _asked(settings.read(root / settings.FOLDER / "settings.toml"), settings.OF_THE_USER)
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


def _asked(held: Mapping[str, Any], of_the_user: tuple[str, ...]) -> dict[str, Any]:
    """What a workspace's settings ask for that only a trusted one gets, by name."""
    connections = held.get("connections")
    sent = {
        f"connections.{name}.values_to_model": True
        for name, profile in (connections.items() if isinstance(connections, dict) else ())
        if isinstance(profile, dict) and profile.get("values_to_model")
    }
    woven = {
        f"connections.{name}.url": profile["url"]
        for name, profile in (connections.items() if isinstance(connections, dict) else ())
        if isinstance(profile, dict) and isinstance(profile.get("url"), str) and trust.woven(profile["url"], profile.get("extra"))
    }
    return {name: value for name, value in held.items() if name in of_the_user} | sent | woven
