"""What of a statement each connection does itself, and what is left to be joined here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.query import alike, estimate, guard, kinds, listing, parameters, relations, selects, syntax
from aiser_jupyter.sources.needs import conditions, conjuncts, joined, needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.query.locate import Located, Place
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.needs import Need
    from aiser_jupyter.sources.source import Source

# Types of tables that are made for their columns' names alone.
_ARROW = {"integer": "int64", "number": "float64", "date": "date32", "timestamp": "timestamp[us]", "boolean": "bool"}
_VOLATILE = frozenset({"random", "rand", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "nextval", "currval"})
PREFIX = "aiser_part_"  # how fetched parts are called where they are joined
SMALL = 20_000  # rows that are fetched first, so that their keys can spare others
SPARED = 5_000  # a table of fewer rows is not worth waiting for the keys of another


@dataclass(frozen=True)
class Keys:
    """The rows of a fetch that matter are those whose ``column`` is among the values of ``other`` in the fetched part ``part``."""

    column: str
    kind: str
    part: str
    other: str


@dataclass(frozen=True)
class Fetch:
    """One query on one connection, whose rows become the table ``table`` where the statement is joined.

    ``sql`` is checked and in the connection's dialect; ``keys`` narrow it further once another part is here; ``estimate`` is about how many rows come.
    ``whole`` is the same without anything done by the server but reading, for an engine that does not take ``sql`` after all.
    """

    source: Source
    sql: str
    table: str
    keys: Keys | None = None
    estimate: int | None = None
    whole: exp.Select | None = field(default=None, compare=False, repr=False)
    query: exp.Select | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Plan:
    """What is fetched, and the statement of DuckDB that runs over it; ``sql`` is empty where the one fetch is the statement itself.

    ``columns`` are the names its columns are to have then.
    """

    fetches: tuple[Fetch, ...]
    sql: str
    columns: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Whether one connection does it all."""
        return not self.sql


def direct(tree: exp.Expr, located: Located, values: Mapping[str, object]) -> tuple[Plan | None, str]:
    """The whole statement for the one connection its tables are on; None, and why, where a part may mean something else there."""
    source = located.sources[0]
    if source.dialect != "duckdb" and not alike.groups_on(source.dialect):
        return None, f"a whole statement may mean something else in {source.dialect}"
    if shadowed(tree, located):
        return None, "a WITH has the name of a table"
    tree = marked(tree, located)
    try:
        outputs: list[tuple[str, str | None]] = []
        unnamed = False
        if source.dialect != "duckdb":
            writer = selects.Writer(source.dialect, values)
            outputs, unnamed = writer.query(tree), writer.unnamed
        sql = checked(tree, source.dialect)
    except alike.Unlike as odd:
        return None, f"{odd} may mean something else in {source.dialect}"
    columns = tuple(name for name, _ in outputs) if unnamed else ()
    return Plan((Fetch(source, sql, PREFIX + "0", estimate=_estimated(tree)),), "", columns), ""


def plan(tree: exp.Expr, located: Located, values: Mapping[str, object], *, push: bool = True) -> Plan:
    """The parts to fetch from each connection, and what is left of the statement; with ``push`` off every table is fetched whole."""
    tree = marked(tree, located)
    fetches: dict[tuple[str, str], Fetch] = {}
    if push:
        _push_queries(tree, values, fetches)
    _narrow_tables(tree, values, fetches, push=push)
    parts = tuple(fetches.values())
    if push:
        parts = _spared(tree, parts)
    return Plan(parts, syntax.render(tree, "duckdb"))


def titled(whole: Plan, tree: exp.Expr, located: Located, values: Mapping[str, object], engine: DuckDBSource) -> Plan | None:
    """The plan with the names that DuckDB gives the statement's columns, as it says itself over tables without rows; None where it does not."""
    import duckdb
    import pyarrow as pa

    tree = marked(tree, located)
    empty: dict[str, object] = {}
    for node in tree.find_all(exp.Table):
        place: Place | None = node.meta.get("place")
        if place is not None:
            table = place.table
            name = f"{PREFIX}{len(empty)}"
            empty[name] = pa.schema([pa.field(column.name, _ARROW.get(column.type, "string")) for column in table.columns]).empty_table()
            node.set("this", exp.to_identifier(name, quoted=True))
            node.set("db", None)
    sql = parameters.inlined(syntax.render(tree, "duckdb"), "duckdb", values)
    cursor = engine.cursor()
    try:
        return replace(whole, columns=tuple(cursor.run(sql, {}, empty).schema.names))
    except duckdb.Error:
        return None
    finally:
        cursor.close()


