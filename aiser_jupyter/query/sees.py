"""What a role sees of one table, as a query: its columns, with their masks, of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.query import masks, syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from aiser_jupyter.catalog import Column, Table
    from aiser_jupyter.policy import Grant, TableRule
    from aiser_jupyter.query.aggregated import Needed

VARIABLE = "aiser_"  # what parameters of a policy begin with


@dataclass(frozen=True)
class Sight:
    """What is seen, as a query and as its text, the parameters it needs, what was changed, in words, and the tables it reads by a bare name, folded."""

    query: exp.Select
    sql: str
    params: Mapping[str, object]
    said: str
    reads: frozenset[str]


def sight(
    table: Table,
    rule: TableRule,
    grant: Grant,
    dialect: str,
    needed: Needed,
    at_table: Mapping[str, object],
    unread: Collection[str] = (),
) -> Sight:
    """What ``grant`` sees of ``table``; ``needed`` is what the statement uses of columns that show in aggregates alone, ``at_table`` what stands by the table's name.

    Masked columns that are ``unread`` (in lower case) are left out, since a mask costs what it costs whether it is read or not; one column stays.

    Raises RefusedError where nothing is left, or where the policy asks for what the engine cannot do.
    """
    params: dict[str, object] = {}
    columns = [column for column in table.columns if rule.shows(column.name)]
    wanted = [column for column in columns if not rule.only_aggregated(column.name) or column.name.casefold() in needed.columns]
    read = [column for column in wanted if column.name.casefold() not in unread] or wanted[:1]
    shown = [_column(column, rule, grant, dialect, params) for column in read]
    if needed.unit:
        shown.append(_unit(table, rule, needed.unit))
    if not shown:
        raise RefusedError(f"There is no column of {table.name} that you may read.", hint="%aiser policy shows what you see.")
    schema = exp.to_identifier(table.schema, quoted=True) if table.schema else None
    place = exp.Table(this=exp.to_identifier(table.name, quoted=True), db=schema, **dict(at_table))
    query = exp.Select(expressions=shown).from_(place, copy=False)
    if rule.rows:
        query = query.where(_condition(rule.rows, grant, dialect, params), copy=False)
    reads = frozenset(node.name.casefold() for node in query.find_all(exp.Table) if not node.args.get("db"))
    return Sight(query, syntax.render(query, dialect), params, said(table, rule), reads)


def said(table: Table, rule: TableRule) -> str:
    """A rule in words."""
    hidden = [column.name for column in table.columns if not rule.shows(column.name)]
    parts = [f"only rows where {rule.rows}"] if rule.rows else []
    parts += [f"without {', '.join(hidden)}"] if hidden else []
    parts += [f"{name} as {mask.kind}" for name, mask in rule.masks]
    if rule.aggregated:
        few = rule.aggregated
        parts.append(f"{', '.join(sorted(few.columns))} in aggregates over at least {few.at_least} {few.of}")
    return "; ".join(parts)


def _column(column: Column, rule: TableRule, grant: Grant, dialect: str, params: dict[str, object]) -> exp.Expr:
    mask = rule.mask(column.name)
    if mask is None:
        return exp.column(exp.to_identifier(column.name, quoted=True))
    if mask.kind == "hash":
        from aiser_jupyter.sources.reference import secret

        params[masks.SALT] = secret(grant.salt)
    return exp.alias_(masks.masked(column, mask, dialect), column.name, quoted=True)


def _unit(table: Table, rule: TableRule, name: str) -> exp.Expr:
    """The column that a group's size is counted by, under a name that no statement has."""
    column = table.column(rule.aggregated.of) if rule.aggregated else None
    if column is None:
        raise RefusedError(f"The policy counts {table.name} by a column that is not there.", hint="Correct the policy: docs/policy.md.")
    return exp.alias_(exp.column(exp.to_identifier(column.name, quoted=True)), name, quoted=True)


def _condition(rows: str, grant: Grant, dialect: str, params: dict[str, object]) -> exp.Expr:
    """The condition on rows, its variables as parameters: a value of theirs is never SQL."""

    def bound(name: str, value: object) -> exp.Placeholder:
        params[VARIABLE + name] = value
        return exp.Placeholder(this=VARIABLE + name)

    text = f"SELECT 1 WHERE {rows}"  # the administrator's own
    (tree,) = syntax.parse(syntax.tokens(text, dialect), text, dialect)
    for variable in list(tree.find_all(exp.Placeholder)):
        value = grant.value(variable.name)
        if isinstance(value, tuple):
            variable.replace(_listed(bound(f"{variable.name}_{i}", one) for i, one in enumerate(value)))
        else:
            variable.replace(bound(variable.name, value))
    _flatten(tree)
    return exp.Paren(this=tree.args["where"].this)


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
