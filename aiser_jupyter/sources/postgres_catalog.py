"""What is in a PostgreSQL database, by its own books: one round trip each for tables, keys and sizes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.catalog.column import LogicalType

# Relations a user may read, without PostgreSQL's own, those of extensions' schemas apart, and with each partitioned table once.
_VISIBLE = """
  c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND has_schema_privilege(n.oid, 'USAGE') AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
"""
# The schema that an unqualified name means goes without a name.
_SCHEMA = "CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname::text END"

TABLES = f"""
SELECT {_SCHEMA} AS schema, c.relname::text AS name, c.relkind::text AS kind, obj_description(c.oid, 'pg_class') AS comment,
       a.attname::text AS "column", format_type(a.atttypid, a.atttypmod) AS type, coalesce(b.typname, t.typname)::text AS base,
       coalesce(b.typtype, t.typtype)::text AS family, NOT (a.attnotnull OR t.typnotnull) AS nullable,
       col_description(c.oid, a.attnum) AS note, coalesce(i.first, false) AS "primary", coalesce(i.alone, false) AS "unique"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT')
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
LEFT JOIN (
  SELECT indrelid, k.attnum, bool_or(indisprimary) AS first, bool_or(indisunique AND indnkeyatts = 1 AND indpred IS NULL) AS alone
  FROM pg_catalog.pg_index, unnest(indkey) WITH ORDINALITY AS k(attnum, place) WHERE indisunique AND indisvalid AND k.place <= indnkeyatts
  GROUP BY indrelid, k.attnum
) i ON i.indrelid = c.oid AND i.attnum = a.attnum
WHERE {_VISIBLE}
ORDER BY n.nspname <> current_schema(), n.nspname, c.relname, a.attnum
"""  # noqa: S608  # parts above
KEYS = f"""
SELECT c.relname::text AS name, f.relname::text AS other,
       (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY AS p(number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number)::text AS columns,
       (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.confkey) WITH ORDINALITY AS p(number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number)::text AS others
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND NOT f.relispartition AND {_VISIBLE}
ORDER BY n.nspname <> current_schema(), n.nspname, c.relname, k.conname
"""  # noqa: S608  # parts above
# A table that was never analysed says -1; a partitioned one is the sum of its leaves.
SIZES = f"""
SELECT c.relname::text AS name, (CASE WHEN c.relkind = 'p' THEN
         (SELECT CASE WHEN min(l.reltuples) < 0 THEN -1 ELSE sum(l.reltuples) END
          FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class l ON l.oid = p.relid WHERE p.isleaf)
       ELSE c.reltuples END)::bigint AS rows
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND {_VISIBLE}
ORDER BY n.nspname <> current_schema(), n.nspname
"""  # noqa: S608  # parts above

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}


def tables(rows: Iterable[dict[str, Any]]) -> tuple[Table, ...]:
    """Tables of the rows of ``TABLES``, those of the search path's first schema first."""
    found = []
    for (schema, name, kind, comment), group in groupby(rows, key=lambda row: (row["schema"], row["name"], row["kind"], row["comment"])):
        columns = tuple(_column(row) for row in group if row["column"] is not None)
        found.append(Table(name, columns, schema, _KINDS[kind], comment=comment or ""))
    return tuple(found)


def keys(rows: Iterable[dict[str, Any]]) -> tuple[Key, ...]:
    """Foreign keys of the rows of ``KEYS``."""
    import json

    return tuple(Key(row["name"], tuple(json.loads(row["columns"])), row["other"], tuple(json.loads(row["others"]))) for row in rows)


def sizes(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Rows by table, of the rows of ``SIZES``; of two tables of one name the first counts, one that was never analysed is left out."""
    found: dict[str, int] = {}
    for row in rows:
        if row["rows"] is not None and row["rows"] >= 0:
            found.setdefault(row["name"], row["rows"])
    return found


def _column(row: dict[str, Any]) -> Column:
    return Column(
        row["column"],
        _logical(row),
        row["type"],
        bool(row["nullable"]),
        primary=row["primary"],
        unique=row["unique"],
        comment=row["note"] or "",
    )


_LOGICAL: dict[str, LogicalType] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "integer"),
    **dict.fromkeys(("float4", "float8", "money", "numeric"), "number"),
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name", "citext", "uuid"), "text"),
    **dict.fromkeys(("time", "timetz"), "time"),
    **dict.fromkeys(("timestamp", "timestamptz"), "timestamp"),
    "date": "date",
    "bool": "boolean",
}


def _logical(row: dict[str, Any]) -> LogicalType:
    """What the values of a column are; those of a domain are of its base type, those of an enum are texts."""
    if row["family"] == "e":
        return "text"
    # numeric(10, 0) holds integers
    return logical(row["type"]) if row["type"].startswith("numeric(") else _LOGICAL.get(row["base"], "other")
