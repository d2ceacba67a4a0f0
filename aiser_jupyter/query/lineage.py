"""Which source columns stand behind each column of a result."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlglot import exp
    from sqlglot.lineage import Node

    from aiser_jupyter.catalog import Table

# The schema that a table without one is in, where tables of others are there too.
_HOME = {"postgres": "public", "duckdb": "main", "sqlite": "main", "tsql": "dbo"}


def lineage(sql: str, dialect: str, tables: Sequence[Table], columns: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For each of ``columns`` (those of the result, in order) the source columns as ``table.column``, sorted.

    They are read from the tree of the statement, through WITH, subqueries, stars, unions, joins and expressions; what only filters, groups or sorts
    the rows is no source of a value. A column made of no column has none; a column whose origin cannot be told is left out.
    """
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import to_node
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope
    from sqlglot.schema import MappingSchema

    home = _HOME.get(dialect, "") if any(table.schema for table in tables) else ""
    schema = MappingSchema(_mapping(tables, home), dialect=dialect)
    # sqlglot warns of what it cannot qualify; that column is left out.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        tree = _tree(sql, dialect)
        tree = qualify(tree, dialect=dialect, schema=schema, validate_qualify_columns=False, identify=False, db=home or None)
        scope = build_scope(tree)
    except (SqlglotError, ValueError, KeyError, AttributeError, RecursionError):
        return {}  # a statement that sqlglot cannot qualify has no lineage to tell
    selected = getattr(tree, "selects", [])
    if scope is None or len(selected) != len(columns) or any(select.is_star for select in selected):
        return {}
    written = {
        (table.schema.casefold() or home, table.name.casefold(), column.name.casefold()): _name(table.schema, home, table.name, column.name)
        for table in tables
        for column in table.columns
    }
    found: dict[str, tuple[str, ...]] = {}
    for index, column in enumerate(columns):
        try:
            leaves = {_leaf(node, written, home) for node in _ends(to_node(index, scope, dialect, schema=schema, trim_selects=False))}
        except (SqlglotError, ValueError, KeyError, RecursionError):
            continue
        if None not in leaves:
            found[column] = tuple(sorted({*found.get(column, ()), *(leaf for leaf in leaves if leaf)}))
    return found


def _tree(sql: str, dialect: str) -> exp.Expr:
    from sqlglot import parse_one

    return parse_one(sql, dialect=dialect)


def _mapping(tables: Sequence[Table], home: str) -> dict[str, Any]:
    # PostgreSQL has tables without columns; sqlglot knows no such.
    tables = [table for table in tables if table.columns]
    if not home:
        return {table.name: _columns(table) for table in tables}
    found: dict[str, Any] = {}
    for table in tables:
        found.setdefault(table.schema or home, {})[table.name] = _columns(table)
    return found


def _columns(table: Table) -> dict[str, str]:
    return {column.name: "TEXT" for column in table.columns}


def _ends(root: Node) -> Iterator[Node]:
    """The nodes that a column of a table could stand for."""
    for node in root.walk():
        if not node.downstream:
            yield node


def _leaf(node: Node, written: Mapping[tuple[str, str, str], str], home: str) -> str | None:
    """The table's column that a last node is; empty where it is no column, None where it cannot be told which."""
    from sqlglot import exp

    if not isinstance(node.source, exp.Table):
        unknown = any(not column.table or isinstance(column.this, exp.Star) for column in node.expression.find_all(exp.Column))
        return None if unknown or (node.expression.find(exp.Star, bfs=False) is not None and not _counts(node.expression)) else ""
    column = node.expression.name if isinstance(node.expression, exp.Column) else node.name.rpartition(".")[2].strip('"`[]')
    if column == "*":
        return None
    place = (node.source.db.casefold() or home, node.source.name.casefold(), column.casefold())
    return written.get(place) or _name(node.source.db, home, node.source.name, column)


def _counts(node: exp.Expr) -> bool:
    """Whether each star is that of ``count(*)``."""
    from sqlglot import exp

    return all(isinstance(star.parent, exp.Count | exp.Anonymous) for star in node.find_all(exp.Star))


def _name(schema: str, home: str, table: str, column: str) -> str:
    return f"{schema}.{table}.{column}" if schema and schema.casefold() != home else f"{table}.{column}"
