"""`aiser sql`: one statement, as a table, JSON or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.cli.progress import queries
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def pairs(given: tuple[str, ...]) -> dict[str, str]:
    """``k=v`` texts as a dictionary."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--param {text!r} is not NAME=VALUE.", hint="Write --param since=2026-01-01.")
        found[name] = value
    return found


@click.command("sql")
@click.argument("sql")
@click.option("--on", help="A database, a data file or a folder; a URL, a path or a reference such as env:SHOP_URL.")
@click.option("--param", "params", multiple=True, help="A value for :name, as name=value; may be repeated.")
@click.option("--to", type=click.Path(dir_okay=False), help="Write the rows to a .csv, .parquet or .xlsx file.")
@click.option("--timeout", type=float, help="Seconds until the query is stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(sql: str, on: str | None, params: tuple[str, ...], to: Path | None, timeout: float | None, as_json: bool) -> int:
    """Run the one read-only statement SQL and print its rows."""
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    with queries(ws, quiet=as_json):
        result = ws.sql(sql, params=pairs(params), timeout=timeout)
    if to:
        rows = result.save(to)
        done = {"v": 1, "to": str(to), "row_count": rows, "elapsed_ms": result.elapsed_ms}
        print_json(done) if as_json else click.echo(f"{rows:,} {'row' if rows == 1 else 'rows'} written to {to}.")
        return 0
    if as_json:
        rows = [list(row.values()) for row in result.rows()]
        print_json(
            {
                "v": 1, "sql": result.sql, "dialect": result.dialect, "columns": list(result.columns), "rows": rows,
                "row_count": result.row_count, "truncated": False, "route": result.route, "elapsed_ms": result.elapsed_ms,
            }
        )  # fmt: skip
    else:
        rows = [list(row.values()) for row in result.rows(100)]
        total = result.row_count
        more = f", the first {len(rows)} shown; --to FILE writes all" if total > len(rows) else ""
        print_table(result.columns, rows, note=f"{total:,} {'row' if total == 1 else 'rows'}{more} · {result.elapsed_ms:.0f} ms")
    return 0
