"""Which source columns stand behind each column of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiser_jupyter.catalog import Table


def lineage(sql: str, dialect: str, tables: Sequence[Table], columns: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For each of ``columns`` the source columns as ``table.column``, sorted; a column whose origin cannot be told is left out."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import Node
    from sqlglot.lineage import lineage as trace

    schema = {table.name: {column.name: column.db_type or "TEXT" for column in table.columns} for table in tables}
    written = {f"{table.name}.{column.name}".casefold(): f"{table.name}.{column.name}" for table in tables for column in table.columns}
    found: dict[str, tuple[str, ...]] = {}
    for column in columns:
        try:
            root: Node = trace(column, sql, schema=schema, dialect=dialect)
        except (SqlglotError, ValueError, KeyError):  # a statement that sqlglot cannot qualify has no lineage to tell
            continue
        leaves = {
            f"{node.source.name}.{node.name.rpartition('.')[2].strip(chr(34))}"
            for node in root.walk()
            if isinstance(node.source, exp.Table) and not node.downstream
        }
        found[column] = tuple(sorted(written.get(leaf.casefold(), leaf) for leaf in leaves))
    return found
