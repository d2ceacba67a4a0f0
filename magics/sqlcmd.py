"""`%sqlcmd`: tables, columns, profile, test, snippets and connections, as notebooks for jupysql call them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError, UnknownNameError, UsageError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.magics import snippets, urls
from aiser_jupyter.magics.namespace import expanded
from aiser_jupyter.magics.options import Line, Option, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.workspaces import Workspace

COMPARISONS = {"less-than": "<", "less-than-or-equal": "<=", "greater": ">", "greater-than": ">", "greater-or-equal": ">=", "equal": "="}
OPTIONS = (
    Option("table", short="t"),
    Option("schema", short="s"),
    Option("column", short="c"),
    Option("output", short="o"),
    Option("on"),
    *(Option(name) for name in COMPARISONS),
    Option("no-nulls", takes=0),
    Option("unique", takes=0),
    Option("in"),
    Option("delete", short="d"),
    Option("delete-force", short="D"),
    Option("delete-force-all", short="A"),
)


class FailedTestError(AiserError):
    """A test of a column that some of its values fail; ``result`` are those rows."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", result: Result | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.result = result


@dataclass(frozen=True)
class Place:
    """A table and the connection it is on."""

    table: Table
    connection: str
    dialect: str


def run(shell: InteractiveShell, ws: Workspace, line: str) -> Any:
    """Do what the line says."""
    word, _, rest = line.strip().partition(" ")
    command = COMMANDS.get(word)
    if command is None:
        near = difflib.get_close_matches(word, COMMANDS, 1)
        hint = f"Did you mean `%sqlcmd {near[0]}`?" if near else f"There are {', '.join(COMMANDS)}."
        raise UsageError(f"There is no `%sqlcmd {word}`." if word else "`%sqlcmd` needs to know what to do.", hint=hint)
    urls.from_environment(ws)
    return command(ws, _parsed(expanded(shell, rest.strip())))


def _parsed(rest: str) -> Line:
    """Options before and after bare words, which are kept in order."""
    line = parse(rest, OPTIONS)
    values = dict(line.values)
    bare: list[str] = []
    while line.rest:
        word, _, rest = line.rest.partition(" ")
        bare.append(word)
        line = parse(rest, OPTIONS)
        values.update(line.values)
    return Line(values, " ".join(bare))


def _tables(ws: Workspace, line: Line) -> Listing:
    schema = line.one("schema")
    rows = [
        (table.name, table.schema or "main", table.kind, len(table.columns), name)
        for name in _places(ws, line)
        for table in ws.context.sources.get(name).tables()
        if schema is None or (table.schema or "main").casefold() == schema.casefold()
    ]
    return Listing("Tables", ("Name", "Schema", "Kind", "Columns", "Connection"), rows)


def _columns(ws: Workspace, line: Line) -> Listing:
    place = _table(ws, line, "columns")
    rows = [
        (column.name, column.db_type, column.type, column.nullable, "primary" if column.primary else "", column.comment)
        for column in place.table.columns
    ]
    return Listing(f"Columns of {place.table.name}", ("Name", "Type", "Meaning", "Nullable", "Key", "Comment"), rows)


def _profile(ws: Workspace, line: Line) -> Any:
    place = _table(ws, line, "profile")
    listing = ws.describe(place.table.name, on=place.connection)
    output = line.one("output")
    if output is not None:
        from pathlib import Path

        Path(output).write_text(
            f"<!doctype html><meta charset='utf-8'><title>{escape(listing.title)}</title>{listing._repr_html_()}", "utf-8"
        )
    return listing


def _test(ws: Workspace, line: Line) -> bool:
    """True where every value of the column passes; else raises `FailedTestError` with the rows that fail."""
    from aiser_jupyter.query.complete import quoted

    place = _table(ws, line, "test")
    name = line.one("column")
    column = place.table.column(name or "")
    if column is None:
        raise _unknown("column", name or "", [column.name for column in place.table.columns])
    written = quoted(column.name, place.dialect, always=True)
    fails: list[str] = []
    said: list[str] = []
    params: dict[str, object] = {}
    for option, sign in COMPARISONS.items():
        if line.has(option):
            params[key := f"bound_{len(params) + 1}"] = _value(line.one(option) or "", column.type, option)
            fails.append(f"NOT ({written} {sign} :{key})")
            said.append(f"{sign} {line.one(option)}")
    if line.has("in"):
        given = [_value(text.strip(), column.type, "in") for text in (line.one("in") or "").split(",")]
        keys = [f"bound_{len(params) + at + 1}" for at in range(len(given))]
        params.update(zip(keys, given, strict=True))
        fails.append(f"{written} NOT IN ({', '.join(f':{key}' for key in keys)})")
        said.append(f"in {line.one('in')}")
    if line.has("no-nulls"):
        fails.append(f"{written} IS NULL")
        said.append("never missing")
    table = _written(place)
    if line.has("unique"):
        fails.append(f"{written} IN (SELECT {written} FROM {table} GROUP BY {written} HAVING count(*) > 1)")  # noqa: S608 - quoted names
        said.append("unique")
    if not fails:
        raise UsageError(
            "`%sqlcmd test` needs to know what to test.", hint="Write --no-nulls, --unique, --in a,b, --less-than 5, --greater-than 0 …"
        )
    result = ws.sql(f"SELECT * FROM {table} WHERE {' OR '.join(fails)}", params=params, on=place.connection)  # noqa: S608 - quoted names, bound values
    if not result.rows(1):
        return True
    count = result.row_count
    raise FailedTestError(
        f"{count:,} {'row' if count == 1 else 'rows'} of {place.table.name} {'fails' if count == 1 else 'fail'}: {column.name} should be {' and '.join(said)}.",
        where=f"first: {result.rows(1)[0]}",
        hint="The rows are in the error's `result`.",
        result=result,
    )


