"""A policy on a statement: each table becomes what the role sees of it, so that the rest of the statement cannot reach further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy import TableRule
from aiser_jupyter.query import aggregated, masks, relations, shape, syntax
from aiser_jupyter.query.utility import BEGINS_QUERY, EVERYTHING, explain_options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Grant

    Find = Callable[[str], Table | None]

LONGEST_TITLE = 60
VARIABLE = "aiser_"  # what parameters of a policy begin with
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


def enforce(sql: str, dialect: str, grant: Grant, find: Find, frames: Collection[str] = ()) -> Enforced:
    """The checked statement ``sql`` under a grant; ``find`` gives a table of the connection by the name written, ``frames`` are names of the user's own data.

    Raises RefusedError: for a table that the role does not see in the words of one that is not there, so that the refusal does not tell what exists.
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
        return _prefixed(f"EXPLAIN {rest[: inner[end].start].strip()}".strip(), rest[inner[end].start :], dialect, grant, find, frames)
    if first in ("DESCRIBE", "SUMMARIZE") and dialect == "duckdb" and len(words) > 1:
        rest = sql[words[1].start :]
        query = words[1].text.upper() in BEGINS_QUERY and words[1].token_type.name != "IDENTIFIER"
        return _prefixed(first, rest if query else EVERYTHING + rest, dialect, grant, find, frames)
    if first in ("SHOW", "PRAGMA", "DESCRIBE", "DESC"):
        raise RefusedError(f"{first} tells of all tables, and some are not yours to see.", hint=TELLS)
    (tree,) = syntax.parse(words, sql, dialect)
    return _statement(tree, dialect, grant, find, frames)


def _prefixed(prefix: str, sql: str, dialect: str, grant: Grant, find: Find, frames: Collection[str]) -> Enforced:
    inner = enforce(sql, dialect, grant, find, frames)
    return replace(inner, sql=f"{prefix} {inner.sql}")


def _statement(tree: exp.Expr, dialect: str, grant: Grant, find: Find, frames: Collection[str]) -> Enforced:
    if type(tree) in shape.WRITES and not grant.role.write:
        raise RefusedError(f"The role {grant.role.name} may not write.", hint="Ask whoever governs this workspace.")
    for call in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        if call.name.lower().startswith(_TELLING):
            raise RefusedError(f"{call.name}() tells of tables that are not yours to see.", hint=TELLS)
    for kind in tree.find_all(exp.DataType):
        if kind.sql().lower().startswith("reg"):
            raise RefusedError(f"The type {kind.sql().lower()} tells which tables there are.", hint=TELLS)
    _title(tree, dialect)
    rewriting = _Rewriting(dialect, grant, {}, [])
    seen = [_seen(node, grant, find, dialect) for node in relations.real_tables(tree, dialect) if not _own(node, frames, find)]
    target = tree.this if type(tree) in shape.WRITES else None
    target = target.this if isinstance(target, exp.Schema) else target
    _no_row_numbers(tree, seen, dialect)
    sums = aggregated.check(tree, {id(one.node): (one.table, one.rule) for one in seen})
    unaliased = [one.name for one in seen if not one.node.alias]
    for one in seen:
        if one.node is not target and one.rule != PLAIN:
            rewriting.replace(one, sums.get(id(one.node), aggregated.NONE))
    _unqualify(tree, unaliased)
    for having in sums.values():
        having.apply()
    return Enforced(
        syntax.render(tree, dialect), rewriting.params, tuple(rewriting.changes), tuple(dict.fromkeys(one.table.name for one in seen))
    )


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


