"""`aiser policy keygen|sign|publish|history`: a policy that is signed, and kept for a team."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.errors import SettingsError, UsageError

FILE = click.Path(path_type=Path)


@click.command("keygen")
@click.option("--to", type=FILE, default=Path(), show_default="here", help="The folder that the two keys are written to.")
def keygen(to: Path) -> int:
    """Make a pair of keys: policy.key, which signs and stays with the administrator, and policy.pub, for /etc/aiser on each machine."""
    from aiser_jupyter.policy import signature

    private, public = signature.keys()
    for name, data, mode in (("policy.key", private, 0o600), ("policy.pub", public, 0o644)):
        path = to / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise UsageError("The key cannot be written.", where=f"{path}: {error.strerror}", hint="Keys are not written over.") from None
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    click.echo(f"{to / 'policy.key'} signs: keep it to yourself. {to / 'policy.pub'} belongs into {signature.MACHINE_KEY} of each machine.")
    return 0


@click.command("sign")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--key", type=FILE, required=True, help="The private key.")
def sign(path: Path, key: Path) -> int:
    """Check a policy file and sign it: the signature is written beside it, as FILE.sig."""
    from aiser_jupyter.policy import file, signature

    raw = _bytes(path)
    file.read(raw, path)
    made = signature.sign(raw, _bytes(key), after=signature.beside(path))
    path.with_name(path.name + signature.ENDING).write_text(made + "\n", encoding="ascii")
    click.echo(f"Signed: {path}{signature.ENDING}")
    return 0


@click.command("publish")
@click.argument("path", metavar="[FILE]", type=FILE, required=False)
@click.option("--to", help="The PostgreSQL database; a URL or a reference such as env:POLICY_URL.")
@click.option("--key", type=FILE, help="The private key to sign with; else FILE.sig, where it is there.")
@click.option("--note", default="", help="What changed, for the history.")
@click.option("--ddl", is_flag=True, help="Print the table that an administrator makes first, and nothing else.")
def publish(path: Path | None, to: str | None, key: Path | None, note: str, ddl: bool) -> int:
    """Check a policy file and put it into a team's database as the newest version."""
    from aiser_jupyter.policy import signature
    from aiser_jupyter.sources import policy_table

    if ddl:
        click.echo(policy_table.DDL)
        return 0
    if path is None or not to:
        raise UsageError("A policy is published from a file to a database.", hint="aiser policy publish FILE --to env:POLICY_URL")
    raw = _bytes(path)
    signed = signature.sign(raw, _bytes(key), after=signature.beside(path)) if key is not None else signature.beside(path).strip()
    version = policy_table.publish(to, raw, signed, note)
    click.echo(f"Version {version} is published{', signed' if signed else ', not signed'}.")
    return 0


@click.command("accept")
def accept() -> int:
    """Take the signed policy that is here now for the newest, though a newer one was seen: for a clock that was ahead when that was signed."""
    from aiser_jupyter import settings
    from aiser_jupyter.policy import newest
    from aiser_jupyter.sources import policy_table

    with newest.accepting():
        found = policy_table.load(settings.find_root())
    if not found.active:
        click.echo("There is no policy here: nothing is governed (docs/policy.md).")
        return 0
    click.echo(f"{found.place} (fingerprint {found.digest[:16]}) is the newest from now on.")
    return 0


@click.command("history")
@click.option("--to", "place", help="The database; else the one that AISER_POLICY names.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def history(place: str | None, as_json: bool) -> int:
    """List the versions of a team's policy, newest first."""
    from aiser_jupyter.sources import policy_table

    address = place or os.environ.get("AISER_POLICY", "")
    if not address:
        raise UsageError("No database is named.", hint="aiser policy history --to env:POLICY_URL")
    found = policy_table.history(address)
    if as_json:
        print_json({"v": 1, "versions": [{**vars(one), "at": one.at.isoformat()} for one in found]})
    else:
        rows = [
            (one.version, f"{one.at:%Y-%m-%d %H:%M}", one.by, "yes" if one.signed else "no", one.digest[:16], one.note) for one in found
        ]
        print_table(("Version", "Published", "By", "Signed", "Fingerprint", "Note"), rows)
    return 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError("The file cannot be read.", where=f"{path}: {error.strerror}") from None
