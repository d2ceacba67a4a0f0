"""`aiser memory`: what is remembered, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.memory.entry import Entry
    from aiser_jupyter.workspaces import Workspace

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
ON = click.option("--on", help="Only of this database, file or folder; a URL, a path or a reference such as env:SHOP_URL.")


@click.group("memory", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> int:
    """See, teach and forget what is remembered: taught words, verified queries, wishes, what was asked."""
    if context.invoked_subcommand is None:
        return context.invoke(show, on=None, as_json=False)
    return 0


def _opened(on: str | None) -> tuple[Workspace, str | None]:
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    if on:
        ws.connect(on, name="data")
    return ws, "data" if on else None


def _print(title: str, entries: Sequence[Entry], *, as_json: bool) -> int:
    if as_json:
        print_json({"v": 1, "entries": [entry.as_json() for entry in entries]})
    else:
        rows = [(str(e.id), e.kind, e.summary, e.connection, f"{e.at.astimezone():%d %b %Y}", e.uses) for e in entries]
        print_table(("No.", "Kind", "What", "Connection", "Since", "Used"), rows, note=title if rows else "Nothing is remembered.")
    return 0


def _tell(text: str, told: dict[str, Any], *, as_json: bool) -> int:
    print_json({"v": 1, **told}) if as_json else click.echo(text)
    return 0


@command.command("show")
@ON
@JSON
def show(on: str | None, as_json: bool) -> int:
    """List what is remembered."""
    ws, name = _opened(on)
    return _print("", ws.memory.entries(name), as_json=as_json)


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@ON
@JSON
def search(words: tuple[str, ...], on: str | None, as_json: bool) -> int:
    """List what is nearest to WORDS, nearest first."""
    from aiser_jupyter import memory

    ws, name = _opened(on)
    return _print("", memory.of(ws.context).search(" ".join(words), name), as_json=as_json)


@command.command("teach")
@click.argument("phrase")
@click.option("--means", help="What the phrase means.")
@click.option("--sql", help="The SQL that answers the question PHRASE.")
@click.option("--everyone", is_flag=True, help="For everyone of the team.")
@ON
@JSON
def teach(phrase: str, means: str | None, sql: str | None, everyone: bool, on: str | None, as_json: bool) -> int:
    """Keep that PHRASE means something, or is answered by a query."""
    ws, name = _opened(on)
    entry = ws.teach(phrase, means=means, sql=sql, on=name, everyone=everyone)
    return _tell(f"Kept: {entry.summary}. To forget it: aiser memory forget {entry.id}", {"entry": entry.as_json()}, as_json=as_json)


@command.command("forget", context_settings={"ignore_unknown_options": True})
@click.argument("what", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget everything.")
@JSON
def forget(what: str | None, everything: bool, as_json: bool) -> int:
    """Forget entry number WHAT, or all that holds the phrase WHAT."""
    if not what and not everything:
        raise UsageError("Say what to forget.", hint="A number, a phrase, or everything: aiser memory forget --all.")
    ws, _ = _opened(None)
    done = ws.memory.forget(int(what) if what and what.lstrip("-").isdigit() else what, everything=everything)
    return _tell(repr(done), {"forgotten": done.entries, "left": done.left}, as_json=as_json)


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False))
@JSON
def export(file: str, as_json: bool) -> int:
    """Write everything to FILE as JSON."""
    ws, _ = _opened(None)
    told = ws.memory.export(file)
    count = len(told["entries"])  # pyright: ignore[reportArgumentType]  # a list
    return _tell(f"Wrote {count} entries to {file}.", {"entries": count, "file": file}, as_json=as_json)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@JSON
def load(file: str, as_json: bool) -> int:
    """Keep what `export` wrote to FILE."""
    ws, _ = _opened(None)
    count = ws.memory.load(file)
    return _tell(f"Took {count} entries from {file}.", {"entries": count, "file": file}, as_json=as_json)
