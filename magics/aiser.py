"""`%aiser`: connect, add, look around, discover, chart and report from a cell."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from aiser_jupyter import features
from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.magics import connections, memory, policy, state, tools
from aiser_jupyter.magics.options import Option, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.workspaces import Workspace

SOON = {
    "schedule": "run this notebook on a schedule",
    "alert": "watch a number and tell you",
}
HELP = (
    ("%aiser connect PATH [--as NAME] [--write] [--save]", "a database file, URL or reference such as env:SHOP_URL"),
    ("%aiser connections", "what is connected, and what the settings can connect"),
    ("%aiser use NAME", "make a connection the default"),
    ("%aiser test [NAME]", "try a connection"),
    ("%aiser edit NAME [--url …] [--as …] [--write]", "open it again in another way"),
    ("%aiser disconnect NAME", "close a connection"),
    ("%aiser secret NAME", "keep an address or password in the keyring"),
    ("%aiser add FILE [--as NAME]", "CSV, Parquet, JSON or Excel; each becomes a table"),
    ("%aiser tables", "what is there"),
    ("%aiser describe TABLE", "its columns, types and keys"),
    ("%aiser discover TABLE", "what stands out, tested"),
    ("%aiser why MEASURE [in PERIOD]", "where a change happened, tested"),
    ("%aiser forecast MEASURE [next N months]", "what comes next, with intervals"),
    ("%aiser suggest", "questions these data can answer"),
    ("%aiser chart NAME [KIND]", "a chart of a named result or frame"),
    ("%aiser report FORMATS", "write what was found as a report"),
    ("%aiser semantic [write|check]", "what the tables mean: .aiser/semantic.yaml"),
    ("%aiser history", "what was run"),
    ("%aiser memory [show|search WORDS|keep N|forget N]", "what was taught and asked before"),
    ("%aiser policy [explain SQL]", "who you are here, what you see, what becomes of a statement"),
    ("%aiser state [backup|restore|rekey]", "whether what is kept is whole; save it, bring it back, another key"),
    ("%aiser status", "connections and whether they work"),
    ("%aiser tools", "the tools there are, and how they did"),
    ("%%ask QUESTION", "a question in plain English"),
    ("%%sql [CONNECTION] [--as NAME]", "one statement; :name binds a variable"),
)


def run(shell: InteractiveShell, ws: Workspace, line: str) -> Any:
    """Do what the line says; without a word, show the start page."""
    word, _, rest = line.strip().partition(" ")
    if word in SOON:
        raise NotYetError(f"`%aiser {word}` is not there yet: it will {SOON[word]}.")
    command = COMMANDS.get(word)
    if command is not None and word and not features.enabled(word):
        raise UsageError(f"`%aiser {word}` is switched off here.", hint=f"{features.variable(word)} in the environment says so.")
    if command is None:
        near = difflib.get_close_matches(word, [*COMMANDS, *SOON], 1)
        raise UsageError(f"There is no `%aiser {word}`.", hint=f"Did you mean `%aiser {near[0]}`?" if near else "See `%aiser help`.")
    return command(shell, ws, rest.strip())


def _start(_shell: InteractiveShell, ws: Workspace, _rest: str) -> Any:
    from IPython.display import HTML

    from aiser_jupyter.widgets.start_page import start_page

    return HTML(start_page(ws))


def _add(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    target, name = _target(rest, "add", "sales.csv")
    ws.add(target, name=name)
    return ws.tables()


def _tables(_shell: InteractiveShell, ws: Workspace, _rest: str) -> Any:
    return ws.tables()


def _describe(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    return ws.describe(_needed(rest, "describe", "TABLE"))


def _history(_shell: InteractiveShell, ws: Workspace, _rest: str) -> Any:
    return ws.history()


def _semantic(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    words = rest.split()
    action = words.pop(0) if words and words[0] in ("show", "write", "check") else "show"
    found = ws.semantic(words[0] if words else None)
    if action == "write":
        found.write()
    return found.check() if action == "check" else found.show()


def _status(_shell: InteractiveShell, ws: Workspace, _rest: str) -> Any:
    return ws.status()


def _discover(shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    name = _needed(rest, "discover", "TABLE")
    return ws.discover(_frame_or_table(shell, name), name=name)


def _why(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    return ws.why(_needed(rest, "why", "MEASURE"))


def _forecast(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    return ws.forecast(_needed(rest, "forecast", "MEASURE"))


def _suggest(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    return Listing("Questions these data can answer", ("Ask",), [(question,) for question in ws.suggest(rest or None)])


def _chart(shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    from aiser_jupyter.magics.tables import result_bundle

    name, _, kind = _needed(rest, "chart", "NAME").partition(" ")
    value = shell.user_ns.get(name)
    if value is None:
        raise UsageError(f"There is no result or frame {name!r} in this notebook.", hint=f"Name one first: %%sql --as {name}.")
    return _Raw(result_bundle(ws, value, chart=kind.strip()))


def _report(_shell: InteractiveShell, ws: Workspace, rest: str) -> Any:
    return ws.report(_needed(rest, "report", "BRIEF"))


def _help(_shell: InteractiveShell, _ws: Workspace, _rest: str) -> Any:
    rows = [row for row in HELP if features.enabled(feature(row[0]))]
    return Listing("What you can do here", ("Write", "To get"), rows)


def feature(line: str) -> str:
    """The feature that a line of the help is about: its second word, or the magic itself."""
    words = line.lstrip("%").split()
    return words[1] if words[0] == "aiser" and len(words) > 1 else words[0]


class _Raw:
    """A ready bundle, as IPython asks for it."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._bundle = bundle

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self._bundle


def _target(rest: str, command: str, example: str) -> tuple[str, str | None]:
    target, _, options = rest.partition(" --")
    line = parse(f"--{options}" if options else "", (Option("as"),))
    if not target.strip():
        raise UsageError(f"`%aiser {command}` needs a path or reference.", hint=f"Write %aiser {command} {example}.")
    return target.strip().strip("\"'"), line.one("as")


def _needed(rest: str, command: str, what: str) -> str:
    if not rest:
        raise UsageError(f"`%aiser {command}` needs a {what.lower()}.", hint=f"Write %aiser {command} {what}.")
    return rest


def _frame_or_table(shell: InteractiveShell, name: str) -> Any:
    from aiser_jupyter.magics.namespace import frames

    value = frames(shell)(name)
    return name if value is None else value


def _on_connections(command: Callable[[Workspace, str], Any]) -> Callable[[InteractiveShell, Workspace, str], Any]:
    """A command that needs nothing of the notebook."""
    return lambda _shell, ws, rest: command(ws, rest)


COMMANDS: dict[str, Callable[[InteractiveShell, Workspace, str], Any]] = {
    "": _start,
    "connect": _on_connections(connections.connect),
    "disconnect": _on_connections(connections.disconnect),
    "edit": _on_connections(connections.edit),
    "test": _on_connections(connections.test),
    "use": _on_connections(connections.use),
    "connections": _on_connections(connections.connections),
    "secret": _on_connections(connections.secret),
    "add": _add,
    "tables": _tables,
    "describe": _describe,
    "history": _history,
    "memory": _on_connections(memory.run),
    "discover": _discover,
    "why": _why,
    "forecast": _forecast,
    "suggest": _suggest,
    "chart": _chart,
    "report": _report,
    "semantic": _semantic,
    "policy": _on_connections(policy.run),
    "state": _on_connections(state.run),
    "status": _status,
    "tools": _on_connections(tools.tools),
    "help": _help,
}
