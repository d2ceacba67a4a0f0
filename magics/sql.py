"""`%sql` and `%%sql`: one statement on any connection, its parameters bound, its result named."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics import familiar, urls
from aiser_jupyter.magics.namespace import expanded, keep, parameters
from aiser_jupyter.magics.options import Line, Option, pairs, parse
from aiser_jupyter.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.magics.progress import Bar
    from aiser_jupyter.magics.written import Written
    from aiser_jupyter.workspaces import Workspace

OPTIONS = (
    Option("as"),
    Option("param", many=True),
    Option("chart", takes="?", choices=KINDS),
    Option("limit"),
    Option("timeout"),
    Option("explain", takes=0),
    Option("profile", takes=0),
    Option("format", takes=0),
    Option("write", takes=0),
    Option("no-cache", takes=0),
    Option("jinja", takes=0),
    Option("save", short="S"),
    Option("with", many=True, short="w"),
    Option("no-execute", takes=0),
    Option("alias", short="A"),
    Option("connections", takes=0, short="l"),
    Option("close", short="x"),
    Option("section", short="s"),
    Option("file", short="f"),
    *familiar.OPTIONS,
)
NAMED = re.compile(r"([^\W\d]\w*)\s*(=?)\s*<<\s*", re.ASCII)
BARE_WORD = re.compile(r"[\w.-]+\Z")


@dataclass(frozen=True)
class Statement:
    """What a cell asks for: the SQL, on which connection, under which name; ``address`` is a connection to open first."""

    sql: str
    on: str | None
    name: str | None
    options: Line
    address: str = ""


def read(line: str, cell: str | None, connections: tuple[str, ...]) -> Statement:
    """Read a magic's line and cell: ``[CONNECTION | URL] [options] [NAME <<] [SQL]``, options before or after the connection."""
    before = parse(line, OPTIONS)
    named = NAMED.match(before.rest)
    kind, place, rest = urls.words_of(before.rest[named.end() :] if named else before.rest, connections)
    after = parse(rest, OPTIONS) if kind else Line({}, rest)
    options = _both(before, after)
    named = named or NAMED.match(options.rest)
    sql = options.rest[named.end() :] if named and named.string == options.rest else options.rest
    if not named and BARE_WORD.match(sql) and (cell is not None or _is_name(sql, connections)):
        raise UsageError(f"There is no connection {sql!r}.", hint=_connections(sql, connections))
    if cell is not None:
        sql = f"{sql}\n{cell}" if sql else cell
    name = options.one("as")
    if name and named:
        raise UsageError(f"The result is named twice: {name} and {named[1]}.")
    statement = Statement(
        sql, place if kind == "name" else None, name or (named[1] if named else None), options, place if kind == "address" else ""
    )
    if not sql.strip() and not options.has("file") and (name or cell is not None or not _stands_alone(statement)):
        raise UsageError("There is no SQL here.", hint="Write %%sql and the statement below it, or %sql select ….")
    return statement


def run(shell: InteractiveShell, ws: Workspace, statement: Statement) -> Any:
    """Do what the statement asks for: what it gives to look at, a `Result` where it ran."""
    options = statement.options
    if options.has("close"):
        return urls.listing(ws, f"Closed {urls.close(ws, expanded(shell, options.one('close') or ''))}")
    if done := familiar.run(shell, ws, options):
        return done
    statement = _connected(shell, ws, statement)
    if options.has("file"):
        statement = replace(statement, sql=_file(expanded(shell, options.one("file") or "")))
    if not statement.sql.strip():
        return urls.listing(ws)
    return _written(shell, ws, statement)


