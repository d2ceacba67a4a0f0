"""What MySQL's information_schema tells of tables, columns and keys."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiser_jupyter.catalog.column import LogicalType

    Row = Mapping[str, Any]

_OURS = """
{0}.table_schema = coalesce(DATABASE(), {0}.table_schema)
  AND {0}.table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
"""
# Aliases, for MySQL 8 names the columns of information_schema in capitals. Indexes come as rows of their own: joined, the server would read
# its books once for each column.
COLUMNS = f"""
SELECT c.table_schema AS db, c.table_schema = coalesce(DATABASE(), '') AS here, c.table_name AS tab, c.column_name AS col,
       c.ordinal_position AS place, c.column_type AS kind, c.is_nullable AS nullable, c.column_comment AS told, t.table_type AS sort,
       t.table_comment AS about, NULL AS idx, NULL AS multiple
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE {_OURS.format("c")}
UNION ALL
SELECT s.table_schema, NULL, s.table_name, s.column_name, s.seq_in_index, NULL, NULL, NULL, NULL, NULL, s.index_name, s.non_unique
FROM information_schema.statistics s
WHERE {_OURS.format("s")}
"""  # noqa: S608  # constant text
KEYS = f"""
SELECT k.constraint_name AS name, k.table_schema AS db, k.table_name AS tab, k.column_name AS col,
       k.referenced_table_name AS ref_tab, k.referenced_column_name AS ref_col
FROM information_schema.key_column_usage k
WHERE k.referenced_table_name IS NOT NULL AND {_OURS.format("k")}
ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
"""  # noqa: S608
SIZES = f"""
SELECT t.table_name AS name, t.table_rows AS n FROM information_schema.tables t
WHERE t.table_rows IS NOT NULL AND t.table_type = 'BASE TABLE' AND {_OURS.format("t")}
"""  # noqa: S608


def tables(rows: Iterable[Row]) -> tuple[Table, ...]:
    """Tables and views from the rows of ``COLUMNS``; those of another database than the address' carry its name."""
    by_table: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    indexes: defaultdict[tuple[str, str], dict[str, list[str]]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (row["db"], row["tab"], row["place"])):
        table = (row["db"], row["tab"])
        if row["idx"] is None:
            by_table[table].append(row)
        elif not row["multiple"]:
            indexes[table].setdefault(row["idx"], []).append(row["col"])
    return tuple(_table(members, indexes[table]) for table, members in by_table.items())


def _table(members: list[Row], unique: Mapping[str, list[str]]) -> Table:
    first = members[0]
    view = first["sort"] != "BASE TABLE"
    main = set(unique.get("PRIMARY", ()))
    sole = {columns[0] for columns in unique.values() if len(columns) == 1}
    columns = tuple(
        Column(
            row["col"],
            meaning(str(row["kind"])),
            str(row["kind"]),
            row["nullable"] == "YES",
            primary=row["col"] in main,
            unique=row["col"] in sole,
            comment=row["told"] or "",
        )
        for row in members
    )
    about = "" if view else first["about"] or ""  # a view's comment is the word VIEW
    return Table(first["tab"], columns, "" if first["here"] else first["db"], "view" if view else "table", comment=about)


def meaning(kind: str) -> LogicalType:
    """The logical type of a MySQL column type: ``tinyint(1)`` and ``bit(1)`` are truth values, a set is a text, UNSIGNED changes nothing."""
    name = kind.lower()
    if name in {"tinyint(1)", "tinyint(1) unsigned", "bit(1)"}:
        return "boolean"
    if name.startswith(("bit", "year")):
        return "integer"
    if name.startswith(("set(", "inet", "uuid")):
        return "text"
    return logical(name.replace(" unsigned", "").replace(" zerofill", ""))


def keys(rows: Iterable[Row]) -> tuple[Key, ...]:
    """Foreign keys from the rows of ``KEYS``."""
    found = []
    for (_, table, _), group in groupby(rows, key=lambda row: (row["db"], row["tab"], row["name"])):
        members = list(group)
        found.append(Key(table, tuple(row["col"] for row in members), members[0]["ref_tab"], tuple(row["ref_col"] for row in members)))
    return tuple(found)
