"""A policy on a statement: each table becomes what the role sees of it, so that the rest of the statement cannot reach further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy import TableRule
from aiser_jupyter.query import aggregated, listed, relations, sees, shape, syntax, written
from aiser_jupyter.query.aggregated import NONE
from aiser_jupyter.query.utility import BEGINS_QUERY, EVERYTHING, explain_options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlglot.tokenizer_core import Token

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Grant
    from aiser_jupyter.query.aggregated import Needed
    from aiser_jupyter.query.listed import Seen

    Find = Callable[[str], Table | None]
    Memo = dict[tuple[str, str, frozenset[str], str, frozenset[str]], tuple[Table, sees.Sight]]

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
_PLAIN_TELLING = frozenset({"pg_typeof"})  # tells of a value
# Where a quoted name is that very name.
_EXACT = frozenset({"postgres", "redshift"})
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


@dataclass(frozen=True)
class _Of:
    """All that a statement's rewriting depends on: see `enforce`."""

    dialect: str
    grant: Grant
    find: Find
    frames: Collection[str]
    memo: Memo
    seen: Seen


def enforce(
    sql: str,
    dialect: str,
    grant: Grant,
    find: Find,
    frames: Collection[str] = (),
    memo: Memo | None = None,
    seen: Seen = tuple,
) -> Enforced:
    """The checked statement ``sql`` as ``grant`` may run it.

    ``find`` gives a table of the connection by the name written, ``frames`` are names of the user's own data, ``memo`` keeps what is seen of each table for
    the next statement of the same grant, ``seen`` gives all the tables that the role sees. Raises RefusedError: for a table that is not seen in the words of one that is not there, so that the refusal does not tell what exists.
    """
    return _enforce(sql, _Of(syntax.ALIASES.get(dialect, dialect), grant, find, frames, {} if memo is None else memo, seen))


def _enforce(sql: str, of: _Of) -> Enforced:
    dialect = of.dialect
    words = syntax.tokens(sql, dialect)
    first = words[0].text.upper() if words else ""
    if first == "EXPLAIN":
        rest = sql[words[0].end + 1 :]
        inner = syntax.tokens(rest, dialect)
        end = explain_options(inner)
        measured = any(word.text.upper() in ("ANALYZE", "ANALYSE") for word in inner[:end])
        return _explained(_prefixed(f"EXPLAIN {rest[: inner[end].start].strip()}".strip(), rest[inner[end].start :], of), measured=measured)
    if made := listed.shown([word.text for word in words], dialect, of.seen):
        return Enforced(syntax.render(made, dialect), {}, (Change(" ".join(word.text for word in words), listed.SAID),))
    if first in ("DESCRIBE", "DESC", "SUMMARIZE", "SHOW") and dialect == "duckdb" and _of_one(words):
        rest = sql[words[1].start :]
        query = words[1].text.upper() in BEGINS_QUERY and words[1].token_type.name != "IDENTIFIER"
        return _prefixed("SUMMARIZE" if first == "SUMMARIZE" else "DESCRIBE", rest if query else EVERYTHING + rest, of)
    if first in ("SHOW", "PRAGMA", "DESCRIBE", "DESC"):
        raise RefusedError(f"{first} tells of all tables, and some are not yours to see.", hint=TELLS)
    (tree,) = syntax.parse(words, sql, dialect)
    return _statement(tree, words, of)


def _of_one(words: Sequence[Token]) -> bool:
    """Whether a statement that tells of tables tells of one, or of a query: ``SHOW ALL TABLES`` and ``SHOW DATABASES`` do not."""
    if words[0].text.upper() != "SHOW":
        return len(words) > 1
    return len(words) > 1 and (words[1].token_type.name == "IDENTIFIER" or words[1].text.upper() not in ("ALL", "TABLES", "DATABASES"))


def _prefixed(prefix: str, sql: str, of: _Of) -> Enforced:
    inner = _enforce(sql, of)
    return replace(inner, sql=f"{prefix} {inner.sql}")