def show(shell: InteractiveShell, ws: Workspace, statement: Statement, result: Any, bar: Bar, rows: int | None = None) -> None:
    """Show the rows, or the chart where one was asked for, in the place of the bar; at most ``rows`` unless the statement says how many."""
    from aiser_jupyter.magics.tables import result_bundle

    kind = statement.options.one("chart")
    limit = _number(statement.options, "limit")
    if type(result).__module__ == "aiser_jupyter.query.result":
        bar.publish(result_bundle(ws, result, rows=int(limit) if limit is not None else rows, chart=kind))
    elif result is not None:
        bar.publish(shell.display_formatter.format(result)[0])  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue] - a shell has one


def _written(shell: InteractiveShell, ws: Workspace, statement: Statement) -> Any:
    """Save, lay out or run the statement, as its options say."""
    from aiser_jupyter.magics import written

    options = statement.options
    text = written.write(shell, ws, statement)
    if options.has("format"):
        return text.formatted(shell)
    if options.has("save"):
        text.save(expanded(shell, options.one("save") or ""))
        if options.has("no-execute"):
            return None
    return text.checked() if options.has("no-execute") else _executed(shell, ws, statement, text)


def _executed(shell: InteractiveShell, ws: Workspace, statement: Statement, text: Written) -> Any:
    options = statement.options
    params = {**parameters(shell, text.wanted), **text.values, **pairs(options.values.get("param", ()), "param")}
    timeout = _number(options, "timeout")
    if options.has("explain") or options.has("profile"):
        from aiser_jupyter.magics import explain

        plan = explain.plan(ws, text, params, timeout=timeout, ran=options.has("profile"))
        if statement.name:
            keep(shell, statement.name, plan.result)
        return plan
    with text.places():
        result = ws.sql(text.sql, params=params, on=text.on, timeout=timeout, write=options.has("write"), fresh=options.has("no-cache"))
    given = familiar.kept(shell, result)
    if statement.name:
        keep(shell, statement.name, given)
    return given


def _connected(shell: InteractiveShell, ws: Workspace, statement: Statement) -> Statement:
    """The statement with the connection that it opens or switches to, as the default from now on where nothing else is asked."""
    options = statement.options
    alias = options.one("alias")
    if statement.address:
        source = urls.connect(ws, expanded(shell, statement.address), expanded(shell, alias) if alias else None, write=options.has("write"))
        return replace(statement, on=source.name)
    if options.has("section"):
        source = urls.from_section(ws, expanded(shell, options.one("section") or ""), familiar.settings(shell).dsn_filename, alias)
        return replace(statement, on=source.name)
    if statement.on is not None and not statement.sql.strip():
        urls.use(ws, statement.on)
    elif statement.on is None:
        urls.from_environment(ws)
    return statement


def _both(before: Line, after: Line) -> Line:
    """The options before and after a connection's name."""
    many = {option.name for option in OPTIONS if option.many}
    repeated = next((name for name in after.values if name in before.values and name not in many), None)
    if repeated:
        raise UsageError(f"--{repeated} was given twice.")
    values = {**before.values, **after.values}
    for name in many & before.values.keys() & after.values.keys():
        values[name] = before.values[name] + after.values[name]
    return Line(values, after.rest)


def _stands_alone(statement: Statement) -> bool:
    """Whether it means something without SQL: a connection to open, use, list or close."""
    given = set(statement.options.values) - {"alias", "write"}
    alone = {"connections", "close", "section", *(option.name for option in familiar.OPTIONS)}
    return bool(given & alone) or (not given and not (statement.options.has("alias") and not statement.address))


def _file(path: str) -> str:
    from pathlib import Path

    place = Path(path).expanduser()
    try:
        return place.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError("The file of SQL cannot be read.", where=str(place), hint="Check the path; it is read as UTF-8.") from None


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


def _is_name(word: str, connections: Collection[str]) -> bool:
    """Whether one word alone is meant as a connection, not as a statement such as SHOW."""
    return word.upper() not in {"SHOW", "DESCRIBE", "COMMIT", "ROLLBACK", "BEGIN"} and word not in connections


def _connections(word: str, connections: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(word, connections, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"There are {', '.join(connections)}." if connections else f"Connect one first: %aiser connect PATH --as {word}."
