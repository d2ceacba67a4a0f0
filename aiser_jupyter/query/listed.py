"""The engine's own lists of tables and columns, narrowed to what a role sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Grant

    Seen = Callable[[], tuple[Table, ...]]

SAID = "only the tables and columns of the role"
# What the engines call the schema that goes without a name in ours.
_DEFAULT = {"duckdb": exp.Literal.string("main"), "postgres": exp.Anonymous(this="CURRENT_SCHEMA")}
_SHOWN = frozenset({"SHOW TABLES", "PRAGMA SHOW_TABLES", "PRAGMA SHOW_TABLES ( )"})
_TABLES = ("table_catalog", "table_schema", "table_name", "table_type")
_COLUMNS = ("table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "is_nullable", "data_type")
_BOOKS = {"tables": _TABLES, "columns": _COLUMNS}
_OF_SQLITE = frozenset({"sqlite_master", "sqlite_schema"})
# Masks that make text of whatever there is.
_AS_TEXT = frozenset({"hash", "partial", "generalise", "constant"})


def shown(words: Sequence[str], dialect: str, seen: Seen) -> exp.Select | None:
    """What ``SHOW TABLES`` gives a role, as a query; None for a statement that is another."""
    if dialect != "duckdb" or " ".join(words).upper() not in _SHOWN:
        return None
    names = sorted(table.name for table in seen() if not table.schema)
    return exp.Select(expressions=[exp.column("name", quoted=True)]).from_(_rows(["name"], [[_text(name)] for name in names]), copy=False)


def narrowed(node: exp.Table, dialect: str, seen: Seen, grant: Grant) -> exp.Subquery | None:
    """A query for the place of one of the engine's lists; None for a list that cannot be narrowed.

    Of ``information_schema.tables`` and ``.columns`` the columns stay that tell of nothing else; places are counted anew, so that no gap tells of a
    column between. Of SQLite's list the names stay.
    """
    name = node.name.casefold()
    alias = node.args.get("alias")
    called = (
        alias.copy() if isinstance(alias, exp.TableAlias) and alias.this else exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
    )
    if node.args.get("joins") or node.args.get("pivots") or node.args.get("laterals") or node.args.get("sample"):
        return None
    if dialect == "sqlite" and name in _OF_SQLITE and node.db.casefold() in ("", "main"):
        return exp.Subquery(this=_of_sqlite(seen()), alias=called)
    if dialect in _DEFAULT and node.db.casefold() == "information_schema" and name in _BOOKS and not node.catalog:
        made = _of_tables(node, seen(), dialect) if name == "tables" else _of_columns(node, seen(), dialect, grant)
        return exp.Subquery(this=made, alias=called)
    return None


def _of_sqlite(tables: Iterable[Table]) -> exp.Select:
    null = exp.Cast(this=exp.Null(), to=exp.DataType.build("TEXT"))
    rows = [[_text(table.kind), _text(table.name), _text(table.name), exp.Null(), null.copy()] for table in tables]
    names = ["type", "name", "tbl_name", "rootpage", "sql"]
    return exp.Select(expressions=[exp.column(name, quoted=True) for name in names]).from_(_rows(names, rows), copy=False)


def _of_tables(node: exp.Table, tables: Iterable[Table], dialect: str) -> exp.Select:
    wanted = [exp.Tuple(expressions=[_schema(table, dialect), _text(table.name)]) for table in tables]
    return _book(node, [_plain(name) for name in _TABLES], _in(("table_schema", "table_name"), wanted), dialect)


def _of_columns(node: exp.Table, tables: Iterable[Table], dialect: str, grant: Grant) -> exp.Select:
    wanted, masked = [], []
    for table in tables:
        rule = grant.role.rule(table.schema, table.name)
        for column in table.columns:
            place = exp.Tuple(expressions=[_schema(table, dialect), _text(table.name), _text(column.name)])
            wanted.append(place)
            mask = rule.mask(column.name) if rule is not None else None
            if mask is not None and mask.kind in _AS_TEXT:
                masked.append(place.copy())
    key = ("table_schema", "table_name", "column_name")
    order = exp.Order(expressions=[exp.Ordered(this=_plain("ordinal_position"))])
    place = exp.Window(this=exp.Anonymous(this="ROW_NUMBER"), partition_by=[_plain("table_schema"), _plain("table_name")], order=order)
    kind = exp.Case(ifs=[exp.If(this=_in(key, masked), true=_text("text"))], default=_plain("data_type")) if masked else _plain("data_type")
    own = {"ordinal_position": place, "data_type": kind}
    columns = [exp.alias_(own[name], name, quoted=True) if name in own else _plain(name) for name in _COLUMNS]
    return _book(node, columns, _in(key, wanted), dialect)


def _book(node: exp.Table, columns: list[exp.Expr], only: exp.Expr, dialect: str) -> exp.Select:
    """The rows of one of the books that tell of what is seen; of DuckDB only those of the database that is open."""
    bare = exp.Table(this=node.this.copy(), db=node.args["db"].copy())
    query = exp.Select(expressions=columns).from_(bare, copy=False).where(only, copy=False)
    if dialect == "duckdb":
        here = exp.EQ(this=_plain("table_catalog"), expression=exp.Anonymous(this="CURRENT_DATABASE"))
        query = query.where(here, copy=False)
    return query


def _rows(names: Sequence[str], rows: list[list[exp.Expr]]) -> exp.Subquery:
    """Rows as ``UNION ALL`` of queries, and none where there are none, which VALUES cannot say."""
    first = [exp.alias_(exp.Null(), name, quoted=True) for name in names]
    made: exp.Query = exp.Select(expressions=first).where(exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0)), copy=False)
    for row in rows:
        made = exp.Union(this=made, expression=exp.Select(expressions=row), distinct=False)
    return exp.Subquery(this=made, alias=exp.TableAlias(this=exp.to_identifier("listed", quoted=True)))


def _in(names: Sequence[str], places: list[exp.Tuple]) -> exp.Expr:
    if not places:
        return exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0))
    return exp.In(this=exp.Tuple(expressions=[_plain(name) for name in names]), expressions=[*places])


def _schema(table: Table, dialect: str) -> exp.Expr:
    return _text(table.schema) if table.schema else _DEFAULT[dialect].copy()


def _plain(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name))


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)