@dataclass(frozen=True)
class _Rewriting:
    """One statement being rewritten: the parameters and changes gathered so far."""

    dialect: str
    grant: Grant
    params: dict[str, object]
    changes: list[Change]

    def replace(self, one: _Seen, needed: aggregated.Needed) -> None:
        """Put what the role sees of a table into the table's place."""
        table, rule, node = one.table, one.rule, one.node
        shown = [self._column(column, rule) for column in table.columns if rule.shows(column.name) and _wanted(column.name, rule, needed)]
        if needed.unit and not any(item.alias_or_name.casefold() == needed.unit.casefold() for item in shown):
            column = table.column(rule.aggregated.of) if rule.aggregated else None
            if column is None:
                raise RefusedError(
                    f"The policy counts {table.name} by a column that is not there.", hint="Correct the policy: docs/policy.md."
                )
            shown.append(exp.alias_(exp.column(exp.to_identifier(column.name, quoted=True)), needed.unit, quoted=True))
        if not shown:
            raise RefusedError(f"There is no column of {one.name} that you may read.", hint=TELLS)
        place = exp.Table(
            this=exp.to_identifier(table.name, quoted=True), db=exp.to_identifier(table.schema, quoted=True) if table.schema else None
        )
        for name in _AT_TABLE:
            place.set(name, node.args.get(name))
        query = exp.Select(expressions=shown).from_(place, copy=False)
        if rule.rows:
            query = query.where(self._condition(rule.rows), copy=False)
        self._note(table, rule)
        alias = node.args.get("alias")
        named = (
            alias if isinstance(alias, exp.TableAlias) and alias.this else exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        )
        # PIVOT takes a query without a name.
        inside = exp.Subquery(this=query, alias=None if isinstance(node.parent, exp.Pivot) else named.copy())
        for name in ("joins", "pivots", "laterals"):
            inside.set(name, node.args.get(name))
        if sample := node.args.get("sample"):
            (inside if self.dialect == "duckdb" else place).set("sample", sample)
        node.replace(inside)

    def _column(self, column: object, rule: TableRule) -> exp.Expr:
        name = column.name  # pyright: ignore[reportAttributeAccessIssue]  # a catalog column
        mask = rule.mask(name)
        if mask is None:
            return exp.column(exp.to_identifier(name, quoted=True))
        if mask.kind == "hash":
            from aiser_jupyter.sources.reference import secret

            self.params[masks.SALT] = secret(self.grant.salt)
        return exp.alias_(masks.masked(column, mask, self.dialect), name, quoted=True)  # pyright: ignore[reportArgumentType]

    def _condition(self, rows: str) -> exp.Expr:
        """The condition on rows, its variables as parameters: a value of theirs is never SQL."""
        head = "SELECT 1 WHERE "
        (tree,) = syntax.parse(syntax.tokens(head + rows, self.dialect), head + rows, self.dialect)
        for variable in list(tree.find_all(exp.Placeholder)):
            value = self.grant.value(variable.name)
            if isinstance(value, tuple):
                variable.replace(
                    exp.Tuple(expressions=[])
                    if not value
                    else _listed(self._bind(f"{variable.name}_{i}", one) for i, one in enumerate(value))
                )
            else:
                variable.replace(self._bind(variable.name, value))
        _flatten(tree)
        return exp.Paren(this=tree.args["where"].this)

    def _bind(self, name: str, value: object) -> exp.Placeholder:
        self.params[VARIABLE + name] = value
        return exp.Placeholder(this=VARIABLE + name)

    def _note(self, table: Table, rule: TableRule) -> None:
        hidden = [column.name for column in table.columns if not rule.shows(column.name)]
        said = [f"only rows where {rule.rows}"] if rule.rows else []
        said += [f"without {', '.join(hidden)}"] if hidden else []
        said += [f"{name} as {mask.kind}" for name, mask in rule.masks]
        if rule.aggregated:
            said.append(
                f"{', '.join(sorted(rule.aggregated.columns))} in aggregates over at least {rule.aggregated.at_least} {rule.aggregated.of}"
            )
        self.changes.append(Change(table.name, "; ".join(said)))


def _wanted(name: str, rule: TableRule, needed: aggregated.Needed) -> bool:
    return not rule.only_aggregated(name) or name.casefold() in needed.columns


def _listed(items: Iterator[exp.Expr]) -> exp.Tuple:
    return exp.Tuple(expressions=list(items))


def _flatten(tree: exp.Expr) -> None:
    """``IN ((a, b))`` as ``IN (a, b)``, and as a test that nothing passes where the list is empty."""
    for test in list(tree.find_all(exp.In)):
        items = [one for item in test.expressions for one in (item.expressions if isinstance(item, exp.Tuple) else [item])]
        if test.expressions and not items:
            test.replace(exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0)))
        elif test.expressions:
            test.set("expressions", items)


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