def _explained(made: Enforced, *, measured: bool) -> Enforced:
    """A plan quotes what is bound, the salt of a hash too, and tells how many rows there are, and which values at most; so it is given of tables that are seen whole."""
    if measured:
        raise RefusedError("EXPLAIN ANALYZE tells how many rows there are that you may not see.", hint="Use EXPLAIN alone.")
    if made.changes:
        raise RefusedError(
            f"A plan tells of rows and values that you may not see: of {made.changes[0].table} you see a part.",
            hint="%aiser policy explain SELECT … shows what becomes of the statement.",
        )
    return made


def _statement(tree: exp.Expr, words: Sequence[Token], of: _Of) -> Enforced:
    dialect, grant = of.dialect, of.grant
    if type(tree) in shape.WRITES and not grant.role.write:
        raise RefusedError(f"The role {grant.role.name} may not write.", hint="Ask whoever governs this workspace.")
    _tells_nothing(tree)
    _no_row_types(tree, of)
    _title(tree, dialect)
    real = list(relations.certain_tables(tree, dialect))
    around = {id(node): given for node, given in real}
    named = [node for node, _ in real if not _own(node, of.frames, of.find)]
    books = [(node, _narrowed(node, of)) for node in named if relations.is_system(node, dialect)]
    seen = [_seen(node, grant, of.find, dialect) for node in named if not relations.is_system(node, dialect)]
    target = tree.this if type(tree) in shape.WRITES else None
    target = target.this if isinstance(target, exp.Schema) else target
    _writes_whole(seen, target)
    _no_row_numbers(tree, seen, dialect)
    sums = aggregated.check(tree, {id(one.node): (one.table, one.rule) for one in seen})
    unaliased = [relations.qualified(node) for node in (*(one.node for one in seen), *(node for node, _ in books)) if not node.alias]
    params: dict[str, object] = {}
    changes: list[Change] = []
    said = _words(tree, words, seen)
    for one in seen:
        if one.node is not target and one.rule != PLAIN:
            unread = written.unread((name for name, _ in one.rule.masks), said)
            sight = _replace(one, sums.get(id(one.node), NONE), unread, of)
            _own_names(one, sight, around[id(one.node)])
            params.update(sight.params)
            changes.append(Change(one.table.name, sight.said))
    changes += [Change(relations.qualified(node), listed.SAID) for node, _ in books]
    for node, instead in books:
        node.replace(instead)
    if params and dialect == "duckdb":
        _no_open_pivot(tree)
    _unqualify(tree, unaliased)
    for having in sums.values():
        having.apply()
    names = (*(one.table.name for one in seen), *(relations.qualified(node) for node, _ in books))
    return Enforced(syntax.render(tree, dialect, copy=False), params, tuple(changes), tuple(dict.fromkeys(names)))


@dataclass(frozen=True)
class _Seen:
    """A table of the statement: its node, the name written, the table itself and the rule for it."""

    node: exp.Table
    name: str
    table: Table
    rule: TableRule


def _writes_whole(seen: Sequence[_Seen], target: exp.Expr | None) -> None:
    """Refuse to write to a table of which a part is seen: SET, WHERE and RETURNING would reach the rest of it."""
    for one in seen:
        if one.node is target and one.rule != PLAIN:
            raise RefusedError(
                f"You see a part of {one.table.name}, and a statement that writes to it would reach the rest.",
                hint="Whoever governs this workspace can let a role that sees it whole do that.",
            )


def _own_names(one: _Seen, sight: sees.Sight, given: frozenset[str]) -> None:
    """Refuse a WITH that gives its name to what the policy itself reads: it would answer in the table's stead who sees what."""
    for name in sorted(sight.reads & given):
        raise RefusedError(
            f"The WITH {name} has the name of a table by which the policy says what you see of {one.name}.",
            hint="Give it another name.",
        )


def _words(tree: exp.Expr, words: Sequence[Token], seen: Sequence[_Seen]) -> frozenset[str] | None:
    """The words of a statement, where what a mask costs can be spared by them; see `written.words`."""
    if not any(one.rule.masks for one in seen):
        return None
    called = {name.casefold() for one in seen for name in (one.node.name, one.node.alias) if name}
    return written.words(tree, words, called, {column.name.casefold() for one in seen for column in one.table.columns})


