"""A policy on a statement: each table becomes what the role sees of it, so that the rest of the statement cannot reach further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy import TableRule
from aiser_jupyter.query import aggregated, relations, sees, shape, syntax
from aiser_jupyter.query.aggregated import NONE
from aiser_jupyter.query.utility import BEGINS_QUERY, EVERYTHING, explain_options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Grant
    from aiser_jupyter.query.aggregated import Needed

    Find = Callable[[str], Table | None]
    Memo = dict[tuple[str, str, frozenset[str], str], tuple[Table, sees.Sight]]

LONGEST_TITLE = 60
TELLS = "Tables and their columns are told by %aiser tables and %aiser describe."
# What stays at the table when a query takes its place: the version read, and how.
_AT_TABLE = ("version", "when", "system_time", "partition", "hints", "only", "format", "indexed")
# Functions that tell of tables by name, whoever may read them.
_TELLING = (
    "pg_",
    "has_",
    "to_reg",
    "duckdb_",
    "pragma_",
    "current_setting",
    "obj_description",
    "col_description",
    "object_",
    "query_table",
    "row_security_active",
)
# Where the text of a query may stand in its tree, which spares writing it anew; elsewhere sqlglot looks into it when it writes.
_AS_TEXT = frozenset({"duckdb", "postgres", "sqlite", "mysql"})
_ROW_NUMBERS = frozenset({"rowid", "_rowid_", "oid"})
PLAIN = TableRule()


@dataclass(frozen=True)
class Change:
    """What was done to one table of a statement, as a sentence."""

    table: str
    what: str


@dataclass(frozen=True)
class Enforced:
    """The statement as a role may run it, the parameters it needs besides its own, what was changed, and the tables it reads."""

    sql: str
    params: Mapping[str, object]
    changes: tuple[Change, ...] = ()
    tables: tuple[str, ...] = ()


def enforce(sql: str, dialect: str, grant: Grant, find: Find, frames: Collection[str] = (), memo: Memo | None = None) -> Enforced:
    """The checked statement ``sql`` as ``grant`` may run it.

    ``find`` gives a table of the connection by the name written, ``frames`` are names of the user's own data, ``memo`` keeps what is seen of each table for
    the next statement of the same grant. Raises RefusedError: for a table that is not seen in the words of one that is not there, so that the refusal does not tell what exists.
    """
    dialect = syntax.ALIASES.get(dialect, dialect)
    words = syntax.tokens(sql, dialect)
    first = words[0].text.upper() if words else ""
    if first == "EXPLAIN":
        rest = sql[words[0].end + 1 :]
        inner = syntax.tokens(rest, dialect)
        end = explain_options(inner)
        if any(word.text.upper() in ("ANALYZE", "ANALYSE") for word in inner[:end]):
            raise RefusedError("EXPLAIN ANALYZE tells how many rows there are that you may not see.", hint="Use EXPLAIN alone.")
        return _prefixed(
            f"EXPLAIN {rest[: inner[end].start].strip()}".strip(), rest[inner[end].start :], dialect, grant, find, frames, memo
        )
    if first in ("DESCRIBE", "SUMMARIZE") and dialect == "duckdb" and len(words) > 1:
        rest = sql[words[1].start :]
        query = words[1].text.upper() in BEGINS_QUERY and words[1].token_type.name != "IDENTIFIER"
        return _prefixed(first, rest if query else EVERYTHING + rest, dialect, grant, find, frames, memo)
    if first in ("SHOW", "PRAGMA", "DESCRIBE", "DESC"):
        raise RefusedError(f"{first} tells of all tables, and some are not yours to see.", hint=TELLS)
    (tree,) = syntax.parse(words, sql, dialect)
    return _statement(tree, dialect, grant, find, frames, memo)


def _prefixed(prefix: str, sql: str, dialect: str, grant: Grant, find: Find, frames: Collection[str], memo: Memo | None) -> Enforced:
    inner = enforce(sql, dialect, grant, find, frames, memo)
    return replace(inner, sql=f"{prefix} {inner.sql}")


def _statement(tree: exp.Expr, dialect: str, grant: Grant, find: Find, frames: Collection[str], memo: Memo | None) -> Enforced:
    if type(tree) in shape.WRITES and not grant.role.write:
        raise RefusedError(f"The role {grant.role.name} may not write.", hint="Ask whoever governs this workspace.")
    for call in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        if call.name.lower().startswith(_TELLING):
            raise RefusedError(f"{call.name}() tells of tables that are not yours to see.", hint=TELLS)
    for kind in tree.find_all(exp.DataType):
        if kind.sql().lower().startswith("reg"):
            raise RefusedError(f"The type {kind.sql().lower()} tells which tables there are.", hint=TELLS)
    _title(tree, dialect)
    seen = [_seen(node, grant, find, dialect) for node in relations.real_tables(tree, dialect) if not _own(node, frames, find)]
    target = tree.this if type(tree) in shape.WRITES else None
    target = target.this if isinstance(target, exp.Schema) else target
    _no_row_numbers(tree, seen, dialect)
    sums = aggregated.check(tree, {id(one.node): (one.table, one.rule) for one in seen})
    unaliased = [one.name for one in seen if not one.node.alias]
    params: dict[str, object] = {}
    changes: list[Change] = []
    for one in seen:
        if one.node is not target and one.rule != PLAIN:
            sight = _replace(one, sums.get(id(one.node), NONE), grant, dialect, memo if memo is not None else {})
            params.update(sight.params)
            changes.append(Change(one.table.name, sight.said))
    _unqualify(tree, unaliased)
    for having in sums.values():
        having.apply()
    return Enforced(syntax.render(tree, dialect), params, tuple(changes), tuple(dict.fromkeys(one.table.name for one in seen)))


@dataclass(frozen=True)
class _Seen:
    """A table of the statement: its node, the name written, the table itself and the rule for it."""

    node: exp.Table
    name: str
    table: Table
    rule: TableRule


def _seen(node: exp.Table, grant: Grant, find: Find, dialect: str) -> _Seen:
    name = relations.qualified(node)
    if relations.is_system(node, dialect):
        raise RefusedError(f"{name} tells of all tables, and some are not yours to see.", hint=TELLS)
    table = find(name)
    rule = grant.role.rule(table.schema, table.name) if table is not None else None
    if table is None or rule is None or (table.kind != "table" and rule == PLAIN and _restricts(grant)):
        # A view without a rule of its own would show what the rules of its tables hide.
        raise RefusedError(f"There is no table {name} that you may read.", hint="%aiser tables lists the tables you may read.")
    if node.args.get("changes"):
        raise RefusedError("Changes of a governed table cannot be read.", where=name)
    return _Seen(node, name, table, rule)


def _own(node: exp.Table, frames: Collection[str], find: Find) -> bool:
    """Whether a table is a frame of the user's; one with the name of a table of the connection could be either."""
    name = relations.qualified(node)
    if name not in frames:
        return False
    if find(name) is not None:
        raise RefusedError(f"{name} is a data frame here and a table of a governed connection.", hint="Give the frame a name of its own.")
    return True


