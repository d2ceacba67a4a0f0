"""What the tools give that other assistants call (MCP); `ask` and `analyse` stand with their nouns."""

from __future__ import annotations

from aiser_jupyter.contract.parts import CHART, COUNT, FLAG, FREE, NUMBER, ROWS, TEXT, WHOLE, maybe, record, reply, some

_TABLE = record({"name": TEXT, "kind": TEXT, "rows": maybe(COUNT), "columns": COUNT})
_TILE = record({"title": TEXT, "reason": TEXT, "row": WHOLE, "columns": WHOLE, "spec": CHART, "sql": TEXT, "row_count": COUNT})

SCHEMAS = {
    "tool.query": reply(
        "The tool query: a page of rows",
        {"columns": some(TEXT), "rows": ROWS, "first_row": COUNT, "sql": TEXT, "dialect": TEXT, "source": TEXT, "elapsed_ms": NUMBER},
        {"next_cursor": TEXT, "cells_cut": FLAG},
    ),
    "tool.chart": reply("The tool chart", {"spec": CHART, "row_count": COUNT, "sql": TEXT, "source": TEXT}, {"svg": TEXT}),
    "tool.describe": reply(
        "The tool describe: the tables of a connection, or the columns of one",
        {"connections": some(TEXT), "source": TEXT, "dialect": TEXT},
        {"tables": some(_TABLE), "table": TEXT, "columns": some(FREE), "left_out": COUNT},
    ),
    "tool.export": reply("The tool export", {"format": TEXT, "row_count": COUNT}, {"path": TEXT, "text": TEXT}),
    "tool.dashboard": reply("The tool dashboard", {"table": TEXT, "source": TEXT, "tiles": some(_TILE)}),
}
