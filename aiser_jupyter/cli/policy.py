"""`aiser policy`: check the policy file, see what holds for you, and what becomes of a statement."""

from __future__ import annotations

import click

from aiser_jupyter.cli import policy_native, policy_team
from aiser_jupyter.cli.output import print_json, print_table

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
ON = click.option(
    "--on", help="The database, file or folder; a URL, a path, a reference such as env:SHOP_URL, or a connection of this workspace."
)


@click.group("policy")
def command() -> None:
    """Who may see what: check the policy, show what holds for you, explain a statement."""


@command.command("check")
@click.option("--on", help="A PostgreSQL server: list what it holds otherwise than the policy.")
@JSON
def check(on: str | None, as_json: bool) -> int:
    """Read the policy that holds here; its first mistake is told with its line. With --on, compare what a server holds."""
    from aiser_jupyter import settings
    from aiser_jupyter.sources import policy_table

    found = policy_table.load(settings.find_root())
    if on is not None:
        return policy_native.compared(found, on, as_json=as_json)
    roles = [(role.name, ", ".join(sorted(role.members)), role.default, len(role.tables), role.model) for role in found.roles]
    if as_json:
        names = ("name", "members", "default", "tables", "model")
        told = {"active": found.active, "place": found.place, "sealed": found.sealed, "digest": found.digest}
        print_json({"v": 1, **told, "roles": [dict(zip(names, role, strict=True)) for role in roles]})
        return 0
    if not found.active:
        click.echo("There is no policy here: nothing is governed (docs/policy.md).")
        return 0
    kept = "sealed" if found.sealed else "not sealed: the user who runs this could change it"
    print_table(("Role", "Members", "Other tables", "Rules", "Model"), roles, note=f"{found.place} is right ({kept}).")
    return 0


@command.command("show")
@ON
@JSON
def show(on: str | None, as_json: bool) -> int:
    """Show who you are here, your role, and what you see."""
    from aiser_jupyter import governing
    from aiser_jupyter.cli.opened import opened

    ws, _ = opened(on)
    listing = governing.seen(ws.context)
    rows = [list(map(str, row)) for row in listing.rows]
    if as_json:
        print_json(
            {
                "v": 1,
                "about": listing.title,
                "sees": [dict(zip(("connection", "table", "columns", "rows"), row, strict=True)) for row in rows],
            }
        )
    else:
        print_table(tuple(listing.columns), rows, note=listing.title)
    return 0


@command.command("explain")
@click.argument("sql")
@ON
@JSON
def explain(sql: str, on: str | None, as_json: bool) -> int:
    """Show what becomes of a statement under the policy; nothing runs."""
    from aiser_jupyter import governing
    from aiser_jupyter.cli.opened import opened
    from aiser_jupyter.errors import RefusedError

    ws, name = opened(on)
    found = governing.explain(ws.context, sql, name)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo(repr(found))
    return 0 if found.allowed else RefusedError.exit_status


for one in (policy_native.generate, policy_team.keygen, policy_team.sign, policy_team.accept, policy_team.publish, policy_team.history):
    command.add_command(one)
