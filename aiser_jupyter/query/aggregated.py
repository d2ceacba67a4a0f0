"""Columns that show in aggregates alone: checked for each use, and each group that is shown must be large enough.

A group's size is counted in different values of what the policy names (people, say), not in rows, which a join can multiply; and a join that may repeat
rows is refused, as it would let one row outweigh the others. What differences of two large groups give away is not prevented (docs/policy.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import TableRule

SUMMED = frozenset(
    {"sum", "avg", "mean", "count", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "stdev", "var"}
)
# A sum of products or quotients would tell of single values: the fourth power gives away the highest, a cut to thousands who has more.
AROUND = (exp.Paren, exp.Neg)
UNIT = "aiser unit"


@dataclass(frozen=True)
class Needed:
    """What a statement uses of one table: its columns that show in aggregates alone (lower case, with the ``names`` they have), and what its unit is called (empty: not needed)."""

    columns: frozenset[str] = frozenset()
    unit: str = ""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    selects: tuple[tuple[exp.Select, str, int], ...] = field(default=(), compare=False, repr=False)

    def apply(self) -> None:
        """Let each group through only where it is large enough."""
        for select, alias, least in self.selects:
            for column in sorted(self.columns):
                unit, held = (
                    exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))
                    for name in (self.unit, self.names[column])
                )
                # A row without a value there stands behind no figure.
                counted = exp.Case(ifs=[exp.If(this=exp.Not(this=exp.Is(this=held, expression=exp.Null())), true=unit)])
                count = exp.Anonymous(this="COUNT", expressions=[exp.Distinct(expressions=[counted])])
                large = exp.GTE(this=count, expression=exp.Literal.number(least))
                having = select.args.get("having")
                select.set("having", exp.Having(this=exp.And(this=exp.Paren(this=having.this), expression=large) if having else large))


NONE = Needed()


def check(tree: exp.Expr, rules: Mapping[int, tuple[Table, TableRule]]) -> dict[int, Needed]:
    """What the statement uses of each table with such columns, by the id of its node in ``tree``; raises RefusedError for a use that is no aggregate."""
    if not any(rule.aggregated for _, rule in rules.values()):
        return {}
    names = {name for _, rule in rules.values() if rule.aggregated for name in rule.aggregated.columns}
    if not any(column.name.casefold() in names for column in tree.find_all(exp.Column)):
        return {}
    try:
        scopes = traverse_scope(tree)
    except (SqlglotError, ValueError, AttributeError, KeyError, TypeError):
        raise RefusedError(
            f"{', '.join(sorted(names))} shows in aggregates alone, and this statement is too complex to check.",
            hint="Write it more simply.",
        ) from None
    found: dict[int, Needed] = {}
    settled: set[int] = set()
    for scope in scopes:
        for alias, source in scope.sources.items():
            table, rule = rules.get(id(source), (None, None)) if isinstance(source, exp.Table) else (None, None)
            if table is None or rule is None or rule.aggregated is None:
                continue
            used = _used(scope, alias, rule)
            settled |= {id(column) for column in used}
            if used:
                _proper(scope, alias, used, rule, rules)
                assert isinstance(scope.expression, exp.Select)
                columns = frozenset(column.name.casefold() for column in used)
                spelled = {column.name.casefold(): column.name for column in table.columns}
                found[id(source)] = Needed(
                    columns.intersection(spelled), UNIT, spelled, ((scope.expression, alias, rule.aggregated.at_least),)
                )
    for column in tree.find_all(exp.Column):
        # A name that no scope could place may be the column after all.
        if column.name.casefold() in names and id(column) not in settled and not _elsewhere(column, scopes):
            raise _refused(column.name)
    return found


def _used(scope: Scope, alias: str, rule: TableRule) -> list[exp.Column]:
    """The columns of a scope that are, or may be, those of ``alias`` that show in aggregates alone."""
    return [
        column for column in _columns(scope.expression)
        if rule.only_aggregated(column.name) and (column.table.casefold() == alias.casefold() or not column.table)
    ]  # fmt: skip


def _totalled(select: exp.Select) -> bool:
    """Whether groups come with their totals, from which the one that is left out could be told."""
    group = select.args.get("group")
    if group is None:
        return False
    totals = any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets", "totals"))
    return totals or any(
        isinstance(part, exp.Rollup | exp.Cube | exp.GroupingSets) or part.name.lower() in ("rollup", "cube") for part in group.walk()
    )


def _by_pattern(select: exp.Select) -> bool:
    """Whether columns are chosen by a pattern, as by DuckDB's COLUMNS, or by their place, as by its `#3`."""
    return select.find(exp.Columns, exp.PositionalColumn) is not None or any(
        call.name.lower() == "columns" for call in select.find_all(exp.Anonymous)
    )


def _columns(select: exp.Expr) -> list[exp.Column]:
    """The columns that stand in a query itself, not in one inside it."""
    return [column for column in select.find_all(exp.Column) if column.find_ancestor(exp.Query) is select]


