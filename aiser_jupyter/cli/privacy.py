"""`aiser privacy`: what the workspace holds of somebody, as a file, and erased for good."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aiser_jupyter.cli.output import print_json, print_table

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("privacy")
def command() -> None:
    """See, take along and erase what this workspace holds of a user, or of a person in the data."""


@command.command("report")
@_JSON
def report(as_json: bool) -> int:
    """Count what is held of each user."""
    from aiser_jupyter import privacy
    from aiser_jupyter.workspaces import Workspace

    found = privacy.users(Workspace().context)
    if as_json:
        print_json({"v": 1, "users": [{"user": name, **counts} for name, counts in found]})
        return 0
    kinds = sorted({kind for _, counts in found for kind in counts})
    print_table(
        ["User", *(kind.capitalize() for kind in kinds)], [[name, *(counts.get(kind, 0) for kind in kinds)] for name, counts in found]
    )
    return 0


@command.command("export")
@click.argument("subject")
@click.option("--to", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
@_JSON
def export(subject: str, to: Path, as_json: bool) -> int:
    """Write all that is held of SUBJECT, a user or a value such as an e-mail, to a JSON file that its owner alone may read."""
    from aiser_jupyter import files, privacy
    from aiser_jupyter.answer.plain import value as plain
    from aiser_jupyter.workspaces import Workspace

    found = privacy.find(Workspace().context, subject)
    held = [{**privacy.shown(one), "data": plain(one.data)} for one in found]
    text = json.dumps({"v": 1, "subject": subject, "held": held}, ensure_ascii=False, indent=1, default=str)
    files.write(to, text + "\n", files.PRIVATE)
    if as_json:
        print_json({"v": 1, "to": str(to), "held": len(held)})
    else:
        click.echo(f"{len(held)} things written to {to}.")
    return 0


@command.command("erase")
@click.argument("subject")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@_JSON
def erase(subject: str, yes: bool, as_json: bool) -> int:
    """Erase all that is held of SUBJECT, a user or a value such as an e-mail; lines of the audit log are kept, and said."""
    from aiser_jupyter import privacy
    from aiser_jupyter.errors import UsageError
    from aiser_jupyter.workspaces import Workspace

    context = Workspace().context
    found = privacy.find(context, subject)
    if not yes:
        if as_json:
            raise UsageError(
                "What is erased does not come back.", hint="Say --yes; without it `aiser privacy export` shows what it would be."
            )
        print_table(("Kind", "Where", "What"), [(one.kind, one.where, one.what) for one in found])
        if found and not click.confirm("Erase this for good? Lines of the audit log are kept."):
            return 1
    done = privacy.erase(context, subject)
    if as_json:
        print_json(done.as_json())
        return 1 if done.left else 0
    click.echo(f"{len(done.gone)} things erased.")
    for one in done.kept:
        click.echo(f"{one.where}, {one.what}: {privacy.AUDIT}.")
    if done.left:
        click.echo(f"Something may still be readable: {done.left}.")
    return 1 if done.left else 0
