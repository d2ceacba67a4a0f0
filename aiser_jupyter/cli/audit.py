"""`aiser audit`: whether the log of accesses is as it was written, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
    """Sum up accesses by user, role, connection and table, and calls of models by user, role, connection and model."""
    log, begin = _log(path), since.replace(tzinfo=UTC) if since else None
    rows, calls = log.report(begin), log.models(begin)
    names = ("user", "role", "connection", "table", "accesses", "refused", "rows")
    of_models = ("user", "role", "connection", "model", "calls", "failed", "prompt_tokens", "completion_tokens", "cost")
    if as_json:
        told = {"accesses": [dict(zip(names, row, strict=True)) for row in rows]}
        print_json({"v": 1, **told, "models": [dict(zip(of_models, row, strict=True)) for row in calls]})
    else:
        print_table(tuple(name.capitalize() for name in names), rows, note="" if rows else "No access was kept.")
        if calls:
            print_table(tuple(name.capitalize().replace("_", " ") for name in of_models), calls)
    return 0


@command.command("retire")
@FILE
@click.option("--days", type=click.IntRange(min=1), required=True, help="Lines older than so many days go.")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The archive they are appended to; else audit.archive.jsonl beside the log.",
)
@click.option("--drop", is_flag=True, help="Delete them; no archive.")
@JSON
def retire(path: Path | None, days: int, to: Path | None, drop: bool, as_json: bool) -> int:
    """Take old lines out of the log; what is left, and the archive, verify as ever."""
    from aiser_jupyter import clock
    from aiser_jupyter.identity.environment import login

    if drop and to is not None:
        raise click.UsageError("--to and --drop are two different things.")
    log = _log(path)
    archive = None if drop else to or log.path.with_name(f"{log.path.stem}.archive.jsonl")
    done = log.retire(clock.Clock().now() - timedelta(days=days), archive, by=login(), days=days, archive=archive.name if archive else "")
    if as_json:
        print_json({"v": 1, "lines": done.lines, "first": done.first, "archive": str(archive or ""), "file": str(log.path)})
    elif not done.lines:
        click.echo(f"{log.path}: no line is older than {days} days.")
    else:
        click.echo(
            f"{log.path}: {done.lines:,} lines {f'are in {archive} now' if archive else 'were deleted'}; it begins with line {done.first:,}."
        )
    return 0


def _log(path: Path | None) -> Audit:
    from aiser_jupyter import settings
    from aiser_jupyter.audit import Audit
    from aiser_jupyter.sources import policy_table

    root = settings.find_root()
    named = policy_table.load(root).audit if path is None else ""
    return Audit(path or (Path(named) if named else root / settings.FOLDER / "audit.jsonl"))
