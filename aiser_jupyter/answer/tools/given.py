"""The rows a tool is to work on: a table by its name, or what a statement yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result

ARGUMENTS: dict[str, object] = {
    "table": {"type": "string", "minLength": 1, "description": "A table by its name."},
    "sql": {"type": "string", "minLength": 1, "description": "A read-only statement, instead of table."},
    "on": {"type": "string", "description": "The connection; the default one where left out."},
}


def one_of(arguments: Mapping[str, Any], tool: str) -> None:
    """Raise `UsageError` unless there is a table or a statement, and not both."""
    if ("table" in arguments) == ("sql" in arguments):
        raise UsageError(f"{tool} needs a table or a statement.", hint='Give one of the two: {"table": "orders"} or {"sql": "SELECT …"}.')


def rows(context: Context, arguments: Mapping[str, Any], tool: str) -> Result:
    """The result of the statement, or of all rows of the table; nothing is read yet."""
    from aiser_jupyter.query import run

    one_of(arguments, tool)
    on = arguments.get("on")
    if "sql" in arguments:
        return run(context, arguments["sql"], on=on)
    source = context.sources.get(on)
    return run(context, f"SELECT * FROM {written(table(context, arguments['table'], on), source.dialect)}", on=source.name)  # noqa: S608  # a known table, quoted


def table(context: Context, name: str, on: str | None) -> Table:
    """The table of that name; `UnknownNameError` with the nearest where there is none."""
    from aiser_jupyter.query import listing
    from aiser_jupyter.query.suggest import nearest

    source = context.sources.get(on)
    found = listing.find(source, name)
    if found is None:
        near = nearest(name, [one.name for one in listing.tables(source)])
        hint = f"Did you mean {near[0]}?" if near else "describe lists the tables."
        raise UnknownNameError(f"There is no table {name[:200]!r} on {source.name}.", hint=hint, candidates=near)
    return found


def written(found: Table, dialect: str) -> str:
    """A table as a statement names it."""
    from sqlglot import exp

    return exp.table_(found.name, db=found.schema or None, quoted=True).sql(dialect=dialect, identify=True)
