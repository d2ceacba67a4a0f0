"""`aiser sql --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FLAG, NUMBER, ROUTE, ROWS, TEXT, reply, some

SCHEMAS = {
    "sql": reply(
        "The rows of a statement",
        {
            "sql": TEXT,
            "dialect": TEXT,
            "columns": some(TEXT),
            "rows": ROWS,
            "row_count": COUNT,
            "truncated": FLAG,
            "route": ROUTE,
            "elapsed_ms": NUMBER,
        },
    ),
    "sql.file": reply(
        "Rows that were written to a file: `aiser sql --to FILE --json`", {"to": TEXT, "row_count": COUNT, "elapsed_ms": NUMBER}
    ),
}
