"""`%sql` and `%%sql`: one statement on any connection, its parameters bound, its result named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics.namespace import keep, parameters
from aiser_jupyter.magics.options import Line, Option, pairs, parse
from aiser_jupyter.spec import KINDS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.query.result import Result
    from aiser_jupyter.workspaces import Workspace

OPTIONS = (
    Option("as"),
    Option("param", many=True),
    Option("chart", takes="?", choices=KINDS),
    Option("limit"),
    Option("timeout"),
    Option("explain", takes=0),
    Option("write", takes=0),
    Option("no-cache", takes=0, soon="run past the cache; nothing is cached in this version, so every query runs"),
    Option("jinja", takes=0, soon="fill {{ }} in the statement; bind a :name instead"),
)
NAMED = re.compile(r"([^\W\d]\w*)\s*<<\s*", re.ASCII)
BARE_WORD = re.compile(r"[\w.-]+\Z")


@dataclass(frozen=True)
class Statement:
    """What a cell asks for: the SQL, on which connection, under which name."""

    sql: str
    on: str | None
    name: str | None
    options: Line


def read(line: str, cell: str | None, connections: tuple[str, ...]) -> Statement:
    """Read a magic's line and cell: ``[CONNECTION] [options] [NAME <<] [SQL]``, options before or after the connection."""
    before = parse(line, OPTIONS)
    on, rest = _connection(before.rest, connections)
    after = parse(rest, OPTIONS) if on else Line({}, rest)
    repeated = next((name for name in after.values if name in before.values and name != "param"), None)
    if repeated:
        raise UsageError(f"--{repeated} was given twice.")
    values = {**before.values, **after.values}
    if "param" in before.values and "param" in after.values:
        values["param"] = before.values["param"] + after.values["param"]
    options = Line(values, after.rest)
    named = NAMED.match(options.rest)
    sql = options.rest[named.end() :] if named else options.rest
    if cell is not None:
        if not named and BARE_WORD.match(sql):
            raise UsageError(f"There is no connection {sql!r}.", hint=_connections(sql, connections))
        sql = f"{sql}\n{cell}" if sql else cell
    if not sql.strip():
        raise UsageError("There is no SQL here.", hint="Write %%sql and the statement below it, or %sql select ….")
    name = options.one("as")
    if name and named:
        raise UsageError(f"The result is named twice: {name} and {named[1]}.")
    return Statement(sql, on, name or (named[1] if named else None), options)


def run(shell: InteractiveShell, ws: Workspace, statement: Statement) -> Result:
    """Run the statement; keep the result under its name."""
    options = statement.options
    sql = f"EXPLAIN {statement.sql}" if options.has("explain") else statement.sql
    params: dict[str, Any] = parameters(shell, _wanted(ws, sql, statement.on)) | pairs(options.values.get("param", ()), "param")
    timeout = _number(options, "timeout")
    result = ws.sql(sql, params=params, on=statement.on, timeout=timeout, write=options.has("write"))
    if statement.name:
        keep(shell, statement.name, result)
    return result


def _wanted(ws: Workspace, sql: str, on: str | None) -> tuple[str, ...]:
    """The names of the parameters in ``sql``."""
    from aiser_jupyter.query.parameters import names

    return names(sql, ws.context.sources.get(on).dialect if ws.connections else "duckdb")


def show(ws: Workspace, statement: Statement, result: Result) -> None:
    """Show the rows, or the chart where one was asked for."""
    from IPython.display import display

    from aiser_jupyter.magics.tables import result_bundle

    kind = statement.options.one("chart")
    limit = _number(statement.options, "limit")
    display(result_bundle(ws, result, rows=int(limit) if limit is not None else None, chart=kind), raw=True)


def _number(options: Line, name: str) -> float | None:
    text = options.one(name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if number <= 0:
        raise UsageError(f"--{name} {text!r} is no number above 0.", hint=f"Write --{name} 60.")
    return number


def _connection(text: str, connections: tuple[str, ...]) -> tuple[str | None, str]:
    """A connection's name at the start of ``text``, and the rest."""
    word, _, rest = text.partition(" ") if " " in text else text.partition("\n")
    return (word, rest.lstrip()) if word in connections else (None, text)


def _connections(word: str, connections: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(word, connections, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"There are {', '.join(connections)}." if connections else f"Connect one first: %aiser connect PATH --as {word}."