def marked(tree: exp.Expr, located: Located, dialect: str = "duckdb") -> exp.Expr:
    """A copy of the statement whose tables know where they are; a connection before a name is dropped, columns are named by alias."""
    tree = tree.copy()
    for node in list(relations.real_tables(tree, dialect)):
        place = located.places.get(relations.qualified(node))
        if place is None:
            continue
        written = [part.name for part in node.parts]
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        node.set("this", exp.to_identifier(place.table.name, quoted=True))
        node.set("db", exp.to_identifier(place.table.schema, quoted=True) if place.table.schema else None)
        node.set("catalog", None)
        node.meta["place"] = place
        for column in tree.find_all(exp.Column):
            owner = [part.name.casefold() for part in column.parts[:-1]]
            if len(written) > 1 and len(owner) > 1 and owner == [part.casefold() for part in written[-len(owner) :]]:
                column.set("catalog", None)
                column.set("db", None)
    return tree


def checked(tree: exp.Expr, dialect: str) -> str:
    """The text of a part as its engine runs it, past the guard as any other; raises `alike.Unlike` where it cannot be written."""
    try:
        text = syntax.render(tree, dialect)
    except SqlglotError:
        raise alike.Unlike("a part that cannot be written") from None
    verdict = _guarded(text, dialect)
    if not verdict.allowed:
        raise alike.Unlike(f"a part that is refused ({verdict.reason})")
    return verdict.sql


@lru_cache(512)
def _guarded(text: str, dialect: str) -> Verdict:
    return guard.check(text, dialect)


def naive_rows(located: Located) -> int | None:
    """How many rows all tables of the statement have together; None where a connection cannot tell."""
    counts = [listing.sizes(place.source).get(place.table.name) for place in located.places.values()]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


# --- whole queries -------------------------------------------------------------------------------------------------------------------------


def _push_queries(tree: exp.Expr, values: Mapping[str, object], fetches: dict[tuple[str, str], Fetch]) -> None:
    """Let each subquery or WITH that is about one connection run there."""
    for node in list(_candidates(tree)):
        if _inside(node, tree) and (source := _lone_source(node)) is not None:
            copy = node.copy()
            try:
                unnamed = False
                _lasting(copy)
                if source.dialect == "duckdb":
                    _closed(
                        copy,
                        as_table=isinstance(node.parent, exp.CTE) or isinstance(node.parent and node.parent.parent, exp.From | exp.Join),
                    )
                else:
                    writer = selects.Writer(source.dialect, values)
                    if not alike.groups_on(source.dialect):
                        continue
                    writer.query(copy)
                    unnamed = writer.unnamed
                if unnamed and isinstance(node.parent, exp.Subquery | exp.CTE) and not isinstance(node.parent.parent, exp.In):
                    continue  # a name that DuckDB would give may be asked for
                sql = checked(copy, source.dialect)
            except alike.Unlike:
                continue
            fetch = _kept(fetches, Fetch(source, sql, "", estimate=_estimated(copy)))
            node.replace(exp.select("*").from_(exp.to_table(fetch.table)))