def _value(text: str, kind: str, option: str) -> object:
    """A value of the kind that the column has."""
    from datetime import date, datetime
    from decimal import Decimal, InvalidOperation

    try:
        match kind:
            case "integer":
                return int(text) if text.lstrip("+-").isdigit() else Decimal(text)
            case "number":
                return Decimal(text)
            case "date":
                return date.fromisoformat(text)
            case "timestamp":
                return datetime.fromisoformat(text)
            case "other":
                return _loose(text)
    except (ValueError, InvalidOperation):
        raise UsageError(f"--{option} {text!r} does not fit a column of kind {kind}.", hint="Dates are written 2026-01-31.") from None
    return text


def _loose(text: str) -> object:
    """A number where it is one: SQLite lets a column be of no type."""
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return int(number) if number == number.to_integral_value() else number


def _snippets(_ws: Workspace, line: Line) -> Any:
    for option in ("delete", "delete-force", "delete-force-all"):
        name = line.one(option)
        if name is not None:
            return _deleted(name, option)
    if line.rest:
        return snippets.wanted(line.rest).text
    rows = [(snippet.name, " ".join(snippet.text.split())[:120]) for snippet in snippets.saved().values()]
    return Listing("Saved statements", ("Name", "SQL"), rows)


def _deleted(name: str, option: str) -> str:
    snippet = snippets.wanted(name)
    on_it = snippets.depending(snippet.name, "duckdb")
    if on_it and option == "delete":
        raise UsageError(
            f"{', '.join(on_it)} {'stands' if len(on_it) == 1 else 'stand'} on {snippet.name}.",
            hint=f"Delete it alone: %sqlcmd snippets -D {snippet.name}; with them: -A {snippet.name}.",
        )
    gone = [snippet.name, *(on_it if option == "delete-force-all" else ())]
    for one in gone:
        snippets.delete(one)
    return f"{', '.join(gone)} deleted."


def _connect(ws: Workspace, line: Line) -> Listing:
    if line.rest:
        urls.connect(ws, line.rest)
    return urls.listing(ws)


def _explore(ws: Workspace, line: Line) -> Any:
    """The first rows of a table, without a query for the rest."""
    place = _table(ws, line, "explore")
    return ws.sql(f"SELECT * FROM {_written(place)}", on=place.connection)  # noqa: S608 - quoted names; rows are read as they are shown


def _table(ws: Workspace, line: Line, command: str) -> Place:
    name = line.one("table")
    if not name:
        raise UsageError(f"`%sqlcmd {command}` needs a table.", hint=f"Write %sqlcmd {command} --table NAME.")
    schema, _, bare = name.rpartition(".")
    schema = line.one("schema") or schema
    known: list[str] = []
    for place in _places(ws, line):
        source = ws.context.sources.get(place)
        for table in source.tables():
            known.append(table.name)
            if table.name.casefold() == bare.casefold() and (not schema or (table.schema or "main").casefold() == schema.casefold()):
                return Place(table, place, source.dialect)
    raise _unknown("table", name, known)


def _places(ws: Workspace, line: Line) -> tuple[str, ...]:
    """The connections to look on, the default one first."""
    if line.has("on"):
        return (line.one("on") or "",)
    default = ws.context.sources.default
    return tuple(sorted(ws.connections, key=lambda name: name != default))


def _written(place: Place) -> str:
    from aiser_jupyter.query.complete import quoted

    names = [name for name in (place.table.schema, place.table.name) if name]
    return ".".join(quoted(name, place.dialect, always=True) for name in names)


def _unknown(kind: str, name: str, known: list[str]) -> UnknownNameError:
    from aiser_jupyter.query.suggest import nearest

    near = nearest(name, known)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known[:8]) or 'none'}."
    return UnknownNameError(f"There is no {kind} {name!r}.", hint=hint, candidates=near)


COMMANDS: dict[str, Callable[[Workspace, Line], Any]] = {
    "tables": _tables,
    "columns": _columns,
    "profile": _profile,
    "test": _test,
    "snippets": _snippets,
    "connect": _connect,
    "explore": _explore,
}
