"""The tables a statement names: which are real, and which are no tables at all but files or the engine's own books."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ADD = 'Add the file with ws.add("file") or %aiser add and query it by its name.'
# Engines that take a table's name for a file's where no table has it.
READS_FILES = frozenset({"duckdb", "spark", "databricks", "drill", "clickhouse"})
PATH = re.compile(r"[/\\*?]|://|^~|^\.\.?$")
FILE = re.compile(
    r"\.(csv|tsv|txt|psv|json|jsonl|ndjson|geojson|parquet|pq|arrow|arrows|feather|ipc|avro|orc|xlsx?|xlsb|ods|db|duckdb|ddb|sqlite3?|gz|zst|bz2|zip|shp|gpkg|fgb|md|log|lance|vortex)(\.(gz|zst|bz2))?$",
    re.IGNORECASE,
)

# The engine's own tables that say what there is, as far as any user may know. By dialect: beginnings that are reserved, names that may be read.
RESERVED: dict[str, tuple[str, ...]] = {
    "duckdb": ("duckdb_", "pragma_", "pg_", "sqlite_"),
    "sqlite": ("pragma_", "sqlite_", "dbstat"),
    "postgres": ("pg_",),
    "mysql": (),
    "tsql": ("sys", "xp_", "sp_", "fn_"),
}
READABLE = _words(
    "duckdb_columns duckdb_constraints duckdb_indexes duckdb_schemas duckdb_tables duckdb_types duckdb_views "
    "sqlite_master sqlite_schema sqlite_sequence sqlite_temp_master sqlite_temp_schema "
    "pragma_foreign_key_list pragma_index_info pragma_index_list pragma_table_info pragma_table_list pragma_table_xinfo "
    "pg_attrdef pg_attribute pg_class pg_collation pg_constraint pg_depend pg_description pg_enum pg_index pg_indexes pg_inherits pg_language pg_matviews "
    "pg_namespace pg_opclass pg_operator pg_partitioned_table pg_proc pg_range pg_sequence pg_sequences pg_tables pg_timezone_names pg_type pg_views "
    "pg_stat_user_tables pg_stat_all_tables pg_statio_user_tables pg_stat_user_indexes"
)
SYSTEM_SCHEMAS: dict[str, frozenset[str]] = {
    "duckdb": frozenset({"system"}),
    "mysql": frozenset({"mysql", "performance_schema", "sys", "ndbinfo"}),
    "tsql": frozenset({"master", "msdb", "model", "tempdb"}),
}
# T-SQL keeps both the list of tables and much else in the schema sys.
SYS_READABLE = _words(
    "all_columns all_objects check_constraints columns computed_columns default_constraints foreign_key_columns foreign_keys identity_columns index_columns indexes key_constraints "
    "objects partitions schemas tables types views"
)
INFORMATION = _words(
    "character_sets check_constraints collations columns constraint_column_usage constraint_table_usage key_column_usage referential_constraints schemata sequences "
    "statistics table_constraints tables view_column_usage view_table_usage views"
)
# Where a WITH without RECURSIVE may name itself.
SELF_REFERRING = frozenset({"sqlite", "tsql", "oracle", "fabric"})
# Where a WITH without RECURSIVE surely sees only what was defined before it.
_IN_ORDER = frozenset({"duckdb", "postgres", "mysql"})
# Where names are the same in another case, of the letters of ASCII alone.
_FOLDS_ASCII = frozenset({"duckdb", "sqlite"})
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


def qualified(table: exp.Table) -> str:
    """``catalog.schema.name`` as far as written."""
    return ".".join(part.name for part in table.parts)


def real_tables(tree: exp.Expr, dialect: str) -> Iterator[exp.Table]:
    """The tables that are not names given by a WITH around them, in order of appearance.

    A WITH sees what was defined before it, and itself only where it is recursive: in ``WITH t AS (SELECT * FROM t)`` the inner ``t`` is real.
    """
    for node, _ in _real(tree, {}, frozenset(), dialect, _alike):
        yield node


def certain_tables(tree: exp.Expr, dialect: str) -> Iterator[tuple[exp.Table, frozenset[str]]]:
    """The tables that are, or might be, real, each with the names (folded) that a WITH may have given where it stands.

    Whether `T` is the `t` of a WITH depends on the engine: here it is only where every engine of the dialect says so.
    """
    return _real(tree, {}, frozenset(), dialect, _same_for(dialect))


Same = Callable[[exp.Identifier, exp.Identifier], bool]


def _real(
    node: exp.Expr,
    visible: Mapping[str, tuple[exp.Identifier, ...]],
    ahead: frozenset[str],
    dialect: str,
    same: Same,
    within: Mapping[int, exp.Identifier] = MappingProxyType({}),
) -> Iterator[tuple[exp.Table, frozenset[str]]]:
    """``visible`` are the names of a WITH that may be used at ``node``, ``ahead`` those that some engines see before they are defined; both by their folded form.

    ``within`` are by their ids the parts of recursive queries that see the name of their own query.
    """
    if id(node) in within:
        visible = _given(visible, within[id(node)])
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        given = visible.get(_key(node.name), ())
        if node.args.get("db") or not any(same(node.this, name) for name in given):
            yield node, ahead.union(visible)
    with_ = node.args.get("with_")
    if with_ is not None:
        recursive = bool(with_.args.get("recursive")) or dialect in SELF_REFERRING
        if recursive or dialect not in _IN_ORDER:
            ahead = ahead.union(_key(defined.alias) for defined in with_.expressions)
        for defined in with_.expressions:
            name, inside = defined.args["alias"].this, dict(within)
            if recursive:
                inside |= {id(part): name for part in _recursive(defined.this, dialect)}
            yield from _real(defined.this, visible, ahead, dialect, same, inside)
            visible = _given(visible, name)
    for child in node.iter_expressions():
        if child is not with_:
            yield from _real(child, visible, ahead, dialect, same, within)


def _given(visible: Mapping[str, tuple[exp.Identifier, ...]], name: exp.Identifier) -> dict[str, tuple[exp.Identifier, ...]]:
    return {**visible, _key(name.name): (*visible.get(_key(name.name), ()), name)}


def _recursive(body: exp.Expr, dialect: str) -> list[exp.Expr]:
    """The parts of a WITH RECURSIVE in which its own name is surely itself.

    To DuckDB it is so in the last part of a UNION alone: what comes before, and a body without one, reads the table of that name.
    """
    if dialect in SELF_REFERRING:
        return [body]
    node, found = body.unnest(), []
    while isinstance(node, exp.Union) and not node.args.get("by_name"):
        found.append(node.expression)
        node = node.left.unnest()
    return found if dialect == "mysql" else found[:1]


def _key(name: str) -> str:
    return name.casefold()


def _alike(_one: exp.Identifier, _other: exp.Identifier) -> bool:
    """Names of the same folded form."""
    return True


def _same_for(dialect: str) -> Same:
    return _same_in_ascii if dialect in _FOLDS_ASCII else _same_as_written


def _same_in_ascii(one: exp.Identifier, other: exp.Identifier) -> bool:
    return one.name.translate(_LOWER) == other.name.translate(_LOWER)


def _same_as_written(one: exp.Identifier, other: exp.Identifier) -> bool:
    return one.name == other.name and bool(one.quoted) == bool(other.quoted)


def refusal(table: exp.Table, dialect: str, tables: Collection[str] | None) -> str:
    """Why ``table`` may not be read; empty where it may. ``tables`` are the names there are, None where that is not known."""
    whole, name = qualified(table), table.name.casefold()
    if tables is not None and _listed(table, tables):
        return ""
    if dialect in READS_FILES and (PATH.search(whole) or FILE.search(whole)):
        return f"{whole!r} names a file, not a table. {ADD}"
    if reason := _system(table, name, dialect):
        return reason
    if tables is not None and not is_system(table, dialect):
        return f"There is no table {whole}.{did_you_mean(table.name, tables)}"
    return ""


def _listed(table: exp.Table, tables: Collection[str]) -> bool:
    known = {_key(name) for name in tables}
    return _key(qualified(table)) in known or _key(table.name) in known


def is_system(table: exp.Table, dialect: str) -> bool:
    """Whether a table is one of the engine's own books."""
    name = table.name.casefold()
    return (
        table.db.casefold() == "information_schema"
        or name.startswith(RESERVED.get(dialect, ("pg_",)))
        or table.db.casefold() in ("sys", "pg_catalog")
    )


def _system(table: exp.Table, name: str, dialect: str) -> str:
    schemas = {table.db.casefold(), table.catalog.casefold()}
    private = f"{qualified(table)} belongs to the database itself and is not for queries."
    if table.db.casefold() == "information_schema":
        return "" if name in INFORMATION else private
    if dialect in ("tsql", "fabric") and table.db.casefold() == "sys":
        return "" if name in SYS_READABLE else private
    if schemas & SYSTEM_SCHEMAS.get(dialect, frozenset()):
        return private
    if (name.startswith(RESERVED.get(dialect, ("pg_",))) or "pg_catalog" in schemas) and name not in READABLE:
        # Beyond the engine's own beginnings a table of the user's may well be called system_log.
        return (
            ""
            if dialect in ("tsql", "fabric") and not re.match(r"sys(logins|users|objects|processes|config\w*)$|xp_|sp_|fn_", name)
            else private
        )
    return ""