def _candidates(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The queries within the statement, outer ones first."""
    for node in tree.walk(bfs=True):
        if node is tree or not isinstance(node, exp.Select | exp.SetOperation):
            continue
        parent = node.parent
        if isinstance(parent, exp.Subquery) and any(value for key, value in parent.args.items() if key not in {"this", "alias"}):
            continue
        if isinstance(parent, exp.Subquery | exp.CTE | exp.In | exp.Exists):
            yield node


def _inside(node: exp.Expr, tree: exp.Expr) -> bool:
    """Whether the node is still part of the statement: one around it may have gone to a server already."""
    while node.parent is not None:
        node = node.parent
    return node is tree


def _lone_source(node: exp.Expr) -> Source | None:
    """The one connection that all tables in ``node`` are on."""
    found: Source | None = None
    named = {cte.alias.casefold() for cte in node.find_all(exp.CTE)}
    for table in node.find_all(exp.Table):
        place: Place | None = table.meta.get("place")
        if place is None:
            if isinstance(table.this, exp.Identifier) and table.name.casefold() not in named:
                return None
            continue
        if found is not None and found is not place.source:
            return None
        found = place.source
    with_ = node.args.get("with_")
    recursive = isinstance(node.parent, exp.CTE) and node.parent.parent is not None and bool(node.parent.parent.args.get("recursive"))
    return None if recursive or (with_ is not None and with_.args.get("recursive")) else found


def shadowed(tree: exp.Expr, located: Located) -> bool:
    """Whether a table would be taken for what a WITH defines once its connection's name is taken off."""
    tables = {place.table.name.casefold() for place in located.places.values() if place.prefixed}
    return bool(tables & {cte.alias.casefold() for cte in tree.find_all(exp.CTE)})


def _lasting(node: exp.Expr) -> None:
    """Raises `alike.Unlike` where a query gives other rows each time, or names a table as it names a part of its own."""
    if node.find(exp.TableSample) or any(call.name.lower() in _VOLATILE for call in node.find_all(exp.Anonymous)):
        raise alike.Unlike("a part of chance")
    tables = {table.name.casefold() for table in node.find_all(exp.Table) if table.meta.get("place") is not None}
    if tables & {cte.alias.casefold() for cte in node.find_all(exp.CTE)}:
        raise alike.Unlike("a WITH that has the name of a table")


def _closed(node: exp.Expr, *, as_table: bool) -> None:
    """Raises `alike.Unlike` where a query asks for a column of a query around it."""
    tables = [table for table in node.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    inner = {part.alias_or_name.casefold() for part in node.find_all(exp.Table, exp.Subquery, exp.CTE, exp.Unnest)}
    columns = {column.name.casefold() for table in tables if table.meta.get("place") for column in table.meta["place"].table.columns}
    aliases = {part.alias.casefold() for part in node.find_all(exp.Alias)} | {
        name.name.casefold() for part in node.find_all(exp.TableAlias) for name in part.columns
    }
    if not as_table:
        aliases = set()  # in a condition a bare name may be a column of the query around it sooner than an alias
    lambdas = {name.name.casefold() for part in node.find_all(exp.Lambda) for name in part.expressions}
    for column in node.find_all(exp.Column):
        first = column.parts[0].name.casefold()
        if isinstance(column.this, exp.Star) and len(column.parts) == 1:
            continue
        if first not in (inner | columns | aliases | lambdas if len(column.parts) > 1 else columns | aliases | lambdas | inner):
            raise alike.Unlike("a column of the query around it")


# --- single tables -------------------------------------------------------------------------------------------------------------------------


def _narrow_tables(tree: exp.Expr, values: Mapping[str, object], fetches: dict[tuple[str, str], Fetch], *, push: bool) -> None:
    """Fetch of each table that is left the columns and rows that the statement needs."""
    places: dict[str, Place] = {}
    labels: dict[int, str] = {}
    for node in tree.find_all(exp.Table):
        place: Place | None = node.meta.get("place")
        if place is not None:
            label = labels.setdefault(id(place.table), f"{PREFIX}t{len(labels)}")
            places[label] = place
            node.set("this", exp.to_identifier(label, quoted=True))
            node.set("db", None)
    needed = needs(tree, {label: [column.name for column in place.table.columns] for label, place in places.items()})
    named: dict[str, str] = {}
    for label, place in places.items():
        fetch = _table(place, needed.get(label) if push else None, values)
        named[label] = _kept(fetches, fetch).table
    for node in tree.find_all(exp.Table):
        if node.name in named and node.meta.get("place") is not None:
            node.set("this", exp.to_identifier(named[node.name], quoted=True))


def _table(place: Place, need: Need | None, values: Mapping[str, object]) -> Fetch:
    source, table = place.source, place.table
    dialect = source.dialect
    base = exp.Table(
        this=exp.to_identifier(table.name, quoted=True), db=exp.to_identifier(table.schema, quoted=True) if table.schema else None
    )
    rows = listing.sizes(source).get(table.name)
    whole = exp.select("*").from_(base.copy())
    if need is None:
        return Fetch(source, checked(whole, dialect), "", estimate=rows)
    every = len(need.columns) == len(table.columns)
    columns: list[exp.Expr] = [exp.Star()] if every else [exp.column(exp.to_identifier(name, quoted=True)) for name in need.columns]
    query = exp.Select(expressions=columns).from_(base)
    accepted, sure = [], True
    for part in conjuncts(need.filter):
        level, written = (alike.EXACT, part.copy()) if dialect == "duckdb" else selects.condition(part, dialect, table.columns, values)
        sure = sure and level == alike.EXACT
        if level:
            accepted.append(written)
    condition = joined(accepted)
    if condition is not None:
        query = query.where(condition, copy=False)
    if need.limit is not None and sure:
        query = query.limit(need.limit)
    guessed = estimate.filtered(rows, condition, table)
    if need.limit is not None and sure:
        guessed = need.limit if guessed is None else min(guessed, need.limit)
    return Fetch(source, checked(query, dialect), "", estimate=guessed, whole=whole, query=query)


def _kept(fetches: dict[tuple[str, str], Fetch], fetch: Fetch) -> Fetch:
    """The fetch under a name of its own; the same query is fetched once."""
    key = (fetch.source.name, fetch.sql)
    if key not in fetches:
        fetches[key] = replace(fetch, table=f"{PREFIX}{len(fetches)}")
    return fetches[key]


def _estimated(tree: exp.Expr) -> int | None:
    """About how many rows a query gives."""
    return estimate.rows(tree, lambda table: listing.sizes(table.meta["place"].source).get(table.name) if table.meta.get("place") else None)


# --- keys of one part spare rows of another --------------------------------------------------------------------------------------------------


def _spared(tree: exp.Expr, parts: Sequence[Fetch]) -> tuple[Fetch, ...]:
    """The fetches, those of large tables narrowed by the keys of a small one they are joined with."""
    by_name = {part.table: part for part in parts}
    uses: dict[str, list[exp.Table]] = {}
    for node in tree.find_all(exp.Table):
        if node.name in by_name:
            uses.setdefault(node.name, []).append(node)
    found: dict[str, Keys] = {}
    for name, nodes in sorted(uses.items(), key=lambda use: -(by_name[use[0]].estimate or SPARED)):
        large = by_name[name]
        if len(nodes) > 1 or large.query is None or (large.estimate is not None and large.estimate < SPARED):
            continue
        if any(keys.part == name for keys in found.values()):
            continue
        for column, source, other in _matches(nodes[0]):
            small = by_name.get(_part(source))
            if small is None or small.table == name or small.table in found or not _is_small(small, large):
                continue
            if (kind := _key_kind(column, nodes[0].meta["place"].table, large.source)) is not None:
                found[name] = Keys(column.name, kind, small.table, other)
                break
    return tuple(replace(part, keys=found.get(part.table)) for part in parts)


def _is_small(small: Fetch, large: Fetch) -> bool:
    if small.estimate is None:  # a file that does not tell: it is read quickly either way
        return small.source.capabilities.local and large.estimate is not None
    return small.estimate <= SMALL


def _matches(node: exp.Table) -> Iterator[tuple[exp.Column, exp.Expr, str]]:
    """The columns of a table whose value must be among those of another source's column, by that source and the column's name (empty: its only one)."""
    select = node.find_ancestor(exp.Select)
    if select is None or not isinstance(node.parent, exp.From | exp.Join) or node.parent.parent is not select:
        return
    name = node.alias_or_name.casefold()
    sources = {
        source.alias_or_name.casefold(): source
        for source in (select.args["from_"].this, *(join.this for join in select.args.get("joins") or ()))
    }
    if len(sources) < 1 + len(select.args.get("joins") or ()):
        return
    for part in (part for condition in conditions(select, node) for part in conjuncts(condition)):
        if isinstance(part, exp.EQ) and isinstance(part.left, exp.Column) and isinstance(part.right, exp.Column):
            for own, other in ((part.left, part.right), (part.right, part.left)):
                if own.table.casefold() == name and other.table.casefold() in sources.keys() - {name}:
                    yield own, sources[other.table.casefold()], other.name
        elif isinstance(part, exp.In) and part.args.get("query") and isinstance(own := part.this, exp.Column):
            mine = own.table.casefold() == name or (not own.table and len(sources) == 1)
            yield from [(own, part.args["query"], "")] if mine else []


def _part(source: exp.Expr) -> str:
    """The fetched part that a source of a SELECT is, as it is; empty where it is more than that."""
    if isinstance(source, exp.Subquery):
        source = source.unnest()
    if isinstance(source, exp.Select):
        plain = {key for key, value in source.args.items() if value} == {"expressions", "from_"}
        if not plain or len(source.expressions) != 1 or not isinstance(source.expressions[0], exp.Star):
            return ""
        source = source.args["from_"].this
    return source.name if isinstance(source, exp.Table) else ""


def _key_kind(column: exp.Column, table: Table, source: Source) -> str | None:
    """The kind of a column's values where they may stand in a list of keys."""
    own = table.column(column.name)
    if own is None:
        return None
    kind = own.type if source.dialect == "duckdb" else kinds.of_column(own, source.dialect)
    return kind if kind in {"integer", "text", "date"} else None


def bound(sql: str, dialect: str, values: Mapping[str, object]) -> dict[str, object]:
    """Those of the parameters' values that a part names."""
    return {name: values[name] for name in parameters.names(sql, dialect) if name in values}