def _proper(scope: Scope, alias: str, used: list[exp.Column], rule: TableRule, rules: Mapping[int, tuple[Table, TableRule]]) -> None:
    """Refuse where a use shows more than an aggregate of many."""
    select = scope.expression
    name = used[0].name
    odd = isinstance(select, exp.Select) and any(select.args.get(part) for part in ("pivots", "connect", "match", "qualify"))
    if not isinstance(select, exp.Select) or odd or _totalled(select) or _by_pattern(select):
        raise _refused(name)
    if any(
        isinstance(star.parent, exp.Select | exp.Column) and star.find_ancestor(exp.Query) is select for star in select.find_all(exp.Star)
    ):
        raise RefusedError(f"{name} shows in aggregates alone, and * would show it row by row.", hint="Name the columns you need.")
    if any(column.name.casefold() == alias.casefold() and not column.table for column in _columns(select)):
        raise _refused(name)
    for column in used:
        if not _in_aggregate(column, select):
            raise _refused(column.name)
    if any(join.args.get("method") == "NATURAL" for join in select.args.get("joins") or ()):
        raise RefusedError(f"{name} shows in aggregates alone, and a natural join may compare it.", hint="Write JOIN … ON, or USING.")
    if not _once_each(scope, alias, rules):
        raise RefusedError(
            f"{name} shows in aggregates alone, and this join may repeat rows.",
            hint="Join other tables by their primary key: JOIN t ON t.id = x.t_id.",
        )
    used_to_join = {one.name.casefold() for join in select.args.get("joins") or () for one in join.args.get("using") or ()}
    if any(rule.only_aggregated(one) for one in used_to_join):
        raise _refused(name)


def _in_aggregate(column: exp.Column, select: exp.Select) -> bool:
    """Whether a column stands by itself in an aggregate over a group of ``select``."""
    node: exp.Expr = column
    while isinstance(node.parent, AROUND):
        node = node.parent
    call = node.parent or node
    name = call.name.lower() if isinstance(call, exp.Anonymous) else type(call).__name__.lower()
    if (
        name not in SUMMED
        or isinstance(call.parent, exp.Window | exp.Filter | exp.WithinGroup | exp.IgnoreNulls)
        or call.find_ancestor(exp.Select) is not select
    ):
        return False
    clause = call
    while (above := clause.parent) is not select:
        if above is None or isinstance(above, exp.Window):
            return False
        clause = above
    return clause.arg_key in ("expressions", "having", "order")


def _once_each(scope: Scope, root: str, rules: Mapping[int, tuple[Table, TableRule]]) -> bool:
    """Whether each row of ``root`` stands at most once in what is joined: every other table is found from it by a whole key."""
    tables: dict[str, Table] = {}
    for alias, source in scope.sources.items():
        table = rules.get(id(source), (None, None))[0] if isinstance(source, exp.Table) else None
        if table is None:
            return False
        tables[alias.casefold()] = table
    equal = list(_equalities(scope.expression, tables))
    found = {root.casefold()}
    while True:
        more = {
            alias for pair in equal for (alias, column), (other, _) in (pair, pair[::-1])
            if alias not in found and other in found and column in _keys(tables[alias])
        }  # fmt: skip
        if not more:
            return found == set(tables)
        found |= more


def _keys(table: Table) -> set[str]:
    """The columns that each name one row, in lower case."""
    single = table.primary_key if len(table.primary_key) == 1 else ()
    return {column.name.casefold() for column in table.columns if column.unique} | {name.casefold() for name in single}


def _equalities(select: exp.Expr, tables: Mapping[str, Table]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of columns, each as (alias, column) in lower case, that every joined row has equal."""
    joins = select.args.get("joins") or []
    where = select.args.get("where")
    for test in (*(join.args.get("on") for join in joins), where.this if where else None):
        for one in test.flatten() if isinstance(test, exp.And) else (test,):
            if isinstance(one, exp.EQ) and isinstance(one.this, exp.Column) and isinstance(one.expression, exp.Column):
                left, right = _placed(one.this, tables), _placed(one.expression, tables)
                if left and right:
                    yield left, right
    for join in joins:
        mine = join.this.alias_or_name.casefold()
        for name in join.args.get("using") or ():
            key = name.name.casefold()
            for alias, table in tables.items():
                if alias != mine and table.column(key) and mine in tables:
                    yield (mine, key), (alias, key)


def _placed(column: exp.Column, tables: Mapping[str, Table]) -> tuple[str, str] | None:
    having = [column.table.casefold()] if column.table else [alias for alias, table in tables.items() if table.column(column.name)]
    return (having[0], column.name.casefold()) if len(having) == 1 and having[0] in tables else None


def _elsewhere(column: exp.Column, scopes: list[Scope]) -> bool:
    """Whether a column is for certain one that a query inside gives, not the table's own."""
    scope = next((scope for scope in scopes if scope.expression is column.find_ancestor(exp.Query)), None)
    if scope is None:
        return False
    sources = [scope.sources.get(column.table)] if column.table else list(scope.sources.values())
    name = column.name.casefold()
    return any(isinstance(source, Scope) and name in (one.casefold() for one in _titles(source)) for source in sources)


def _titles(scope: Scope) -> list[str]:
    query = scope.expression
    return query.named_selects if isinstance(query, exp.Query) else []


def _refused(name: str) -> RefusedError:
    return RefusedError(
        f"{name} shows in aggregates alone.",
        hint=f"For example: SELECT 12 * avg({name}) … GROUP BY …, over the column by itself; a group that is too small is left out.",
    )
