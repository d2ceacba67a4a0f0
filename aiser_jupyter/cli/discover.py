"""`aiser discover`: what stands out in a table or a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.workspaces import Workspace

JSON_FIELDS = (
    "kind", "title", "statement", "columns", "where", "direction", "effect", "unit", "p_value", "q_value", "support",
    "confidence", "impact", "score", "recommendation", "sql", "chart",
)  # fmt: skip


@click.command("discover")
@click.argument("table")
@click.option("--on", help="The database TABLE lies in; left out where TABLE is a data file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value: a list of findings.")
def command(table: str, on: str | None, as_json: bool) -> int:
    """Say what stands out in TABLE (or in a data file), tested, or that nothing does."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    else:
        table = _only_table(ws, table)
    findings = ws.discover(table)
    if as_json:
        print_json([_as_json(finding) for finding in findings])
        return 0
    click.echo(repr(findings))
    return 0


def _only_table(ws: Workspace, file: str) -> str:
    from aiser_jupyter.sources.files import ordinary

    if not ordinary(Path(file)).exists():
        raise UsageError(f"There is no file {file!r}.", hint="Name the database with --on where this is a table.")
    names = ws.add(file)
    if len(names) != 1:
        raise UsageError(f"{file} holds {len(names)} tables: {', '.join(names)}.", hint="Name one and give the file with --on.")
    return names[0]


def _as_json(finding: Finding) -> dict[str, object]:
    fields: dict[str, object] = {"v": 1, **{name: getattr(finding, name) for name in JSON_FIELDS}}
    return fields | {"chart": dataclasses.asdict(finding.chart) if finding.chart is not None else None}
