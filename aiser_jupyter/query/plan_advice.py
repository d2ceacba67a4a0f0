"""What could make a slow statement faster: read from the statement, the tables' keys and sizes, and the engine's own plan where that is cheap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.errors import AiserError
from aiser_jupyter.query import listing, locate, parameters, syntax
from aiser_jupyter.sources.needs import conjuncts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aiser_jupyter.query.locate import Place
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Source

LARGE = 100_000  # rows of a table worth a hint
MANY = 12  # columns of a table of which all are rarely wanted
EXPLAINS = frozenset({"postgres", "mysql", "duckdb"})
_COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_SCAN = re.compile(r"Seq Scan on (?P<table>\S+).*?rows=(?P<rows>\d+)")


def advise(verdict: Verdict, sources: Sequence[Source], values: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Hints on a checked statement over ``sources``, the weightiest first; empty where none is known to help.

    They are: tables multiplied without a condition, a large table without a filter, a filter that hides its column from an index, ``*`` of a wide
    table, and what PostgreSQL, MySQL and DuckDB say to EXPLAIN. Raises nothing: an engine that does not explain gives no hint.
    """
    if verdict.kind != "select" or not sources:
        return ()
    dialect = sources[0].dialect if len(sources) == 1 and not _prefixed(verdict, sources) else "duckdb"
    try:
        tree = syntax.parse(syntax.tokens(verdict.sql, dialect), verdict.sql, dialect)[0]
    except (SqlglotError, IndexError):
        return ()
    found = {name: place for source in sources for name, place in locate.within(source, verdict.tables).places.items()}
    hints = [*_products(tree), *_unfiltered(tree, found), *_hidden(tree, found), *_stars(tree, found)]
    # What a plan says may be of rows and secrets that a policy keeps back.
    if len(sources) == 1 and dialect == sources[0].dialect and dialect in EXPLAINS and not hasattr(sources[0], "grant"):
        hints += _explained(verdict.sql, sources[0], values or {}, found)
    return tuple(dict.fromkeys(hints))


def _prefixed(verdict: Verdict, sources: Sequence[Source]) -> bool:
    return any(locate.within(source, verdict.tables).prefixed for source in sources)


def _products(tree: exp.Expr) -> Iterator[str]:
    """Tables that are multiplied: no condition ties them to the others."""
    for select in tree.find_all(exp.Select):
        joins: list[exp.Join] = select.args.get("joins") or []
        if not joins or select.args.get("laterals"):
            continue
        where = select.args.get("where")
        conditions = [where.this if where is not None else None, *(join.args.get("on") for join in joins)]
        ties = [tie for condition in conditions for part in conjuncts(condition) if len(tie := _tied(part)) > 1]
        free = {
            join.this.alias_or_name.casefold()
            for join in joins
            if isinstance(join.this, exp.Table | exp.Subquery) and not join.args.get("using") and not join.args.get("method")
        }
        reached = {select.args["from_"].this.alias_or_name.casefold()} | ({join.this.alias_or_name.casefold() for join in joins} - free)
        while more := {name for tie in ties if tie & reached or "" in tie for name in tie} - reached:
            reached |= more
        # A bare name may be a column of any of them.
        for name in () if "" in reached else sorted(free - reached):
            yield f"{name} is multiplied with every row of the other tables: say how they belong together, JOIN {name} ON …."


def _tied(part: exp.Expr) -> set[str]:
    """The tables whose columns a condition compares, by alias; an empty name with another where one of several columns is bare."""
    columns = list(part.find_all(exp.Column))
    tables = {column.table.casefold() for column in columns}
    return tables | {"", "*"} if "" in tables and len({column.name.casefold() for column in columns}) > 1 else tables


def _unfiltered(tree: exp.Expr, found: Mapping[str, Place]) -> Iterator[str]:
    """Large tables that are read from end to end though they have a day to ask for."""
    for table, place in _large(tree, found):
        select = table.find_ancestor(exp.Select)
        where = select.args.get("where") if select is not None else None
        if where is not None or (select is not None and select.args.get("limit") is not None and select.args.get("group") is None):
            continue
        days = [column.name for column in place.table.columns if column.type in {"date", "timestamp"}]
        if days:
            rows = listing.sizes(place.source)[place.table.name]
            yield f"All {rows:,} rows of {place.table.name} are read: filter by {days[0]} if a period is enough."


def _hidden(tree: exp.Expr, found: Mapping[str, Place]) -> Iterator[str]:
    """Filters that compute with a column of a large table, which keeps an index or a partition from being used."""
    columns = {column.name.casefold(): place.table.name for _, place in _large(tree, found) for column in place.table.columns}
    for where in tree.find_all(exp.Where):
        for part in conjuncts(where.this):
            side = part.this if isinstance(part, _COMPARED) else None
            if isinstance(side, exp.Anonymous | exp.Cast | exp.Extract) and (column := side.find(exp.Column)) is not None:
                name = column.name
                if name.casefold() in columns:
                    yield f"The filter computes with {name}, so no index or partition of {columns[name.casefold()]} helps: compare {name} itself, e.g. {name} >= … AND {name} < …."


def _stars(tree: exp.Expr, found: Mapping[str, Place]) -> Iterator[str]:
    select = tree if isinstance(tree, exp.Select) else None
    if select is None or not any(isinstance(part, exp.Star) for part in select.expressions):
        return
    for place in found.values():
        if len(place.table.columns) >= MANY:
            yield f"* takes all {len(place.table.columns)} columns of {place.table.name}: name those you need."


def _large(tree: exp.Expr, found: Mapping[str, Place]) -> Iterator[tuple[exp.Table, Place]]:
    by_name = {name.casefold().rpartition(".")[2]: place for name, place in found.items()}
    for table in tree.find_all(exp.Table):
        place = by_name.get(table.name.casefold())
        if place is not None and listing.sizes(place.source).get(place.table.name, 0) >= LARGE:
            yield table, place


def _explained(sql: str, source: Source, values: Mapping[str, object], found: Mapping[str, Place]) -> Iterator[str]:
    """What the engine's own plan shows: large tables read whole for few rows."""
    cursor = source.cursor()
    try:
        bound = {name: values[name] for name in parameters.names(sql, source.dialect) if name in values}
        lines = cursor.run(f"EXPLAIN {sql}", bound).read_all().to_pylist()
    except (AiserError, Exception):  # noqa: BLE001  # advice that cannot be had is left out: the query itself went well
        return
    finally:
        cursor.close()
    sizes = listing.sizes(source)
    if source.dialect == "postgres":
        text = "\n".join(str(next(iter(line.values()))) for line in lines)
        for scan in re.finditer(
            r"Seq Scan on \"?(?P<table>[^\s\"]+)\"?[^\n]*rows=(?P<rows>\d+)[^\n]*\n\s+Filter: (?P<filter>[^\n]+)", text
        ):
            whole = sizes.get(scan["table"], 0)
            if whole >= LARGE and int(scan["rows"]) < whole / 10:
                column = re.search(r'"?(\w+)"?', scan["filter"].lstrip("("))
                yield f"No index helps the filter on {scan['table']} {scan['filter'][:120]}: an index on {column[1] if column else 'its column'} would."
    elif source.dialect == "mysql":
        for line in lines:
            table = str(line.get("table") or "")
            real = next((place.table.name for name, place in found.items() if name.casefold().endswith(table.casefold())), table)
            if line.get("type") == "ALL" and "Using where" in str(line.get("Extra")) and sizes.get(real, 0) >= LARGE:
                yield f"No index helps the filter on {real}: an index on the columns it compares would."
