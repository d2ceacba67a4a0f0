"""Completion in cells: where the cursor is in a magic's options or its SQL, given to IPython as a matcher of its second kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.magics.known import Metadata, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.magics.options import Option
    from aiser_jupyter.workspaces import Workspace

CELL = re.compile(r"\s*%%(?P<magic>sql|ask)\b(?P<line>[^\n]*)", re.ASCII)
LINE = re.compile(r"(?:^|=)\s*%(?P<magic>sqlcmd|sql|ask|aiser)(?=[ \t]|$)(?P<line>[^\n]*)\Z", re.ASCII)
BEGINS = re.compile(r"(?i)(?<![\w-])(?:select|with|from|explain|describe|summarize|show|insert|update|delete|values|pivot)\s")
WORD = re.compile(r"\S*\Z")


@dataclass(frozen=True)
class Entry:
    """One completion: its text and what it is."""

    text: str
    type: str


def register(shell: InteractiveShell) -> None:
    """Add the matcher to the shell's completer; nothing heavy is loaded until it is asked within one of our magics."""
    completer = shell.Completer
    if completer is None:
        return
    from IPython.core.completer import SimpleCompletion, context_matcher

    metadata = Metadata()

    @context_matcher(priority=100, identifier="aiser_matcher")
    def aiser_matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = complete(shell, metadata, context.full_text, _offset(context))
        if found is None:
            return {"completions": [], "suppress": False}
        fragment, entries = found
        # The cell is SQL, so what Python would complete is wrong there, and right order is ours.
        return {
            "completions": [SimpleCompletion(entry.text, type=entry.type) for entry in entries],
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    completer.custom_matchers.append(aiser_matcher)

    def after_cell(*_: Any) -> None:
        ws = _workspace()
        if ws is not None:
            metadata.after_cell(ws)

    shell.events.register("post_run_cell", after_cell)


@dataclass(frozen=True)
class Spot:
    """Where the cursor is: in the statement ``sql`` at ``place``, or (None) at the end of ``line`` among a magic's options."""

    magic: str
    line: str
    sql: str | None = None
    place: int = 0


def complete(shell: InteractiveShell, metadata: Metadata, text: str, cursor: int) -> tuple[str, list[Entry]] | None:
    """The fragment before the cursor and what may replace it; None where the cursor is in none of our magics."""
    spot = where(text, cursor)
    if spot is None:
        return None
    ws = _workspace()
    if spot.sql is None:
        return _in_line(spot.magic, spot.line, ws)
    if ws is None:
        return None
    from aiser_jupyter.query import complete as completion

    on = next((word for word in spot.line.split() if word in ws.connections), None)
    found = completion.complete(spot.sql, spot.place, known(shell, ws, metadata, on))
    return spot.sql[found.start : spot.place], [Entry(item.text, _type(item.kind, item.detail)) for item in found.items]


def _type(kind: str, detail: str) -> str:
    """The words that a front end shows beside an entry, held together: JupyterLab lets a second line run into the next entry."""
    return f"{kind} {detail}".strip().replace(" ", "\u00a0")


def where(text: str, cursor: int) -> Spot | None:
    """The magic around the cursor, if there is one."""
    cell = CELL.match(text)
    if cell is not None:
        begin = cell.start("line")
        if cursor < begin:
            return None
        if cursor > cell.end():
            return Spot("sql", cell["line"], text[cell.end() + 1 :], cursor - cell.end() - 1) if cell["magic"] == "sql" else None
        return _on_line(cell["magic"], text[begin:], cursor - begin)
    start = text.rfind("\n", 0, cursor) + 1
    line = LINE.search(text[start:cursor])
    if line is None:
        return None
    begin = start + line.start("line")
    return _on_line(line["magic"], text[begin:].partition("\n")[0], cursor - begin)


def _on_line(magic: str, rest: str, cursor: int) -> Spot | None:
    """The spot in what follows a magic's name."""
    before = rest[:cursor]
    if not before[:1].isspace():
        return None
    begun = BEGINS.search(before) if magic == "sql" else None
    if begun is None:
        return Spot(magic, before)
    return Spot(magic, rest[: begun.start()], rest[begun.start() :], cursor - begun.start())


def _in_line(magic: str, line: str, ws: Workspace | None) -> tuple[str, list[Entry]]:
    """Options, their values, connections and subcommands."""
    typed = WORD.search(line)
    fragment = typed[0] if typed else ""
    words = line[: len(line) - len(fragment)].split()
    options = {f"--{option.name}": option for option in _options(magic)}
    last = options.get(words[-1]) if words else None
    entries: Iterable[Entry]
    if fragment.startswith("-"):
        entries = (Entry(name, "option") for name, option in options.items() if option.many or name not in words)
    elif last is not None and last.takes != 0:
        entries = _values(last, ws)
    else:
        entries = _words(magic, words, ws)
    return fragment, [entry for entry in entries if entry.text.startswith(fragment)]


def _values(option: Option, ws: Workspace | None) -> Iterator[Entry]:
    if option.name in {"on", "close"}:
        yield from (Entry(name, "connection") for name in (ws.connections if ws is not None else ()))
    elif option.name == "with":
        from aiser_jupyter.magics.snippets import saved

        yield from (Entry(name, "snippet") for name in saved())
    elif option.name in {"table", "t"} and ws is not None:
        yield from _tables(ws)
    yield from (Entry(choice, "value") for choice in option.choices)


def _words(magic: str, words: list[str], ws: Workspace | None) -> Iterator[Entry]:
    plain = [word for word in words if not word.startswith("-")]
    if magic == "aiser":
        from aiser_jupyter.magics.aiser import COMMANDS

        if not plain:
            yield from (Entry(name, "command") for name in COMMANDS if name)
        elif plain[0] in {"describe", "discover"} and ws is not None:
            yield from _tables(ws)
    elif magic == "sqlcmd":
        from aiser_jupyter.magics.sqlcmd import COMMANDS as SQLCMD

        if not plain:
            yield from (Entry(name, "command") for name in SQLCMD)
    elif magic == "sql" and not plain:
        yield from (Entry(name, "connection") for name in (ws.connections if ws is not None else ()))


def _tables(ws: Workspace) -> Iterator[Entry]:
    for name in ws.connections:
        catalog = ws.context.catalogs.get(name)
        source = ws.context.sources.get(name)
        tables = catalog.tables if catalog is not None else source.tables() if source.capabilities.local else ()
        yield from (Entry(table.name, table.kind) for table in tables)


def _options(magic: str) -> tuple[Option, ...]:
    if magic == "sql":
        from aiser_jupyter.magics import sql

        return sql.OPTIONS
    if magic == "ask":
        from aiser_jupyter.magics import ask

        return ask.OPTIONS
    if magic == "sqlcmd":
        from aiser_jupyter.magics import sqlcmd

        return sqlcmd.OPTIONS
    from aiser_jupyter.magics.options import Option

    return (Option("as"),)


def _workspace() -> Workspace | None:
    """The notebook's workspace where there is one already; completion makes none."""
    import sys

    module = sys.modules.get("aiser_jupyter.workspaces")
    return getattr(module, "_own", None)


def _offset(context: CompletionContext) -> int:
    """The cursor's place in the whole text."""
    lines = context.full_text.split("\n")
    return sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
