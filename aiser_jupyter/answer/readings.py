"""Did you mean: other readings of a question, each said in English, with what it yields, none that yields the same rows as another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.sentence import sentence
from aiser_jupyter.answer.shape import shape
from aiser_jupyter.ask.restate import restate

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from aiser_jupyter.answer.checks.verify import Looker
    from aiser_jupyter.ask.reading import Alternative
    from aiser_jupyter.catalog import Catalog

OFFERED = 3
# A reading less likely than this is none: of those that were offered below it 4 of 337 were meant.
LEAST = 0.15
# A reading of a bigger table is offered without being run.
CHEAP_ROWS = 200_000
# Rows beyond these are not compared.
COMPARED_ROWS = 10_000
# Six digits are how far two engines, or two orders of adding, agree.
DIGITS = 6

Rows = tuple[tuple[str, ...], ...]


def offered(
    question: str,
    others: Iterable[Alternative],
    catalog: Catalog,
    look: Looker,
    *,
    own: Evidence | None = None,
) -> tuple[Alternative, ...]:
    """Up to three of ``others``, the likelier first, each with its restatement and its one-line answer.

    One that asks or yields the same as ``own`` or as one before it is left out; ``look`` bounds how many are run. What is not run is offered
    without its answer.
    """
    said: set[str] = {bare(own.sql, catalog.dialect)} if own is not None else set()
    seen: set[Rows] = {content(own.table)} if own is not None and look.left else set()
    kept: list[Alternative] = []
    for other in others:
        if len(kept) == OFFERED or other.confidence < LEAST:
            break
        written = bare(other.sql, catalog.dialect)
        if written in said:
            continue
        said.add(written)
        restated = other.restated or restate(other.sql, catalog.dialect, catalog)
        table = look(other.sql) if look.left and cheap(other.sql, catalog) else None
        if table is not None:
            rows = content(table)
            if rows in seen:
                continue
            seen.add(rows)
        kept.append(replace(other, restated=restated, said=answered(question, other.sql, table, restated, catalog, look)))
    return tuple(kept)


def bare(sql: str, dialect: str) -> str:
    """A query without what changes only how its rows are shown: names of columns, their order, and that of rows where none is cut off."""
    tree = sqlglot.parse_one(sql, read=dialect)
    if not isinstance(tree, exp.Select) or tree.args.get("limit") or tree.args.get("offset"):
        return tree.sql(dialect=dialect)
    names = {i.alias.casefold() for i in tree.selects if isinstance(i, exp.Alias)}
    used = tree.args.get("having") is not None and any(c.name.casefold() in names for c in tree.args["having"].find_all(exp.Column))
    tree.set("order", None)
    if not used:
        tree.set("expressions", sorted((i.unalias() for i in tree.selects), key=lambda i: i.sql()))
    return tree.sql(dialect=dialect)


def answered(question: str, sql: str, table: pa.Table | None, restated: str, catalog: Catalog, look: Looker) -> str:
    """What a reading yields in one sentence whose numbers are cells of its rows; empty where it was not run."""
    if table is None or table.num_rows > COMPARED_ROWS:
        return ""
    evidence = Evidence(table, sql, catalog.dialect, catalog.source, look.context.clock.now())
    return sentence(evidence, shape(table, sql, catalog.dialect, catalog), restated, question).text


def cheap(sql: str, catalog: Catalog) -> bool:
    """Whether every table of a query is small enough to run it only to show what it yields."""
    tables = [catalog.table(t.name) for t in sqlglot.parse_one(sql, read=catalog.dialect).find_all(exp.Table)]
    return all(t is None or (t.row_count is not None and t.row_count <= CHEAP_ROWS) for t in tables)


def content(table: pa.Table) -> Rows:
    """The rows of a table, whatever their order and that of the columns: what two readings are compared by."""
    head = table.slice(0, COMPARED_ROWS)
    columns = sorted(([cell(v) for v in column.to_pylist()] for column in head.columns), key=lambda c: (sorted(c), c))
    return (*sorted(zip(*columns, strict=True)), (str(table.num_rows),))


def cell(value: Any) -> str:
    """A value as text: numbers by their first six digits, so that 3 and 3.0 are one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return f"{float(value):.{DIGITS}g}"
