"""The tool `query`: one read-only statement, its rows page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.tools.pages import MOST_ROWS, ROWS, SAID, Page, pages, shortened
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result


@dataclass(frozen=True)
class QueryResult:
    """A page of a query's rows, with the statement that ran and where."""

    page: Page
    sql: str
    dialect: str
    source: str
    elapsed_ms: float

    def as_json(self) -> dict[str, object]:
        """The page as plain JSON."""
        said = {"sql": shortened(self.sql, SAID), "dialect": self.dialect, "source": self.source, "elapsed_ms": round(self.elapsed_ms, 1)}
        return {"v": 1, **self.page.as_json(), **said}


class Query:
    """One statement, or the next page of one."""

    name = "query"
    description = (
        "Run one read-only SQL statement (SELECT, WITH, DESCRIBE, EXPLAIN) and get its rows. Whatever writes, reads files or changes settings is refused. "
        "Long results come in pages: call again with next_cursor."
    )
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "sql": {
                "type": "string",
                "minLength": 1,
                "description": "The statement, in the connection's own dialect. :name is bound from params.",
            },
            "on": {"type": "string", "description": "The connection; the default one where left out. describe lists them."},
            "params": {"type": "object", "description": "Values for :name."},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS, "description": "Rows a page."},
            "cursor": {"type": "string", "description": "next_cursor of the page before, instead of sql."},
        },
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> QueryResult:
        """The first page of a statement, or the page behind a cursor."""
        from aiser_jupyter.query import run

        limit = arguments["limit"]
        if cursor := arguments.get("cursor"):
            page, result = pages(context).next(cursor, limit)
            return made(page, result)
        if "sql" not in arguments:
            raise UsageError("query needs a statement.", hint='Give sql, or the cursor of a page: {"sql": "SELECT …"}.')
        result = run(context, arguments["sql"], on=arguments.get("on"), params=arguments.get("params"))
        return made(pages(context).first(result, limit), result)


def made(page: Page, result: Result) -> QueryResult:
    """A page with what is said of its result."""
    return QueryResult(page, result.sql, result.dialect, result.source, result.elapsed_ms)


TOOL = Query()
