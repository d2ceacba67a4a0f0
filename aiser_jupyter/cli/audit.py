"""`aiser audit`: whether the log of accesses is as it was written, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table

if TYPE_CHECKING:
    from aiser_jupyter.audit import Audit

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
FILE = click.option("--file", "path", type=click.Path(path_type=Path), help="The log; else the one of this workspace's policy.")


@click.group("audit")
def command() -> None:
    """Verify and sum up the log of accesses to governed connections."""


@command.command("verify")
@FILE
@click.option("--until", default="", help="A fingerprint noted before: it must be in the log.")
@JSON
def verify(path: Path | None, until: str, as_json: bool) -> int:
    """Read the log through: every line must be as it was written and follow the one before it."""
    log = _log(path)
    found = log.verify(until)
    if as_json:
        print_json(
            {
                "v": 1,
                "ok": found.ok,
                "lines": found.lines,
                "last": found.last,
                "problem": found.problem,
                "torn": found.torn,
                "file": str(log.path),
            }
        )
    else:
        said = f"{found.lines:,} lines are right." if found.ok else f"{found.problem} The {found.lines:,} lines before it are right."
        if found.torn:
            said += f" After them {found.torn} bytes of a line that was never finished; the next access notes and drops them."
        click.echo(f"{log.path}: {said}\nLast fingerprint: {found.last}")
    return 0 if found.ok else 1


@command.command("report")
@FILE
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only accesses from that day on.")
@JSON
def report(path: Path | None, since: datetime | None, as_json: bool) -> int:
    """Sum up accesses by user, role, connection and table."""
    rows = _log(path).report(since.replace(tzinfo=UTC) if since else None)
    names = ("user", "role", "connection", "table", "accesses", "refused", "rows")
    if as_json:
        print_json({"v": 1, "accesses": [dict(zip(names, row, strict=True)) for row in rows]})
    else:
        print_table(tuple(name.capitalize() for name in names), rows, note="" if rows else "No access was kept.")
    return 0


def _log(path: Path | None) -> Audit:
    from aiser_jupyter import settings
    from aiser_jupyter.audit import Audit
    from aiser_jupyter.sources import policy_table

    root = settings.find_root()
    named = policy_table.load(root).audit if path is None else ""
    return Audit(path or (Path(named) if named else root / settings.FOLDER / "audit.jsonl"))