def _restricts(grant: Grant) -> bool:
    return bool(grant.role.deny) or any(rule != PLAIN for _, rule in grant.role.tables)


def _replace(one: _Seen, needed: Needed, grant: Grant, dialect: str, memo: Memo) -> sees.Sight:
    """Put what the role sees of a table into the table's place; what that is."""
    node = one.node
    at_table = {name: node.args[name] for name in _AT_TABLE if node.args.get(name)}
    sample = node.args.get("sample")
    if sample and dialect != "duckdb":
        at_table["sample"] = sample
    key = (one.table.schema, one.table.name, needed.columns, needed.unit)
    held = memo.get(key)
    if at_table or held is None or held[0] is not one.table:
        sight = sees.sight(one.table, one.rule, grant, dialect, needed, at_table)
        if not at_table:
            memo[key] = (one.table, sight)
    else:
        sight = held[1]
    alias = node.args.get("alias")
    named = alias if isinstance(alias, exp.TableAlias) and alias.this else exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
    # PIVOT takes a query without a name.
    what = exp.Var(this=sight.sql) if dialect in _AS_TEXT else sight.query.copy()
    inside = exp.Subquery(this=what, alias=None if isinstance(node.parent, exp.Pivot) else named.copy())
    for name in ("joins", "pivots", "laterals"):
        inside.set(name, node.args.get(name))
    if sample and dialect == "duckdb":
        inside.set("sample", sample)
    node.replace(inside)
    return sight


def _no_row_numbers(tree: exp.Expr, seen: list[_Seen], dialect: str) -> None:
    """Refuse SQLite's hidden number of a row, which it would give as NULL of what stands in the table's place."""
    if dialect != "sqlite" or all(one.rule == PLAIN for one in seen):
        return
    own = {column.name.casefold() for one in seen for column in one.table.columns}
    for column in tree.find_all(exp.Column):
        if column.name.casefold() in _ROW_NUMBERS - own:
            raise RefusedError(
                f"{column.name} numbers the rows of the table itself, and some are not yours to see.", hint="Use a key of the table."
            )


def _title(tree: exp.Expr, dialect: str) -> None:
    """Columns that are named after a query inside them keep the name that they have as written."""
    select = tree if isinstance(tree, exp.Select) else None
    for item in list(select.expressions) if select is not None else ():
        if not isinstance(item, exp.Alias) and item.find(exp.Table):
            item.replace(exp.alias_(item.copy(), syntax.render(item, dialect)[:LONGEST_TITLE], quoted=True))


def _unqualify(tree: exp.Expr, names: list[str]) -> None:
    """``schema.table.column`` as ``table.column``: the query in the table's place has no schema."""
    known = {".".join(name.split(".")[-2:]).casefold() for name in names if "." in name}
    if not known:
        return
    for column in tree.find_all(exp.Column):
        if column.db and f"{column.db}.{column.table}".casefold() in known:
            column.set("db", None)
            column.set("catalog", None)
