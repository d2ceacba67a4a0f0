"""What the engine itself says about a query: its plan, and the index that it misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import AiserError
from aiser_jupyter.query import explain

if TYPE_CHECKING:
    from aiser_jupyter.answer.statement.look import Look
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.explain import Plan

LARGE = 10_000  # rows from which reading all of a table is worth a word
COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def plan(context: Context, sql: str, dialect: str, on: str) -> Plan | None:
    """The engine's plan, not run; None where it tells none to a query that reads, or does not take the statement."""
    from aiser_jupyter.query import run

    if dialect not in explain.ASKED:
        return None
    try:
        result = run(context, explain.asked(sql, dialect, ran=False), on=on, origin="ask")
        return explain.read(result.rows(), dialect)
    except AiserError:
        return None


def missing_indexes(found: Plan, look: Look) -> tuple[str, ...]:
    """What the plan says of indexes: the engine's own hints, and for SQLite the column that a scanned table is filtered by."""
    hints = list(found.hints)
    if found.dialect == "sqlite":
        for _, step in found.walk():
            words = step.detail.split()
            if step.name == "full scan" and words:
                hints += scanned(words[-1] if "AS" in words else words[0], look)
    return tuple(dict.fromkeys(hints))


def scanned(alias: str, look: Look) -> list[str]:
    """The index that a table read whole could use: on a column that is compared as it is."""
    for block in look.blocks:
        table = block.tables.get(alias.casefold())
        if table is None or (table.row_count or 0) < LARGE:
            continue
        for part in block.where:
            if isinstance(part, COMPARED) and isinstance(part.this, exp.Column) and block.alias(part.this) == alias.casefold():
                name = part.this.name
                return [f"{table.name} is read whole: an index would help, CREATE INDEX {table.name}_{name} ON {table.name} ({name})."]
    return []