def _seen(node: exp.Table, grant: Grant, find: Find, dialect: str) -> _Seen:
    name = relations.qualified(node)
    table = find(name)
    if table is not None and dialect in _EXACT and node.this.quoted and table.name != node.name:
        table = None
    rule = rule_of(table, grant) if table is not None else None
    if table is None or rule is None:
        raise RefusedError(f"There is no table {name} that you may read.", hint="%aiser tables lists the tables you may read.")
    if node.args.get("changes"):
        raise RefusedError("Changes of a governed table cannot be read.", where=name)
    return _Seen(node, name, table, rule)


def rule_of(table: Table, grant: Grant) -> TableRule | None:
    """The rule for a table, None where the role does not see it: a view without a rule of its own would show what the rules of its tables hide."""
    rule = grant.role.rule(table.schema, table.name)
    return None if table.kind != "table" and rule == PLAIN and _restricts(grant) else rule


def _tells_nothing(tree: exp.Expr) -> None:
    """Refuse functions and types that tell of tables by name, and parameters by the names of the policy's own."""
    for node in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc, exp.DataType, exp.Placeholder, exp.Parameter):
        if isinstance(node, exp.DataType):
            kind = node.sql().lower()
            if kind.startswith("reg"):
                raise RefusedError(f"The type {kind} tells which tables there are.", hint=TELLS)
        elif isinstance(node, exp.Placeholder | exp.Parameter):
            # The salt of a hash and whatever else the policy binds would be given to who names it.
            if node.name.casefold().startswith(sees.VARIABLE):
                raise RefusedError(f"Parameters that begin with {sees.VARIABLE} are the policy's own.", hint="Give yours another name.")
        elif node.name.lower().startswith(_TELLING) and node.name.lower() not in _PLAIN_TELLING:
            raise RefusedError(f"{node.name}() tells of tables that are not yours to see.", hint=TELLS)


def _no_row_types(tree: exp.Expr, of: _Of) -> None:
    """Refuse types of the database's own that no column you see has: to PostgreSQL each table is a type, whose columns it would tell."""
    told = of.dialect in _EXACT and (_restricts(of.grant) or of.grant.role.default != "allow")
    named = [node for node in tree.find_all(exp.DataType) if node.this is exp.DataType.Type.USERDEFINED] if told else ()
    known = {column.db_type.casefold() for table in of.seen() for column in table.columns} if named else set()
    for node in named:
        name = str(node.args.get("kind") or "").replace('"', "")
        if name.casefold() not in known:
            raise RefusedError(f"There is no type {name} that a column you may read has.", hint=TELLS)


def _narrowed(node: exp.Table, of: _Of) -> exp.Subquery:
    """One of the engine's own lists, as far as it may be read."""
    made = listed.narrowed(node, of.dialect, of.seen, of.grant)
    if made is None:
        raise RefusedError(f"{relations.qualified(node)} tells of all tables, and some are not yours to see.", hint=TELLS)
    return made


def _no_open_pivot(tree: exp.Expr) -> None:
    """Refuse a PIVOT that looks for its columns itself: DuckDB does so by a statement of its own, which knows no parameters."""
    for pivot in tree.find_all(exp.Pivot):
        # As a statement of its own PIVOT has its columns where the one in FROM has its figures.
        columns = pivot.expressions if pivot.this else pivot.args.get("fields") or ()
        if not pivot.args.get("unpivot") and any(not isinstance(part, exp.In) for part in columns):
            raise RefusedError(
                "PIVOT looks for its columns in the data, and DuckDB cannot do that where the policy shows rows by who asks.",
                hint="Name the values: PIVOT t ON region IN ('north', 'south') USING sum(total).",
            )


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


def _replace(one: _Seen, needed: Needed, unread: frozenset[str], of: _Of) -> sees.Sight:
    """Put what the role sees of a table into the table's place, without the columns that are ``unread``; what that is."""
    node, dialect, memo = one.node, of.dialect, of.memo
    at_table = {name: node.args[name] for name in _AT_TABLE if node.args.get(name)}
    sample = node.args.get("sample")
    if sample and dialect != "duckdb":
        at_table["sample"] = sample
    key = (one.table.schema, one.table.name, needed.columns, needed.unit, unread)
    held = memo.get(key)
    if at_table or held is None or held[0] is not one.table:
        sight = sees.sight(one.table, one.rule, of.grant, dialect, needed, at_table, unread)
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
