"""`aiser mcp`: our read-only tools for other assistants."""

from __future__ import annotations

import click

from aiser_jupyter.errors import UsageError


@click.command("mcp")
@click.option(
    "--on",
    multiple=True,
    help="A database, a data file or a folder; NAME=TARGET gives it a name. May be repeated; else the profiles of the settings.",
)
@click.option("--http", "over_http", is_flag=True, help="Serve HTTP on this machine's loopback instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address; no other is served.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="With --http; 0 takes a free one.")
@click.option("--token", help="With --http: env:NAME or keyring:NAME of the token; one is made and shown where left out.")
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True, help="Seconds that one call may take.")
def command(on: tuple[str, ...], over_http: bool, host: str, port: int, token: str | None, timeout: float) -> int:
    """Serve the guarded tools (ask, query, chart, analyse, dashboard, describe, export) over the Model Context Protocol, read-only."""
    from aiser_jupyter.mcp import serve
    from aiser_jupyter.mcp.server import Limits
    from aiser_jupyter.workspaces import Workspace

    if token and not over_http:
        raise UsageError("A token is for HTTP; standard input and output need none.", hint="Add --http, or leave --token out.")
    ws = Workspace()
    try:
        for number, target in enumerate(on, 1):
            name, place = named(target, number)
            ws.connect(place, name=name)
        limits = Limits(timeout)
        if over_http:
            serve.http(ws.context, host=host, port=port, token=token, limits=limits, started=told)
        else:
            serve.stdio(ws.context, limits)
    finally:
        ws.close()
    return 0


def named(target: str, number: int) -> tuple[str, str]:
    """``shop=shop.duckdb`` as a name and a place; one without a name is ``data``, the next ``data2``."""
    name, equals, place = target.partition("=")
    if equals and name.isidentifier():
        return name, place
    return "data" if number == 1 else f"data{number}", target


def told(address: str, token: str) -> None:
    """Say where the server is; a token that was made here is shown this once."""
    click.echo(f"Serving at {address}, for this machine alone. Ctrl+C ends it.", err=True)
    if token:
        click.echo(f"Token (shown once): {token}", err=True)
